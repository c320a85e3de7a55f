# shellcheck shell=bash
# For the checks that need a whole system of their own: bare Debian roots to run things in, made by
# debootstrap, and this machine's way to PyPI within them. To be sourced.

# Kept, since making one takes minutes; a folder on a disk that may hold devices and set-uid files.
roots=${AMENA_ROOTS:-/var/tmp/amena-root}

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
step() { printf '\n== %s\n' "$1"; }

needs() { # needs PROGRAM…: ends well with a line where one is missing, since not every machine can do this
  local program
  [ "$(id -u)" = 0 ] || skip "only root can make a root file system"
  for program in "$@"; do
    has "$program" || skip "$program is missing"
  done
  unshare --mount --pid --fork true 2>/dev/null || skip "this machine makes no namespaces"
}

skip() { # in CI, where all of it is there, a skipped check is a failed one
  [ -z "${CI:-}" ] || fail "Cannot be checked: $1."
  say "Skipped: $1."
  exit 0
}

debian() { # debian NAME PACKAGE…: the folder of a minimal Debian 12 with these packages
  local folder=$roots/$1 packages
  shift
  packages=$(IFS=,; echo "$*")
  if [ ! -e "$folder.made" ]; then
    say "Making a Debian 12 with ${packages//,/, } …" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    nice debootstrap --variant=minbase --include="$packages" bookworm "$folder" >"$folder.log" 2>&1 ||
      fail "debootstrap failed: $(tail -n 5 "$folder.log")"
    # As in a container's image: apt knows nothing until it is updated.
    find "$folder/var/lib/apt/lists" "$folder/var/cache/apt/archives" -type f -delete
    touch "$folder.made"
  fi
  echo "$folder"
}

# This machine's pip configuration as variables for what runs in a root, where the files that it names
# are bound below a folder of their own: packages that are installed in there bring certificates too.
pip_here() { python3 "$(dirname "${BASH_SOURCE[0]}")/pip_elsewhere.py" /this-machine; }
pip_environment() { pip_here | sed '/^bind /d'; }

bind() { # bind SOURCE ROOT TARGET: read-only, in a namespace of its own
  local target=$2$3
  if [ -d "$1" ]; then mkdir -p "$target"; else mkdir -p "$(dirname "$target")" && touch "$target"; fi
  mount --bind "$1" "$target"
  mount -o remount,bind,ro "$target"
}

# What runs within the namespaces that `within` makes: mounts, then the command.
enter() { # enter ROOT COMMAND…
  local root=$1 file
  shift
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  for file in /etc/resolv.conf /etc/hosts; do
    [ ! -e "$file" ] || bind "$(readlink -f "$file")" "$root" "$file"
  done
  while read -r file; do
    bind "$file" "$root" "/this-machine$file"
  done < <(pip_here | sed -n 's/^bind //p')
  # Not by exec: the first process of a namespace inherits the orphans, and bash takes leave of them.
  chroot "$root" "$@"
}

# A copy of a root for a while, or with nothing in its upper layer again; nothing that runs outlives it.
within() { # within ROOT LAYER COMMAND…
  local root=$1 layer=$2
  shift 2
  mkdir -p "$layer/upper" "$layer/work" "$layer/root"
  unshare --mount --pid --fork --kill-child bash -c '
    set -euo pipefail
    source "$1"
    mount -t overlay overlay -o "lowerdir=$2,upperdir=$3/upper,workdir=$3/work" "$3/root"
    layer=$3
    shift 3
    enter "$layer/root" "$@"' within "${BASH_SOURCE[0]}" "$root" "$layer" "$@"
}
