"""Runs of the engine in processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from PIL import Image

from benchmarks.machine import ROOT

#: Frames a second of all videos.
FPS = 30


@dataclass(frozen=True)
class Setup:
    """What every run has in common.

    Attributes:
        frames: of each video.
        repeats: warm runs.
        device, renderer: as the engine names them.
    """

    frames: int = 150
    repeats: int = 3
    device: str = "auto"
    renderer: str = "auto"

    def as_dict(self) -> dict[str, Any]:
        """The figures as the JSON file holds them."""
        return asdict(self)


def at_size(photo: Path, size: int, folder: Path) -> Path:
    """The photo with that long side, as a PNG, so that no run is helped by a smaller picture."""
    resized = folder / f"{photo.stem}-{size}.png"
    if not resized.exists():
        with Image.open(photo) as picture:
            scale = size / max(picture.size)
            sides = tuple(max(2, round(side * scale)) for side in picture.size)
            picture.convert("RGB").resize(sides, Image.Resampling.LANCZOS).save(resized)
    return resized


def engine(photo: Path, out: Path, setup: Setup) -> dict[str, Any]:
    """A cold run and the warm ones after it; the files of the last stay in `out`.

    Returns:
        `cold_seconds` (from before the process starts), `cold` and `warm` (each run's report:
        `seconds`, `peak_memory_mb`, `stages`), `restyle` (the report of a render from the scene).
    """
    began = time.perf_counter()
    answers = reports(start(photo, out, setup, setup.repeats + 1))
    cold = next(answers)
    cold_seconds = round(time.perf_counter() - began, 3)
    *warm, restyle = answers
    return {"cold_seconds": cold_seconds, "cold": cold, "warm": warm, "restyle": restyle}


def start(photo: Path, out: Path, setup: Setup, count: int) -> subprocess.Popen[str]:
    """A process that makes a photo `count` times, restyles it once, and prints the reports."""
    out.mkdir(parents=True, exist_ok=True)
    spec = {"photo": str(photo), "out": str(out), "count": count, **setup.as_dict()}
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.speed.child", json.dumps(spec)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def reports(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """What a started process tells, as it comes."""
    with process:
        for line in process.stdout or ():
            yield json.loads(line)
    if process.returncode:
        raise RuntimeError(f"the engine failed (exit code {process.returncode})")


def shares(seconds: dict[str, float], total: float) -> dict[str, float]:
    """Percent of a run that is done when each stage before the frames begins.

    `amena.engine.progress.STAGES` is to follow it.

    Args:
        seconds: of every stage, by name.
        total: of the whole run.
    """
    before = ("decode", "depth", "sharpen", "layers", "inpaint")
    # Where nothing is hidden, nothing is inpainted.
    ends = accumulate(100 * seconds.get(name, 0) / total for name in before)
    return dict(zip((*before[1:], "mesh"), (round(end, 1) for end in ends), strict=True))
