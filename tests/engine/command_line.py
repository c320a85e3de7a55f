"""The command line: a process of its own, or that of the tests, where all it needs is loaded."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from amena.engine.cli import main
from tests.engine import depth_samples, samples

FILES = {
    "video.mp4",
    "poster.jpg",
    "scene.glb",
    "disparity.png",
    "report.json",
    "scene.amena",
}
QUICK = ("--duration", "1", "--fps", "24", "--renderer", "warp")


@contextmanager
def logging_as_before() -> Iterator[None]:
    """The command line sets up logging for its process, which here is that of all tests."""
    loggers = [logging.getLogger(), logging.getLogger("amena")]
    levels = [logger.level for logger in loggers]
    yield
    logging.captureWarnings(False)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def run(*arguments: object) -> int:
    """Its exit code."""
    with logging_as_before():
        return main([str(argument) for argument in arguments])


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "amena.engine", *map(str, arguments)]


def low() -> bytes:
    """A photo whose smallest film, 960 pixels wide, has a third of an ordinary one's pixels."""
    return samples.jpeg(320, 80)


def low_from_a_phone() -> bytes:
    """The same, with the depth that a phone stores."""
    depth = samples.encoded(Image.fromarray(depth_samples.ramp(160, 40)), "PNG")
    return depth_samples.gdepth_jpeg(depth, photo=low())


def saved(folder: Path, data: bytes, name: str = "photo") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def made(photo: Path, out: Path, *more: str, estimator: str = "ramp") -> dict[str, object]:
    """Run in this process; returns the report."""
    arguments = [photo, "--out", out, *QUICK, "--estimator", estimator, *more]
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads((out / "report.json").read_text())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def assert_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("amena: ")
    assert err.count("\n") == 1
    return err
