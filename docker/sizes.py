"""Prints what each image weighs by package, having installed just what the image installs.

    python docker/sizes.py web
    python docker/sizes.py worker --variant cuda

It runs docker/install.sh and static.sh in a temporary folder, so it needs Python 3.11, binutils and
the network, but no Docker. The base image (python:3.11-slim) and Debian's packages come on top.
"""

from __future__ import annotations

import argparse
import gzip
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from importlib.metadata import distributions
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: What the Dockerfiles copy beside the packages.
CODE = {
    "web": ["amena", "gunicorn.conf.py", "locale", "manage.py", "static", "templates"],
    "worker": ["amena", "manage.py", "templates"],
}
MB = 1_000_000


class Counting(io.RawIOBase):
    """Takes what is written and keeps only how much it was."""

    amount = 0

    def write(self, data: bytes) -> int:
        """Counts `data`."""
        self.amount += len(data)
        return len(data)


def size(path: Path) -> int:
    """Bytes of a file, or of all regular files under a folder; links count nothing."""
    if path.is_dir():
        return sum(item.lstat().st_size for item in path.rglob("*") if item.is_file())
    return path.lstat().st_size if path.is_file() and not path.is_symlink() else 0


def by_package(site: Path) -> Counter[str]:
    """Bytes by distribution, of the files that are still there."""
    sizes: Counter[str] = Counter()
    for package in distributions(path=[str(site)]):
        for file in package.files or []:
            sizes[package.metadata["Name"]] += size(Path(str(file.locate())))
    return sizes


def copy_code(image: str, folder: Path) -> None:
    """The files of the working tree that git knows and the image has."""
    listed = subprocess.run(  # noqa: S603
        ["git", "ls-files", "-z", *CODE[image]],  # noqa: S607
        cwd=HERE.parent, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE.parent / name, target)


def measure(image: str, variant: str) -> tuple[Counter[str], int]:
    """Bytes by package, and of the whole packed about as a registry keeps it (gzip -1)."""
    with tempfile.TemporaryDirectory() as folder:
        prefix, code = Path(folder) / "venv", Path(folder) / "app"
        command = [str(HERE / "install.sh"), image, str(prefix), variant]
        subprocess.run(command, check=True)  # noqa: S603
        copy_code(image, code)
        if image == "web":
            subprocess.run([str(HERE / "static.sh"), str(prefix)], cwd=code, check=True)  # noqa: S603
        packed = Counting()
        with (
            gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as zipped,
            tarfile.open(fileobj=zipped, mode="w|") as archive,
        ):
            archive.add(folder, "image")
        sizes = by_package(prefix / "lib" / "python3.11" / "site-packages")
        sizes["(bytecode and the like)"] = size(prefix) - sizes.total()
        sizes["Amena"] = size(code)
        return sizes, packed.amount


def main() -> None:
    """Measures one image and prints a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("image", choices=["web", "worker"])
    parser.add_argument("--variant", choices=["cuda", "cpu"], default="cpu", help="of torch")
    parser.add_argument("--top", type=int, default=12, help="packages to name (%(default)s)")
    options = parser.parse_args()

    sizes, packed = measure(options.image, options.variant)
    named = sizes.most_common(options.top)
    rest = sizes.total() - sum(amount for _, amount in named)
    lines = [*named, (f"{len(sizes) - len(named)} others", rest), ("**together**", sizes.total())]
    sys.stdout.write("| package | MB |\n|---|---:|\n")
    for name, amount in lines:
        sys.stdout.write(f"| {name} | {amount / MB:.1f} |\n")
    sys.stdout.write(f"| packed (gzip) | {packed / MB:.1f} |\n")


if __name__ == "__main__":
    main()
