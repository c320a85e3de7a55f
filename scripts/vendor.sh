#!/bin/sh
# Copies the browser-side packages we serve ourselves from npm into static/vendor, and those that
# only the tests run into tests/vendor.
# Run it from the repository's root after changing a version here; commit what changes.
set -eu
htmx=2.0.11
nunito_sans=5.3.0
model_viewer=4.4.0
gltf_validator=2.0.0-dev.3.10
axe_core=4.14.1
iwer=2.5.0

target=$PWD/static/vendor
test_target=$PWD/tests/vendor
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
unpack() { # package, version → folder "package"
    rm -rf package
    tar xzf "$(npm pack --silent "$1@$2")"
}

unpack htmx.org $htmx
mkdir -p "$target/htmx"
cp package/dist/htmx.min.js package/LICENSE "$target/htmx/"

unpack @fontsource-variable/nunito-sans $nunito_sans
mkdir -p "$target/nunito-sans"
cp package/files/nunito-sans-latin-wght-normal.woff2 \
    package/files/nunito-sans-latin-ext-wght-normal.woff2 \
    package/LICENSE "$target/nunito-sans/"

unpack gltf-validator $gltf_validator
mkdir -p "$test_target/gltf-validator"
cp package/gltf_validator.dart.js package/LICENSE package/NOTICES "$test_target/gltf-validator/"

unpack @google/model-viewer $model_viewer
mkdir -p "$test_target/model-viewer"
cp package/dist/model-viewer.min.js package/LICENSE "$test_target/model-viewer/"

unpack axe-core $axe_core
mkdir -p "$test_target/axe-core"
cp package/axe.min.js package/LICENSE "$test_target/axe-core/"

unpack iwer $iwer
mkdir -p "$test_target/iwer"
cp package/build/iwer.min.js package/LICENSE "$test_target/iwer/"
