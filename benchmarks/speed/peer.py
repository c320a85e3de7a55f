"""DepthFlow on the same photo and disparity, in turn with ours.

It lives in a virtual environment of its own, outside the repository: in `AMENA_BENCHMARK_CACHE`, by
default `~/.cache/amena-benchmarks`. Its depth estimators are left out, since it is given the
disparity; so is its window, since it draws off screen. It reads depth of 8 bits: of our 16 it sees
nothing, and all points shift alike.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np

from benchmarks.speed import runs
from benchmarks.speed.runs import FPS, Setup

_VERSION = "1.0.1"
#: What it needs besides torch, torchvision and transformers, which only estimate depth.
_NEEDS = (
    *("attrs", "cyclopts", "diskcache", "imageio", "numpy", "pillow", "platformdirs"),
    *("pooch", "pydantic", "scipy", "shaderflow", "xxhash"),
)
_SCENE = Path(__file__).with_name("depthflow_scene.py")


def measure(photo: Path, setup: Setup, work: Path) -> dict[str, Any]:
    """Both, `repeats` times in turn: seconds of every run, ours warm, theirs without its start."""
    python = environment()
    ours, theirs = [], []
    out = work / "peer"
    for _ in range(setup.repeats):
        found = runs.engine(photo, out, Setup(setup.frames, 1, setup.device, setup.renderer))
        ours.append(found["warm"][0]["seconds"])
        depth = eight_bits(out / "disparity.png", work / "depth.png")
        theirs.append(render(python, photo, depth, setup.frames, work))
    return {
        "name": f"DepthFlow {_VERSION}",
        "ours": ours,
        "theirs": theirs,
        "ratio": round(min(theirs) / min(ours), 2),
    }


def environment() -> Path:
    """The Python that has DepthFlow; installed on first use."""
    cache = os.environ.get("AMENA_BENCHMARK_CACHE") or Path.home() / ".cache" / "amena-benchmarks"
    folder = Path(cache, f"depthflow-{_VERSION}")
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        venv.create(folder, with_pip=True, clear=True)
        for packages in (("--no-deps", f"depthflow=={_VERSION}"), _NEEDS):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "complete").touch()
    return python


def eight_bits(disparity: Path, to: Path) -> Path:
    """A greyscale PNG of 16 bits as one of 8; returns `to`."""
    levels = cv2.imread(str(disparity), cv2.IMREAD_UNCHANGED)
    if levels is None or levels.dtype != np.uint16:
        raise ValueError(f"{disparity} is no picture of 16 bits")
    cv2.imwrite(str(to), np.rint(levels / 257).astype(np.uint8))
    return to


def render(python: Path, photo: Path, disparity: Path, frames: int, work: Path) -> float:
    """Seconds of one video by DepthFlow, loading of the pictures included."""
    spec = {
        "photo": str(photo),
        "disparity": str(disparity),
        "video": str(work / "depthflow.mp4"),
        "seconds": frames / FPS,
        "fps": FPS,
    }
    done = subprocess.run(
        [python, _SCENE, json.dumps(spec)],
        env=os.environ | {"EGL_PLATFORM": "surfaceless", "PATH": path_with_ffmpeg(work)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise RuntimeError(f"DepthFlow failed (exit code {done.returncode})")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return round(answer["seconds"], 3)


def path_with_ffmpeg(work: Path) -> str:
    """A PATH on which there is an ffmpeg: the one that our engine uses, where there is no other."""
    path = os.environ.get("PATH", os.defpath)
    if shutil.which("ffmpeg", path=path):
        return path
    folder = work / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "ffmpeg"
    if not program.exists():
        program.symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    return os.pathsep.join((str(folder), path))


def table(found: dict[str, Any]) -> str:
    """The figures as a table of text."""
    return (
        f"{found['name']}: {min(found['theirs']):.1f} s, ours {min(found['ours']):.2f} s: "
        f"{found['ratio']:.1f} times as fast"
    )
