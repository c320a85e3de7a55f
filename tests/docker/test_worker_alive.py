"""worker-alive reads the real process table: a parent with a child lives, one without does not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from infra import ROOT

ALIVE = ROOT / "docker" / "worker-alive"

#: Looks like a Celery worker: a parent that forks one child and waits.
WORKER = """
import os, signal, sys, time
child = os.fork()
if child == 0:
    time.sleep(60)
    os._exit(0)
print(child, flush=True)
if "childless" in sys.argv:
    os.kill(child, signal.SIGKILL)
time.sleep(60)
os.kill(child, signal.SIGKILL)
"""


def start(tmp_path: Path, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    celery = tmp_path / "celery"
    celery.write_text(WORKER)
    process = subprocess.Popen(
        [sys.executable, str(celery), "worker", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    child = int(process.stdout.readline())
    time.sleep(0.1)
    return process, child


def is_alive(tmp_path: Path) -> bool:
    """Asks the script, which sees only this test's processes: others on the machine are hidden."""
    script = ALIVE.read_text("utf-8").replace(
        "if state not in", f"if any({str(tmp_path)!r} in word for word in command) and state not in"
    )
    return subprocess.run([sys.executable, "-c", script]).returncode == 0


@pytest.fixture
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    process, child = start(tmp_path, *request.param)
    yield
    subprocess.run(["kill", "-9", str(child)], stderr=subprocess.DEVNULL)
    process.kill()
    process.communicate()


@pytest.mark.parametrize("running", [()], indirect=True)
def test_a_worker_with_a_child_is_alive(running: None, tmp_path: Path) -> None:
    assert is_alive(tmp_path)


@pytest.mark.parametrize("running", [("childless",)], indirect=True)
def test_a_worker_whose_child_is_dead_is_not(running: None, tmp_path: Path) -> None:
    assert not is_alive(tmp_path)


def test_without_a_worker_nothing_is_alive(tmp_path: Path) -> None:
    assert not is_alive(tmp_path)
