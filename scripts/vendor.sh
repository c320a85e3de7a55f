#!/bin/sh
# Copies the browser-side packages we serve ourselves from npm into static/vendor.
# Run it from the repository's root after changing a version here; commit what changes.
set -eu
htmx=2.0.11
nunito_sans=5.3.0

target=$PWD/static/vendor
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
