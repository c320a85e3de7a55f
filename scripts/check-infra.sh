#!/usr/bin/env bash
# Everything that can be said of docker/, helm/, terraform/ and .github/ without Docker, a cluster
# or an account. Prepares its own environments; quick to start the second time.
#   scripts/check-infra.sh          all checks
#   scripts/check-infra.sh --lock   writes requirements/infra.txt and checkov.txt anew (needs uv)
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
step() { printf '\n== %s\n' "$1"; }

if [ "${1:-}" = --lock ]; then
  has uv || fail "Locking needs uv: pip install uv"
  for name in infra checkov; do
    # The Terraform library is built for glibc 2.35 and later.
    uv pip compile "requirements/$name.in" --python-version 3.11 \
      --python-platform x86_64-manylinux_2_35 --generate-hashes --no-annotate \
      --no-emit-index-url --no-header --quiet --upgrade --output-file "requirements/$name.txt"
  done
  exit
fi

# --- What the checks need ---------------------------------------------------------------------

python=$(for p in python3.11 "$HOME/.local/bin/python3.11" python3; do
  if has "$p" && [ "$("$p" -c 'import sys; print(*sys.version_info[:2])')" = "3 11" ]; then
    echo "$p"
    break
  fi
done)
[ -n "$python" ] || fail "The checks need Python 3.11: “uv python install 3.11”, then try again."

environment() { # environment NAME: .venv-NAME from requirements/NAME.txt
  local stamp
  stamp=$(sha256sum <"requirements/$1.txt")
  [ "$(cat ".venv-$1/installed" 2>/dev/null)" = "$stamp" ] && return
  say "Installing requirements/$1.txt …"
  "$python" -m venv --clear ".venv-$1"
  ".venv-$1/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --retries 10 \
    --no-deps --require-hashes --requirement "requirements/$1.txt"
  printf '%s\n' "$stamp" >".venv-$1/installed"
}
environment infra
environment checkov

if ! { has node && has npm; }; then
  [ "$(id -u)" = 0 ] && has apt-get ||
    fail "The checks need Node.js and npm: “sudo apt-get install nodejs npm”, then try again."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y \
    --no-install-recommends nodejs npm >/dev/null
fi
schemas=tests/helm/schemas
if ! cmp -s "$schemas/package-lock.json" "$schemas/node_modules/installed"; then
  (cd "$schemas" && npm ci --no-audit --no-fund --loglevel error)
  cp "$schemas/package-lock.json" "$schemas/node_modules/installed"
fi

# A program out of Debian's package, without installing a server that then runs.
unpack() { # unpack PACKAGE PROGRAM: var/PROGRAM/usr/bin/PROGRAM
  { has "$2" || [ -x "var/$2/usr/bin/$2" ]; } && return
  has apt-get || fail "The checks need $2, which comes with $1."
  mkdir -p "var/$2"
  (cd "var/$2" && apt-get download -qq "$1" 2>/dev/null ||
    { apt-get update -qq && apt-get download -qq "$1"; })
  dpkg-deb -x "var/$2/$1"_*.deb "var/$2"
}
unpack prometheus promtool
unpack caddy caddy
promtool=$(command -v promtool || echo var/promtool/usr/bin/promtool)

# --- Checks -----------------------------------------------------------------------------------

step "Alert rules"
"$promtool" check rules helm/amena/alerts.yaml
"$promtool" test rules tests/helm/alerts_test.yaml

# tests/cluster needs an API server and is skipped, with a line that says so, where there is none.
for folder in helm terraform cluster docker github capacity; do
  step "tests/$folder"
  .venv-infra/bin/python -m pytest "tests/$folder" -q
done

step "Security (checkov)"
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
.venv-infra/bin/python tests/helm/render.py prod "$rendered"
checkov() { .venv-checkov/bin/checkov --quiet --compact --skip-download "$@"; }
checkov --directory terraform --framework terraform
checkov --directory "$rendered" --framework kubernetes --config-file helm/checkov.yaml
checkov --directory docker --framework dockerfile
checkov --directory .github --framework github_actions

printf '\nAll checks of the infrastructure passed.\n'
