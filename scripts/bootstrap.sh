#!/usr/bin/env bash
# Prepares this checkout: system packages and .venv. Quick when there is nothing to do.
#   scripts/bootstrap.sh engine   photo → 3D photo alone
#   scripts/bootstrap.sh local    the whole service on this machine
#   scripts/bootstrap.sh dev      the tests too
# A second word, huggingface or onnx, adds what such depth models need.
set -euo pipefail
cd "$(dirname "$0")/.."

set_name=${1:?which set: engine, local or dev}
extra=${2:-}
# `takes`: its size in .venv with torch for CPUs, which for CUDA is some five gigabytes more.
case $set_name in
  engine) covered_by=(engine local dev) takes="1.4 GB" ;;
  local) covered_by=(local dev) takes="1.7 GB" ;;
  dev) covered_by=(dev) takes="2.7 GB" ;;
  *) echo "There is no set “$set_name”: engine, local or dev." >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# --- System packages and Python ----------------------------------------------------------------

may_be_root() { [ "$(id -u)" = 0 ] || { has sudo && sudo -n true 2>/dev/null; }; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

apt_updated=
apt_update() { # once, and only where something is to be installed
  [ -z "$apt_updated" ] || return 0
  apt_updated=yes
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q -o Acquire::Retries=5 >/dev/null ||
    say "apt-get update failed; trying with the package lists that are here."
}

apt_install() { # apt_install PACKAGE…
  local sudo=
  has apt-get || fail "Missing on this machine: $*. Install them (names as on Debian), then try again."
  if ! may_be_root; then
    [ "$(id -u)" = 0 ] || sudo="sudo "
    fail "Missing on this machine: $*. Install them with “${sudo}apt-get update &&" \
      "${sudo}apt-get install -y --no-install-recommends $*”, then try again."
  fi
  say "Installing $* …"
  apt_update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
    -o Acquire::Retries=5 -o DPkg::Lock::Timeout=120 "$@" >/dev/null
}

knows_apt_package() { # whether apt's lists hold a version of package $1
  local policy
  # Read whole before it is searched: what still writes into a pipe that “grep -q” has left dies,
  # and under pipefail the answer would be no. In English, whatever language the person has.
  policy=$(LC_ALL=C apt-cache policy "$1" 2>/dev/null) || return 1
  [[ $policy == *"Candidate: "[!\(]* ]]
}

can_apt_install() { # whether apt has a version of package $1, or may have: a fresh container's lists are empty
  has apt-get && has apt-cache || return 1
  if ! knows_apt_package "$1" && may_be_root; then apt_update; fi
  knows_apt_package "$1" || ! knows_apt_package python3
}

is_python_311() {
  [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = 3.11 ]
}

# Debian keeps the module apart from Python itself.
makes_environments() { "$1" -c 'import ensurepip' >/dev/null 2>&1; }

# The system's own before one that somebody has compiled, by pyenv for instance: distributions let the
# compiler measure what Python does, which takes a fifth off what it does itself. One that lacks what makes
# environments comes after one that has it, so that nothing need be installed.
find_python() {
  local python second=
  for python in /usr/bin/python3.11 python3.11 "$HOME/.local/bin/python3.11" python3 python; do
    has "$python" && is_python_311 "$python" || continue
    if makes_environments "$python"; then echo "$python"; return; fi
    second=${second:-$python}
  done
  [ -n "$second" ] && echo "$second"
}

# Everything that is missing, so that whoever has to ask somebody else asks once.
missing=()
want() { # want PACKAGE…
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
}

if has dpkg-query; then
  # OpenGL in software and without a screen, and the fonts' list that vispy loads with it.
  want libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2 libfontconfig1
  # Takes system calls from what reads strangers' files.
  [ "$set_name" = engine ] || want libseccomp2
  # Playwright's Node.js links libatomic1.
  # ExifTool reads what Amena's own readers must not judge.
  [ "$set_name" != dev ] || want fonts-liberation gettext libatomic1 libopengl0 libimage-exiftool-perl
  # Japanese pages are measured in letters as wide as real ones; any font that has them will do.
  [ "$set_name" != dev ] || { has fc-list && [ -n "$(fc-list :lang=ja)" ]; } || want fonts-ipafont-gothic
else
  say "This is neither Debian nor Ubuntu: make sure that EGL and OpenGL by Mesa, fontconfig and libseccomp are installed."
fi

if [ "$set_name" = dev ] && ! { has chromium || has chromium-browser || has google-chrome; }; then
  # Ubuntu's package of this name only points to a snap, which has to be installed as such.
  grep -q '^ID=ubuntu' /etc/os-release 2>/dev/null &&
    fail "The tests drive a browser. Install it with “sudo snap install chromium”, then try again."
  missing+=(chromium)
fi

# Without pip it was left half made, by a full disk for instance.
has_venv=
if [ -x .venv/bin/python ] && [ -e .venv/bin/pip ] && is_python_311 .venv/bin/python; then
  has_venv=yes
elif python=$(find_python); then
  makes_environments "$python" || missing+=(python3.11-venv)
elif can_apt_install python3.11; then
  missing+=(python3.11 python3.11-venv)
else
  fail "Amena needs Python 3.11, which this system does not package." \
    "Get it with uv (https://docs.astral.sh/uv): “uv python install 3.11”, then try again."
fi

[ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"

# Chromium without windows, whose toolbars are pages themselves: each page that a test opens takes a
# quarter of the work. It comes, once, where Debian has it in the version of the Chromium that is here,
# since nobody's browser is to be renewed by this. Elsewhere that Chromium serves.
shell=chromium-headless-shell
if [ "$set_name" = dev ] && [ -z "$has_venv" ] && has dpkg-query && has apt-cache && may_be_root; then
  version=$(dpkg-query -W -f='${Version}' chromium-common 2>/dev/null) || version=none
  there=$(dpkg-query -W -f='${db:Status-Status}' $shell 2>/dev/null) || there=
  policy=$(LC_ALL=C apt-cache policy $shell 2>/dev/null) || policy=
  if [ "$there" != installed ] && [[ $policy$'\n' == *"Candidate: $version"$'\n'* ]]; then
    (apt_install $shell) || say "Without it the tests take Chromium itself."
  fi
fi

free_on() { # what is free on the disk of folder $1
  df -Pk "$1" | awk 'NR == 2 {printf "%d MB", $4 / 1024}'
}

passed_on() { # lines, to stdout and, at once, to where errors are shown
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >&4
    printf '%s\n' "$line"
  done
}

try() { # try COMMAND…: whether it worked; ends all where a disk is full, since trying again is no use then
  local said status=0
  { said=$("$@" 2>&1 >&3 | passed_on) || status=$?; } 3>&1 4>&2
  if [ "$status" != 0 ] && [[ $said == *"No space left on device"* || $said == *"Disk quota exceeded"* ]]; then
    fail "A disk is full. The packages take about $takes in $PWD/.venv, where $(free_on .) are free, and while" \
      "they are installed a third as much in ${TMPDIR:-/tmp}, where $(free_on "${TMPDIR:-/tmp}") are free" \
      "(TMPDIR names another folder for that). Make room, then try again."
  fi
  return "$status"
}

if [ -z "$has_venv" ]; then
  say "Creating .venv …"
  try "$(find_python)" -m venv --clear .venv
fi

# --- Python packages --------------------------------------------------------------------------

checksum() { cat scripts/bootstrap.sh "requirements/$1.txt" | sha256sum; }
is_current() { [ "$(cat ".venv/installed-$1" 2>/dev/null)" = "$(checksum "$1")" ]; }
is_one_current() {
  local name
  for name in "$@"; do if is_current "$name"; then return; fi; done
  return 1
}
has_set() { is_one_current "${covered_by[@]}"; }
has_extra() { [ -z "$extra" ] || is_one_current "$extra" dev; }

if has_set && has_extra; then exit 0; fi

# One at a time, should a second terminal do the same.
exec 9>.venv/lock
flock 9
if has_set && has_extra; then exit 0; fi

# Not compiled, which would take pip over a minute: Python compiles what is imported, when it first is.
pip_install() {
  local attempt
  for attempt in 1 2 3; do
    try .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check \
      --no-compile --retries 10 --timeout 60 "$@" && return
    say "pip did not get through (attempt $attempt of 3)."
    sleep $((5 * attempt))
  done
  fail "The Python packages could not be installed: see pip's message above. Try again later."
}

# uv writes the same files by the same hashes in half of pip's work and a third of its time. It knows nothing
# of how pip is set up here: where that has another index for PyPI, or uv does not get through, pip does it.
uv_install() { # uv_install LOCK: whether it has
  local python=.venv/bin/python settings status=0
  settings=$("$python" -m pip config list 2>/dev/null) || return 1
  [[ $settings != *.index-url=* && $settings != *.no-index=* ]] || return 1
  rm -rf .venv/uv
  "$python" -m pip install --quiet --no-input --disable-pip-version-check --no-compile --no-deps \
    --require-hashes --requirement requirements/uv.txt --target .venv/uv >/dev/null 2>&1 &&
    .venv/uv/bin/uv pip install --quiet --no-config --python "$python" --no-deps \
      --require-hashes --requirement "$1" >/dev/null 2>&1 || status=$?
  rm -rf .venv/uv
  return "$status"
}

lock_install() { # lock_install LOCK; it is complete, so that nothing need be looked for
  uv_install "$1" || pip_install --no-deps --require-hashes --requirement "$1"
}

say "Installing Python packages (a few minutes the first time) …"
if ! has_set; then
  lock_install "requirements/$set_name.txt"
  # Not in the lock files, since its builds differ: CPU, CUDA, other platforms. A build that is there
  # already stays.
  pip_install torch==2.13.0
  # Amena itself, as it stands in this folder, for scripts that are run from elsewhere.
  pip_install --no-deps --no-build-isolation --editable .
  checksum "$set_name" >".venv/installed-$set_name"
fi
if ! has_extra; then
  lock_install "requirements/$extra.txt"
  checksum "$extra" >".venv/installed-$extra"
fi
