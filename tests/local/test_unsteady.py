"""What `make test` does with a test that fails beside the others and passes alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.service

SCRIPT = Path(__file__).parent.parent.parent / "scripts/tests.sh"
#: Fails in the first run of its folder, and passes in the next.
UNSTEADY = """
from pathlib import Path
def test_unsteady():
    seen = Path("seen")
    known = seen.exists()
    seen.touch()
    assert known
"""
FAILS = "def test_{}(): raise AssertionError\n"


def run(folder, tests, *options, **variables):
    (folder / "test_it.py").write_text(tests)
    (folder / "pytest.ini").write_text("[pytest]\n")
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        [SCRIPT, "--numprocesses", "2", "--dist", "loadfile", *options],
        cwd=folder,
        env={"PATH": programs, "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_what_passes_runs_once(tmp_path):
    done = run(tmp_path, "def test_fine(): pass\n")
    assert done.returncode == 0
    assert "once more" not in done.stdout


def test_a_test_that_passes_alone_is_named_as_unsteady(tmp_path):
    done = run(tmp_path, UNSTEADY + "def test_fine(): pass\n", GITHUB_ACTIONS="true")
    assert done.returncode == 0
    again = done.stdout.partition("once more and alone")[2]
    assert "1 passed" in again  # the other one did not run again
    assert "== Unsteady" in again
    assert "::warning title=Unsteady test::test_it.py::test_unsteady" in again


def test_what_fails_twice_has_failed(tmp_path):
    done = run(tmp_path, UNSTEADY + FAILS.format("broken"))
    assert done.returncode == 1
    assert "1 failed, 1 passed" in done.stdout
    assert "Unsteady" not in done.stdout


def test_many_failures_are_no_accident(tmp_path):
    done = run(tmp_path, UNSTEADY + "".join(FAILS.format(each) for each in "abc"))
    assert done.returncode == 1
    assert "once more" not in done.stdout


@pytest.mark.parametrize("broken", ["def test_fine(: pass\n", "import nothing_of_that_name\n"])
def test_a_module_that_cannot_be_read_is_no_accident(tmp_path, broken):
    assert run(tmp_path, broken).returncode != 0


def test_the_tests_that_ran_again_are_counted_among_the_lines_that_run(tmp_path):
    done = run(tmp_path, UNSTEADY, "--cov", "--cov-report=term")
    assert done.returncode == 0
    assert "100%" in done.stdout.partition("once more and alone")[2]
