#!/usr/bin/env bash
# Builds web and worker (for CPUs) from their Dockerfiles, without Docker, and runs them as the chart does:
# read-only, as their user, without rights, within its memory limits (tests/images). Debian's Python stands
# in for the base image. Needs root, buildah and debootstrap; half an hour the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/roots.sh

needs buildah debootstrap git python3 unshare chroot setpriv nsenter
scripts/bootstrap.sh dev
base=$(debian python python3.11 python3.11-venv python3-pip)

store=(--root "$roots/containers" --runroot "$roots/containers-run" --storage-driver overlay)
here() { nice buildah "${store[@]}" "$@"; }

step "The base image's stand-in"
from=$(sed -n 's/^FROM \(python:[^ ]*\).*/\1/p' docker/web.Dockerfile | sort -u)
[ "$(wc -w <<<"$from")" = 1 ] || fail "docker/web.Dockerfile stands on several images: $from"
container=$(here from scratch)
root=$(here mount "$container")
cp --archive "$base/." "$root"
# As the real one has it.
ln -s ../../bin/python3.11 "$root/usr/local/bin/python3.11"
ln -s ../../bin/python3.11 "$root/usr/local/bin/python3"
here config --env PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
volumes=()
while read -r line; do
  case $line in
    bind\ *) volumes+=(--volume "${line#bind }:/this-machine${line#bind }:ro") ;;
    # A folder of wheels with torch in it comes before torch's own index.
    PIP_FIND_LINKS=/*)
      here config --env "$line" "$container"
      [ -n "${TORCH_INDEX:-}" ] || ! compgen -G "${line#PIP_FIND_LINKS=/this-machine}/torch-*+cpu-*" >/dev/null ||
        TORCH_INDEX=file://${line#*=}
      ;;
    *) here config --env "$line" "$container" ;;
  esac
done < <(pip_here)
[ -z "${TORCH_INDEX:-}" ] || here config --env "TORCH_INDEX=$TORCH_INDEX" "$container"
here commit --quiet --rm "$container" "docker.io/library/$from" >/dev/null

build() { # build NAME DOCKERFILE [OPTION…]: the folder of its root and what to run in it, for the tests
  local name=$1 file=$2 container folder=$roots/images/$1
  shift 2
  step "Image $name"
  here bud --isolation chroot --network host --layers=false --pull=never --quiet "${volumes[@]}" "$@" \
    --file "docker/$file.Dockerfile" --tag "amena/$name:check" .
  rm -rf "$folder"
  mkdir -p "$folder"
  container=$(here from --pull=never "amena/$name:check")
  cp --archive "$(here mount "$container")" "$folder/root"
  here inspect --type image "amena/$name:check" >"$folder/image.json"
  here rm "$container" >/dev/null
  here rmi "amena/$name:check" >/dev/null
}
build web web
build worker worker --build-arg VARIANT=cpu

step "The images at work"
AMENA_IMAGES=$roots/images .venv/bin/python -m pytest -q tests/images
