"""Names libraries that others under a folder link and that are neither there nor the system's.

    python docker/linked.py SITE-PACKAGES

What install.sh takes out of an image must not be linked by anything that stays: a library that is
missed stops the process at its start, on a GPU's node and nowhere before. Needs binutils.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

#: Debian's, in every image: C and C++ themselves. OpenGL is loaded by name and linked by nothing.
SYSTEM = re.compile(
    r"(ld-linux-x86-64|lib(c|m|mvec|dl|rt|util|resolv|pthread|gcc_s|stdc\+\+|z))\.so(\.|$)"
)
#: The driver's, which the container toolkit brings, and of network cards that nobody has here:
#: only cuFile's part for them links those, and cuFile looks whether it can be loaded.
ELSEWHERE = {"libcuda.so.1", "libmlx5.so.1", "librdmacm.so.1", "libibverbs.so.1"}


def linked_by(library: Path) -> set[str]:
    """The names under DT_NEEDED; none where the file is no library."""
    command = ["readelf", "--dynamic", "--wide", str(library)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", run.stdout))


def missing(site: Path) -> dict[str, list[str]]:
    """Missed libraries, each with those that link it, as paths below `site`."""
    libraries = [file for file in site.rglob("*.so*") if file.is_file()]
    there = {file.name for file in libraries}
    found: dict[str, list[str]] = {}
    for library in sorted(libraries):
        for name in linked_by(library) - there - ELSEWHERE:
            if not SYSTEM.match(name):
                found.setdefault(name, []).append(str(library.relative_to(site)))
    return found


def main() -> int:
    """Prints what is missed; 1 where there is something."""
    found = missing(Path(sys.argv[1]))
    for name, users in sorted(found.items()):
        sys.stderr.write(f"{name} is not there, but linked by {', '.join(users)}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
