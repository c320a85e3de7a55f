"""Prints this machine's pip configuration as variables of the environment, for a root beside it.

    python3 scripts/pip_elsewhere.py FOLDER

Files and folders that it names (certificates, wheels, indexes) are found below FOLDER in that root.
The first lines are what to bind there, “bind SOURCE”, the others the variables, “NAME=VALUE”.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path


def settings() -> dict[str, str]:
    """Option → value, the environment's over those of files."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    found = re.findall(r"^(global|install|:env:)\.([\w-]+)=(.+)$", listing, re.MULTILINE)
    order = ("global", "install", ":env:")
    return {
        name: str(ast.literal_eval(value))
        for _, name, value in sorted(found, key=lambda line: order.index(line[0]))
    }


def main() -> None:
    """Prints binds and variables."""
    folder = sys.argv[1]
    sources: set[Path] = set()

    def moved(word: str) -> str:
        path = Path(word.removeprefix("file://"))
        if not path.is_absolute() or not path.exists():
            return word
        # The pages of an index link to files that lie beside it.
        sources.add(path.parent if word.startswith("file://") else path)
        return word.replace(str(path), f"{folder}{path}")

    variables = {
        "PIP_" + name.upper().replace("-", "_"): " ".join(map(moved, value.split()))
        for name, value in settings().items()
    }
    lines = [*(f"bind {source}" for source in sorted(sources))]
    lines += [f"{name}={value}" for name, value in variables.items()]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
