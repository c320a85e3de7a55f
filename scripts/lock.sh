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
for name in web engine local training huggingface onnx; do
  compile "$name" --extra "$name" --constraint requirements/dev.txt
done

# uv itself, by which scripts/bootstrap.sh installs the others.
echo uv | uv pip compile - --no-config --python-version 3.11 --generate-hashes --no-annotate \
  --no-emit-index-url --no-header --quiet --output-file requirements/uv.txt "$@"

# torch's build for CUDA, of the worker's image, with the libraries that it links. Left out is what it
# loads only when it is asked for, which nothing here does (compiling kernels, solvers on the GPU, CUDA
# from Python: 1 GB), and what engine.txt has.
left_out=(triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cusolver
  filelock fsspec jinja2 markupsafe mpmath networkx setuptools sympy typing-extensions)
grep -o '"torch==[0-9.]*"' pyproject.toml | tr -d '"' |
  uv pip compile - --no-config --python-version 3.11 --python-platform x86_64-manylinux_2_28 \
    --generate-hashes --no-annotate --no-emit-index-url --no-header --quiet \
    --constraint requirements/engine.txt "${left_out[@]/#/--no-emit-package=}" \
    --output-file requirements/cuda.txt "$@"
