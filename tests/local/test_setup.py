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

pytestmark = pytest.mark.service

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


ENGINE_PACKAGES = "libegl1 libegl-mesa0 libgl1-mesa-dri libgl1 libgles2 libfontconfig1"
OTHER_PYTHON = dict.fromkeys(("python3.11", "python3", "python"), "echo 3.13")


def test_without_rights_the_missing_packages_and_the_command_are_named(machine):
    done = machine("engine", dpkg_query="exit 1", id="echo 1000", sudo="exit 1", apt_get="exit 1")

    assert done.returncode == 1
    assert done.stderr == (
        f"Missing on this machine: {ENGINE_PACKAGES}. Install them with "
        "“sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        f"{ENGINE_PACKAGES}”, then try again.\n"
    )


def test_whoever_has_no_rights_is_told_once_of_everything(machine):
    done = machine(
        "dev",
        dpkg_query="exit 1",
        id="echo 1000",
        sudo="exit 1",
        apt_get="exit 1",
        apt_cache='echo "  Candidate: 3.11.2-6"',
        **OTHER_PYTHON,
    )

    assert done.returncode == 1
    for package in (ENGINE_PACKAGES, "gettext libatomic1", "python3.11 python3.11-venv"):
        assert package in done.stderr


def test_a_long_answer_of_apt_is_read_to_its_end(machine, tmp_path):
    """Whoever stops reading at the first match has apt-cache killed, and is told no."""
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache='echo "  Candidate: 3.11.2-6"; seq 200000 || exit 1',
        **OTHER_PYTHON,
    )

    assert done.returncode != 0  # as far as this machine lets it go
    assert (tmp_path / "apt").read_text().endswith(" python3.11 python3.11-venv\n")


def test_in_a_container_without_package_lists_apt_is_updated_before_it_is_asked(machine, tmp_path):
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache=f'grep -qs update {tmp_path}/apt && echo "  Candidate: 3.11.2-6"',
        **OTHER_PYTHON,
    )

    assert done.returncode != 0
    assert [line.split()[0] for line in (tmp_path / "apt").read_text().splitlines()] == [
        "update",
        "install",
    ]


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
    assert install.endswith(ENGINE_PACKAGES)


@pytest.mark.parametrize("candidate", ["156.0-1", "157.0-1"])
def test_the_browser_without_windows_comes_in_the_version_of_the_one_that_is_here(
    machine, tmp_path, candidate
):
    """Where it cannot be had, the set-up goes on: the tests take the other one."""
    known = "*Version*) printf 156.0-1;; *-shell) ;; *) printf installed;;"
    done = machine(
        "dev",
        dpkg_query=f'case "$*" in {known} esac',
        id="echo 0",
        chromium="exit 0",
        apt_get=f'echo "$@" >> {tmp_path}/apt; [ "$1" != install ]',
        apt_cache=f"echo '  Candidate: {candidate}'; echo '  Version table:'",
        **{"python3.11": '[ "$1" = -c ] && echo 3.11'},
    )

    asked = (tmp_path / "apt").exists() and (tmp_path / "apt").read_text()
    assert bool(asked) == (candidate == "156.0-1")
    assert not asked or asked.endswith(" chromium-headless-shell\n")
    assert "Creating .venv" in done.stdout


def test_without_python_3_11_the_way_to_get_it_is_named(machine):
    lists = '[ "$2" != python3.11 ] && echo "  Candidate: 3.13.5-1"'
    done = machine(
        "engine",
        dpkg_query="printf installed",
        id="echo 1000",
        sudo="exit 1",
        apt_cache=lists,
        **OTHER_PYTHON,
    )

    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr
    assert "uv python install 3.11" in done.stderr


def test_an_unknown_set_is_refused(machine):
    done = machine("everything")

    assert (done.returncode, done.stderr) == (
        2,
        "There is no set “everything”: engine, local or dev.\n",
    )


# What ends before it has read everything kills the program that still writes, and under pipefail
# the whole pipe has failed: now and then, since it depends on which is quicker.
ENDS_EARLY = re.compile(
    r"\|\s*(?:sudo )?(?:grep\b[^|;&\n]*\s(?:-[a-zA-Z]*[qm]|--quiet|--silent|--max-count)|head\b"
    r"|sed\b[^|&\n]*[\s'\"{;/$]\d*q\b|awk\b[^|\n]*\bexit\b)"
)
SCRIPTS = ("*.sh", "*.yml", "*.yaml", "*.tpl", "*Dockerfile", "*Makefile", ".ci/run")


def test_no_script_pipes_into_what_ends_early():
    listed = subprocess.run(
        ["git", "ls-files", "-z", *SCRIPTS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [ROOT / name for name in listed.stdout.split("\0") if name]

    assert {"bootstrap.sh", "check-infra.sh", "Makefile", "ci.yml", "jobs.yaml"} <= {
        file.name for file in files
    }
    assert [file.name for file in files if ENDS_EARLY.search(file.read_text())] == []


@pytest.mark.parametrize(
    "line",
    [
        "apt-cache policy x 2>/dev/null | grep -q 'Candidate: [^(]'",
        "yes | grep --quiet y",
        "make | sudo grep -Fq done",
        "git log |\n  head -1",
        "cat x | sed -n 5q",
        "cat x | awk '/x/ {print; exit}'",
    ],
)
def test_such_pipes_are_seen(line):
    assert ENDS_EARLY.search(line)


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
