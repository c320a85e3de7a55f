#!/usr/bin/env bash
# Writes requirements/*.txt from pyproject.toml: one version of each package for all sets.
#   scripts/lock.sh                        changed dependencies only, the rest stays as it is
#   scripts/lock.sh --upgrade              everything to its newest version
#   scripts/lock.sh --upgrade-package X    one package
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "scripts/lock.sh needs uv: pip install uv" >&2; exit 1; }

compile() { # compile NAME [OPTION…]
  local name=$1
  shift
  uv pip compile pyproject.toml --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
    --generate-hashes --no-annotate --no-emit-index-url --no-header --quiet \
    --no-emit-package torch --output-file "requirements/$name.txt" "$@"
}

# The largest set first; the others take their versions from it.
compile dev --extra dev "$@"
for name in web engine local training; do
  compile "$name" --extra "$name" --constraint requirements/dev.txt
done
