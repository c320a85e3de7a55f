"""Every library that the Python packages link comes with them, or by scripts/bootstrap.sh."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = Path(sys.prefix).resolve()
#: PostgreSQL's embedded SQL for C, which nothing here runs.
NOT_RUN = "libecpg"
#: Is in every Debian: apt itself stands on it.
EVERYWHERE = {"apt"}


def programs_and_libraries(folder: Path) -> list[Path]:
    """The ELF files under a folder."""
    found = []
    for path in folder.rglob("*"):
        if path.name.startswith(NOT_RUN) or path.is_symlink() or not path.is_file():
            continue
        if ".so" in path.name or os.access(path, os.X_OK):
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    found.append(path)
    return found


def linked(file: Path) -> dict[str, str]:
    """Name of each library that a file needs → where the loader finds it, or “not found”."""
    # What ldd does, without its shell: there are hundreds of files.
    listing = subprocess.run(
        [loader(), file],
        env={"LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    return dict(re.findall(r"^\t(\S+) => (not found|\S+)", listing, re.MULTILINE))


@cache
def loader() -> str:
    """The dynamic loader of this machine."""
    listing = subprocess.run(
        ["ldd", sys.executable], capture_output=True, text=True, check=True
    ).stdout
    return re.findall(r"^\t(/\S+) \(", listing, re.MULTILINE)[0]


@cache
def all_linked() -> dict[str, str]:
    files = programs_and_libraries(ENVIRONMENT)
    # Python loads some before those that need them, from where the loader does not look.
    ours = {file.name for file in files}
    return {
        name: where
        for file in files
        for name, where in linked(file).items()
        if where != "not found" or name not in ours
    }


def test_no_library_is_missing():
    assert len(all_linked()) > 20
    assert [name for name, where in all_linked().items() if where == "not found"] == []


def wanted_packages() -> set[str]:
    """What scripts/bootstrap.sh installs on Debian."""
    script = (ROOT / "scripts/bootstrap.sh").read_text()
    lists = re.findall(r"\bwant ((?:[a-z][\w.-]* ?)+)$", script, re.MULTILINE)
    return {name for names in lists for name in names.split()} | {"python3.11"}


def with_dependencies(names: set[str]) -> set[str]:
    """Installed packages that come with `names` or are in every Debian."""
    fields = "${Package}\t${Essential}\t${Pre-Depends}, ${Depends}\t${Provides}\n"
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f", fields], capture_output=True, text=True, check=True
    ).stdout
    needs, providers, found = {}, {}, set(names)
    for line in listing.splitlines():
        package, essential, depends, provides = line.split("\t")
        needs[package] = re.findall(r"(?:^|[,|])\s*([a-z0-9][\w.+-]*)", depends)
        for name in re.findall(r"(?:^|,)\s*([a-z0-9][\w.+-]*)", provides):
            providers.setdefault(name, set()).add(package)
        if essential == "yes":
            found.add(package)
    waiting = list(found)
    while waiting:
        for name in needs.get(waiting.pop(), []):
            for package in {name, *providers.get(name, ())} - found:
                found.add(package)
                waiting.append(package)
    return found


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="names packages as Debian does")
def test_the_set_up_installs_every_system_library_that_is_linked():
    system = {
        os.path.realpath(where)
        for where in all_linked().values()
        if where.startswith("/") and ENVIRONMENT not in Path(where).resolve().parents
    }
    # Packages name some of them by the link /lib, others by what it points to.
    either = system | {path.removeprefix("/usr") for path in system}
    owners = subprocess.run(
        ["dpkg-query", "-S", *either], capture_output=True, text=True, check=False
    ).stdout
    packages = {line.partition(":")[0] for line in owners.splitlines()}

    assert "libc6" in packages
    assert packages - with_dependencies(wanted_packages() | EVERYWHERE) == set()
