#!/bin/sh
# Fetches the depth model that a worker's image shall hold: pinned by its commit, each file compared
# with the hub's hash, its licence checked. Without a name there is nothing to do.
#   docker/model.sh PYTHON FOLDER [huggingface:OWNER/MODEL@COMMIT]
set -eu
python=$1
folder=$2
name=${3:-}
mkdir -p "$folder"
[ -n "$name" ] || exit 0
DEPTH_MODELS=$folder "$python" -m amena.engine.depth.hub --pinned "$name"
rm -f "$folder"/.*.lock
chmod -R a+rX "$folder"
