#!/usr/bin/env bash
# Checks and tests, in an environment that scripts/bootstrap.sh made. Quick ones first.
#   scripts/check.sh        all of them
#   scripts/check.sh coverage  all, and how much of the code the tests run
#   scripts/check.sh quick  those that need no service and no network's weights; says which tests took longest
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

step() { printf '\n== %s\n' "$1"; }

# Types take one core for half a minute where no cache is, and nothing waits for them.
said=$(mktemp)
mypy >"$said" 2>&1 &
types=$!
trap 'kill "$types" 2>/dev/null || true; rm -f "$said"' EXIT

step "Style"
ruff check
ruff format --check
mapfile -t templates < <(git ls-files 'templates/*.html' 'templates/*.txt')
[ ${#templates[@]} = 0 ] || djade --check --target-version 5.2 "${templates[@]}"

step "Architecture"
lint-imports

step "Tests"
# A module's tests stay together, since they share what it took to set up; tests/conftest.py says
# which modules come first. The service's tests wait for processes, leases and queues: a third worker
# computes meanwhile. The quick loop's tests only compute.
workers=3
[ "${1:-all}" != quick ] || workers=2
options=(--numprocesses "$workers" --dist loadfile --no-loadscope-reorder)
run=(scripts/tests.sh)
case ${1:-all} in
  quick)
    run=(pytest)
    options+=(--quiet --durations 5 --durations-min 1 -m "not service and not slow") ;;
  coverage) options+=(--cov --cov-report=term) ;;
esac
# Two hundred processes that the tests start would compile the same files each.
unset PYTHONDONTWRITEBYTECODE
failed=
"${run[@]}" "${options[@]}" || failed=yes

step "Types"
wait "$types" || failed=yes
cat "$said"
[ -z "$failed" ]
