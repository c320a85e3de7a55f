"""The README's session with the API works as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures.programs import LongPoll
from tests.jobs.samples import jpeg

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent.parent


def blocks() -> list[str]:
    section = (ROOT / "README.md").read_text().split("### From programs")[1].split("\n### ")[0]
    return re.findall(r"```\w*\n(.*?)```", section, re.DOTALL)


@pytest.mark.parametrize("number", [1, 2])
def test_the_session_in_the_readme_makes_a_video(
    number: int,
    tmp_path: Path,
    live_server: LiveServer,
    secret: str,
    work: Callable[[], None],
    long_poll: LongPoll,
) -> None:
    (tmp_path / "photo.jpg").write_bytes(jpeg())
    (tmp_path / ".venv").symlink_to(sys.prefix)
    program = ["bash", "-euc"] if number == 1 else [sys.executable, "-c"]
    # The second session exports a loop from what is made first.
    thread = long_poll.meanwhile(lambda: [work() for _ in range(number)])
    done = subprocess.run(
        [*program, blocks()[number]],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "AMENA_URL": live_server.url,
            "AMENA_TOKEN": secret,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    thread.join()
    assert done.returncode == 0, done.stderr
    assert "out/photo-video.mp4" in done.stdout
    assert (tmp_path / "out/photo-video.mp4").stat().st_size > 0
    if number == 1:
        assert "ada@example.com" in done.stdout
    else:
        assert "out/photo-loop.gif" in done.stdout
        assert f"{live_server.url}/s/" in done.stdout


def test_the_installed_command_is_there() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, name = scripts["amena"].split(":")
    assert callable(getattr(import_module(module), name))
