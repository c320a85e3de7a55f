#!/usr/bin/env bash
# The pages in WebKit, which every browser of an iPhone is, on a screen of their own. WebKit, its driver and the
# screen are Debian's packages (about 200 MB); Selenium is locked in requirements/webkit.txt (--lock writes it anew).
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" = --lock ]; then
  exec uv pip compile requirements/webkit.in --no-config --python-version 3.11 --generate-hashes --no-annotate \
    --no-emit-index-url --no-header --quiet --upgrade --output-file requirements/webkit.txt
fi

packages=(webkit2gtk-driver gstreamer1.0-libav gstreamer1.0-plugins-good libgl1-mesa-dri xvfb openbox dbus)
missing=()
for package in "${packages[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "make check-webkit needs: sudo apt-get install ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
fi

# Beside what the project stands on, and after it on Python's path.
folder=.venv/webkit
if ! sha256sum --status --check "$folder/installed" 2>/dev/null; then
  rm -rf "$folder"
  .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-deps --require-hashes \
    --requirement requirements/webkit.txt --target "$folder"
  sha256sum requirements/webkit.txt >"$folder/installed"
fi

# A window manager gives windows the size that they ask for.
export SELENIUM=$PWD/$folder
exec xvfb-run --auto-servernum --server-args="-screen 0 1600x1100x24" dbus-run-session -- bash -c '
  openbox >/dev/null 2>&1 &
  exec .venv/bin/python -m pytest -q -c tests/webkit/pytest.ini tests/webkit'
