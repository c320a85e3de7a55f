"""A process in an image's root file system, as the chart runs it, without a container engine."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

#: The root can only be read, but for /tmp; of the devices there are those of every container. Then
#: the process gives up all rights, and cannot get them back, and the system calls that a runtime
#: refuses by itself.
_ENTER: Final = r"""
set -euo pipefail
root=$1 group=$2
shift 2
[ -z "$group" ] || echo $$ >"$group/cgroup.procs"
mount --make-rprivate /
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=1g,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs tmpfs "$root/dev"
for device in null zero full random urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/shm"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/dev/shm"
exec 9<"$PROFILE"
exec chroot "$root" setpriv --reuid "$UID_" --regid "$UID_" --clear-groups --no-new-privs \
  --inh-caps=-all --bounding-set=-all python3 -c "$FILTERED" \
  env --ignore-environment --chdir=/app "$@"
"""

#: Comes with buildah.
_PROFILE: Final = "/usr/share/containers/seccomp.json"
_FILTERED: Final = Path(__file__).with_name("filtered.py").read_text()


class Image:
    """What scripts/check-images.sh has built: a root file system and what to run in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        config: dict[str, Any] = json.loads((folder / "image.json").read_text())["OCIv1"]["config"]
        self.user = config["User"].partition(":")[0]
        self.command = [*config.get("Entrypoint", ()), *config["Cmd"]]
        # This machine's way to PyPI came with the base image's stand-in.
        self.environment = {
            name: value
            for name, _, value in (line.partition("=") for line in config["Env"])
            if not name.startswith(("PIP_", "TORCH_INDEX"))
        }


class Container:
    """A started process and all that it starts."""

    def __init__(self, popen: subprocess.Popen[str], group: Path | None, log: Path) -> None:
        self.popen, self.group, self.log = popen, group, log

    @property
    def pid(self) -> int:
        """The process itself, as this machine numbers it."""
        children = Path(f"/proc/{self.popen.pid}/task/{self.popen.pid}/children").read_text()
        return int(children.split()[0])

    def kill(self) -> None:
        """Ends the process, the first of its namespace, and with it all others."""
        if self.popen.poll() is None:
            os.kill(self.pid, signal.SIGKILL)

    def status(self) -> dict[str, str]:
        """What the kernel says of the process: its user, rights and so on."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def run(self, *command: str) -> int:
        """Runs a command beside the process, as `kubectl exec` does; gives its exit status."""
        where = ["nsenter", "--target", str(self.pid), "--mount", "--pid", "--root", "--wdns=/app"]
        user = self.status()["Uid"].split()[0]
        rights = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
        path = "PATH=/opt/amena/bin:/usr/local/bin:/usr/bin:/bin"
        return subprocess.run(
            [*where, *rights, "env", "-i", path, *command], check=False
        ).returncode

    def peak(self) -> int | None:
        """Bytes of memory at the most so far; None where the kernel does not count them."""
        for name in ("memory.max_usage_in_bytes", "memory.peak"):
            if self.group and (self.group / name).exists():
                return int((self.group / name).read_text())
        return None


def _memory_group(name: str, limit: int) -> Path | None:
    """A new group of processes that may hold so many bytes; None where none can be made."""
    for top, file in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        group = Path("/sys/fs/cgroup", top, f"amena-{name}")
        with contextlib.suppress(OSError):
            group.mkdir(exist_ok=True)
            (group / file).write_text(str(limit))
            return group
    return None


@contextlib.contextmanager
def container(
    image: Image,
    log: Path,
    environment: Mapping[str, str],
    memory: int,
    command: list[str] | None = None,
) -> Iterator[Container]:
    """Runs the image's own command, or another, until the block ends."""
    group = _memory_group(log.stem, memory)
    variables = {**image.environment, **environment}
    arguments = [f"{name}={value}" for name, value in variables.items()]
    with log.open("w") as output:
        popen = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", _ENTER, "enter",
             str(image.root), str(group or ""), *arguments, *(command or image.command)],
            env={
                "PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                "UID_": image.user, "PROFILE": _PROFILE, "FILTERED": _FILTERED,
            },
            stdout=output, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
    started = Container(popen, group, log)
    try:
        yield started
    finally:
        started.kill()
        popen.wait()
        if group:
            with contextlib.suppress(OSError):
                group.rmdir()
