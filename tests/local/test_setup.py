"""The scripts that set up a checkout, and the lock files."""

import re
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
