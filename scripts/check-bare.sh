#!/usr/bin/env bash
# The README on a bare Debian 12 that has git, make and sudo and nothing else: a photo, the service, the
# quick loop and the tests of what a machine can lack. As root, as a person who may use sudo, and as one who may not and
# asks somebody else to type what is named. Needs root and debootstrap; 10 minutes a person.
#   scripts/check-bare.sh                all three
#   scripts/check-bare.sh root sudo      these
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/roots.sh

needs debootstrap git python3 unshare chroot
bare=$(debian bare git make sudo)

# What the tests stand on that is not Python: libraries, PostgreSQL, OpenGL, Chromium, Node.js.
tests=(tests/local tests/engine/render tests/site/test_viewer.py)
photo=static/img/examples/dandelion.jpg

as() { # as PERSON COMMAND…: in the person's checkout, with nothing of this shell's environment
  local home=/home/$1 person=$1
  [ "$person" != root ] || home=/root
  shift
  mapfile -t pip < <(pip_environment)
  within "$bare" "$layer" runuser --user "$person" -- env --ignore-environment \
    --chdir="$home/amena" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME="$home" USER="$person" LANG=C.UTF-8 "${pip[@]}" "$@"
}

prepare() { # prepare PERSON: the account and its clone of what is committed here
  local person=$1 home=/home/$1
  rm -rf "$layer"
  if [ "$person" = root ]; then
    home=/root
  else
    # “sudo” is a group's name already, and the right one to be in.
    local group=()
    [ "$person" != sudo ] || group=(--gid sudo)
    within "$bare" "$layer" useradd --create-home --shell /bin/bash "${group[@]}" "$person"
    [ "$person" != sudo ] || within "$bare" "$layer" sh -c \
      'echo "sudo ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/sudo'
  fi
  mkdir -p "$layer/upper$home"
  git clone --quiet --depth 1 "file://$PWD" "$layer/upper$home/amena"
  [ "$person" = root ] ||
    chown -R "$(stat -c %u:%g "$layer/upper$home")" "$layer/upper$home/amena"
}

make_photo() { # make_photo PERSON [OPTION…]
  local person=$1 home=/home/$1 file
  [ "$person" != root ] || home=/root
  shift
  as "$person" make photo IN=$photo OUT="out" SIZE=960 DURATION=2 "$@" || return
  for file in video.mp4 poster.jpg scene.glb disparity.png report.json scene.amena; do
    [ -s "$layer/upper$home/amena/out/$file" ] || fail "$person got no $file."
  done
}

make_run() { # make_run PERSON: the page of the service, then Ctrl-C
  local port service answer
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("", 0)); print(s.getsockname()[1])')
  as "$1" make run PORT="$port" >"$layer/run.log" 2>&1 &
  service=$!
  until answer=$(python3 -c "import urllib.request as u; print(u.urlopen('http://localhost:$port/').read().decode())" 2>/dev/null); do
    kill -0 "$service" 2>/dev/null || { cat "$layer/run.log"; fail "“make run” gave $1 no page."; }
    sleep 5
  done
  [[ $answer == *Amena* ]] || fail "“make run” shows $1 something else: $answer"
  pkill --signal KILL --parent "$service" # unshare heeds no other, and takes along what it has started
  wait "$service" 2>/dev/null || true
}

asked_for() { # asked_for PERSON: does what the person is told to have done, at most once
  local said command
  said=$(make_photo "$1" 2>&1) && fail "$1 has no rights, and yet a photo was made on a bare system."
  command=$(sed -n 's/.*Install them with “\(.*\)”, then try again\..*/\1/p' <<<"$said")
  [ -n "$command" ] || fail "$1 was not told what to install: $said"
  say "Somebody else types: $command"
  within "$bare" "$layer" bash -ec "$command" >/dev/null
}

[ $# -gt 0 ] || set -- root sudo plain
for person in "$@"; do
  layer=$roots/layer-$person
  step "Bare Debian 12, $person"
  prepare "$person"
  [ "$person" != plain ] || asked_for "$person"
  make_photo "$person"
  make_photo "$person" ARGS="--renderer gl"
  make_run "$person"
  if [ "$person" != plain ]; then
    as "$person" make check
    as "$person" .venv/bin/python -m pytest -q "${tests[@]}"
  fi
  rm -rf "$layer"
done
printf '\nEverything in the README works on a bare Debian 12.\n'
