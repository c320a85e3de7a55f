#!/usr/bin/env bash
# All checks and tests, in an environment that scripts/bootstrap.sh made. Quick ones first.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

step() { printf '\n== %s\n' "$1"; }

step "Style"
ruff check
ruff format --check
mapfile -t templates < <(git ls-files 'templates/*.html' 'templates/*.txt')
[ ${#templates[@]} = 0 ] || djade --check --target-version 5.2 "${templates[@]}"

step "Architecture"
lint-imports

step "Types"
mypy

step "Tests"
exec pytest
