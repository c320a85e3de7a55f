"""Setting up a checkout: what the scripts say where they cannot go on, and the lock files."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {file.stem: file for file in (ROOT / "requirements").glob("*.txt")}


@pytest.fixture
def machine(tmp_path):
    """A checkout with a few commands replaced; runs its bootstrap script."""
    (tmp_path / "checkout/scripts").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "scripts/bootstrap.sh", tmp_path / "checkout/scripts")

    def bootstrap(set_name, **commands):
        for name, script in commands.items():
            file = tmp_path / "bin" / name.replace("_", "-")
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        return subprocess.run(
            ["bash", str(tmp_path / "checkout/scripts/bootstrap.sh"), set_name],
            env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return bootstrap


def test_without_rights_the_missing_packages_and_the_command_are_named(machine):
    done = machine("engine", dpkg_query="exit 1", id="echo 1000", sudo="exit 1", apt_get="exit 1")

    assert done.returncode == 1
    packages = "libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2"
    assert done.stderr == (
        f"Missing on this machine: {packages}. Install them with "
        f"“sudo apt-get install -y --no-install-recommends {packages}”, then try again.\n"
    )


def test_with_rights_they_are_installed_without_a_question(machine, tmp_path):
    done = machine(
        "engine",
        dpkg_query="exit 1",
        id="echo 1000",
        sudo='shift; exec "$@"',
        apt_get=f'echo "$DEBIAN_FRONTEND $@" >> {tmp_path}/apt; [ "$1" != install ]',
    )

    assert done.returncode != 0  # as far as this machine lets it go
    update, install = (tmp_path / "apt").read_text().splitlines()
    assert update.startswith("noninteractive update")
    assert install.startswith("noninteractive install -q -y")
    assert install.endswith("libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2")


def test_without_python_3_11_the_way_to_get_it_is_named(machine):
    other = dict.fromkeys(("python3.11", "python3", "python"), "echo 3.13")
    done = machine("engine", dpkg_query="printf installed", apt_cache="exit 1", **other)

    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert "uv python install 3.11" in done.stderr


def test_an_unknown_set_is_refused(machine):
    done = machine("everything")

    assert (done.returncode, done.stderr) == (
        2,
        "There is no set “everything”: engine, local or dev.\n",
    )


def locked(name):
    """Package → version of one lock file."""
    pairs = re.findall(r"^([\w.\-]+)==([^\s;\\]+)", LOCKS[name].read_text(), re.MULTILINE)
    return {canonicalize_name(package): version for package, version in pairs}


def wanted(extra):
    """All requirements of an extra, those of the extras it is made of too."""
    found = [*PROJECT["dependencies"]]
    for line in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(line)
        if requirement.name == "amena":
            for part in requirement.extras:
                found += wanted(part)
        else:
            found.append(line)
    return found


@pytest.mark.parametrize("name", ["web", "engine", "local", "dev", "training"])
def test_the_lock_file_answers_every_requirement(name):
    versions = locked(name)
    for line in wanted(name):
        requirement = Requirement(line)
        if requirement.name != "torch":  # scripts/bootstrap.sh: its builds differ
            assert versions[canonicalize_name(requirement.name)] in requirement.specifier


def test_all_sets_hold_the_same_versions():
    largest = locked("dev")
    for name in ("web", "engine", "local", "training"):
        assert locked(name).items() <= largest.items()


def test_no_lock_file_but_the_image_s_takes_torch_or_a_cuda_package():
    packages = [
        package for name in LOCKS if name not in ("infra", "cuda") for package in locked(name)
    ]

    assert packages
    assert not [
        package
        for package in packages
        if package.startswith(("nvidia-", "cuda-", "triton")) or package == "torch"
    ]


def test_the_script_installs_the_torch_that_the_project_asks_for():
    (torch,) = [
        line for line in PROJECT["optional-dependencies"]["engine"] if line.startswith("torch")
    ]

    assert f"pip_install {torch}\n" in (ROOT / "scripts/bootstrap.sh").read_text()
