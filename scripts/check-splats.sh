#!/usr/bin/env bash
# Files of Gaussian splats, read by @playcanvas/splat-transform from npm. It is fetched anew each time,
# without what it depends on: its 7 MB are more than all that tests/vendor has, and `webgpu`, which
# only writers of other formats use, is another 60. Needs Node.js 20 and the tests' environment.
set -euo pipefail
cd "$(dirname "$0")/.."
package=@playcanvas/splat-transform@2.7.1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
  cd "$work"
  tar xzf "$(npm pack --silent "$package")"
  mkdir -p node_modules/webgpu
  echo '{"name": "webgpu", "type": "module", "exports": "./index.js"}' >node_modules/webgpu/package.json
  echo 'export const create = () => { throw new Error("There is no GPU here."); }; export const globals = {};' \
    >node_modules/webgpu/index.js
)
SPLAT_TRANSFORM=$work/package/bin/cli.mjs .venv/bin/python -m pytest -q tests/splats
