#!/bin/sh
# Installs the Python packages of one image into a virtual environment and takes out what no
# process here ever loads. The Dockerfiles run it, and docker/sizes.py measures with it.
#   docker/install.sh web PREFIX
#   docker/install.sh worker PREFIX cuda|cpu [huggingface|onnx]
set -eu
cd "$(dirname "$0")/.."
image=$1
prefix=$2
variant=${3:-}
extra=${4:-}
if [ "$image" = worker ] && ! command -v strip >/dev/null; then
  echo "The worker's packages need strip and readelf: install binutils." >&2
  exit 1
fi

python3.11 -m venv --without-pip "$prefix"
pip_install() {
  python3.11 -m pip --python "$prefix/bin/python" install --no-cache-dir --no-compile \
    --disable-pip-version-check --quiet --retries 10 "$@"
}

# The lock files are complete, so pip looks for no dependencies; scripts/bootstrap.sh says why it must not.
pip_install --no-deps --require-hashes --requirement requirements/web.txt
if [ "$image" = worker ]; then
  pip_install --no-deps --require-hashes --requirement requirements/engine.txt
  case $extra in
    '') ;;
    huggingface | onnx) pip_install --no-deps --require-hashes --requirement "requirements/$extra.txt" ;;
    *) echo "Which packages for depth models: huggingface or onnx?" >&2; exit 2 ;;
  esac
  case $variant in
    cuda) pip_install --no-deps --require-hashes --requirement requirements/cuda.txt ;;
    cpu) pip_install --no-deps --index-url "${TORCH_INDEX:-https://download.pytorch.org/whl/cpu}" torch==2.13.0 ;;
    *) echo "Which torch: cuda or cpu?" >&2; exit 2 ;;
  esac
fi

site=$prefix/lib/python3.11/site-packages
# Tests, headers, static libraries, types: for building against a package, not for running it.
find "$site" -depth -type d \( -name tests -o -name __pycache__ \) -exec rm -rf {} +
find "$site" \( -name '*.a' -o -name '*.h' -o -name '*.pyi' -o -name '*.pxd' \) -delete
# Descriptions of every AWS service; the code speaks with three.
find "$site/botocore/data" -mindepth 1 -maxdepth 1 -type d \
  ! -name s3 ! -name sqs ! -name sts -prune -exec rm -rf {} +
# Translations into languages that the site does not speak (LANGUAGES in amena/base_settings.py).
find "$site" -mindepth 2 -type d -path '*/locale/*' -name LC_MESSAGES ! -path '*/locale/en/*' \
  ! -path '*/locale/ja/*' -prune -exec rm -rf {} +

if [ "$image" = worker ]; then
  rm -rf "$site/torch/include" "$site/torch/share"
  # Of CUDA: headers, the compiler's own parts and a second build of the run-time compiler. Nothing
  # links them. What packages nobody needs at all, scripts/lock.sh keeps out.
  rm -rf "$site"/nvidia/*/include "$site"/nvidia/cu*/nvvm "$site"/nvidia/cu*/bin "$site"/nvidia/cu*/src
  rm -f "$site"/nvidia/cu*/lib/libnvrtc.alt.so* "$site"/nvidia/cu*/lib/*nvrtc-builtins.alt*
  # What torch and cuDNN load only when it is asked for, which nothing here does: linear algebra on the
  # GPU (and with it the solvers), recurrent nets and attention in cuDNN, the profiler's counters,
  # protoc, and what NVSHMEM needs for kernels of its own and to reach other machines.
  rm -f "$site/torch/lib/libtorch_cuda_linalg.so" \
    "$site"/nvidia/cudnn/lib/libcudnn_adv.so* "$site"/nvidia/cu*/lib/libnvperf_* \
    "$site"/nvidia/cu*/lib/libcheckpoint.so "$site"/torch/bin/protoc* \
    "$site"/nvidia/nvshmem/lib/*.bc "$site"/nvidia/nvshmem/lib/nvshmem_*
  # Names of functions for a debugger, which no process ever maps. By name: stripping is known to
  # break other libraries that auditwheel has patched.
  for library in "$site"/torch/lib/*.so "$site"/nvidia/nccl/lib/libnccl.so.*; do
    [ ! -f "$library" ] || strip --strip-unneeded "$library"
  done
  # Nothing that stays may miss what was taken out; no GPU is needed to see that. The imports also
  # leave their bytecode, which a container with a read-only file system could not keep.
  python3.11 docker/linked.py "$site"
  env -u PYTHONDONTWRITEBYTECODE "$prefix/bin/python" -c \
    'import boto3, celery.bin.celery, cv2, django.core.management, psycopg, torch, vispy.app'
fi
