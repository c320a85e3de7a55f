"""How seconds and memory grow with pixels and frames, and throughput with processes."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed import runs
from benchmarks.speed.runs import Setup

#: Shares of the frames asked for.
_FRAME_SHARES = (0.25, 0.5, 1.0, 2.0)
_PROCESSES = (1, 2, 3, 4)
#: Photos each process makes, after one that warms it up.
_PHOTOS_EACH = 3


def measure(photo: Path, sizes: list[int], setup: Setup, work: Path) -> dict[str, Any]:
    """All three; sizes and frames are each varied alone."""
    out = work / "growth"
    pixels, frames = [], []
    for size in sizes:
        resized = runs.at_size(photo, size, work)
        best = _best(runs.engine(resized, out, setup))
        pixels.append({"megapixels": round(_pixels(resized) / 1e6, 3), **best})
    first = runs.at_size(photo, sizes[0], work)
    for share in _FRAME_SHARES:
        # A video lasts from one to ten seconds.
        count = min(max(round(setup.frames * share), runs.FPS), 10 * runs.FPS)
        best = _best(runs.engine(first, out, replace(setup, frames=count)))
        frames.append({"frames": count, **best})
    return {
        "pixels": {"points": pixels, **_fits(pixels, "megapixels")},
        "frames": {"points": frames, **_fits(frames, "frames")},
        "processes": [throughput(first, count, setup, work) for count in _PROCESSES],
    }


def _best(found: dict[str, Any]) -> dict[str, float]:
    best = min(found["warm"], key=lambda run: run["seconds"])
    return {key: best[key] for key in ("seconds", "peak_memory_mb")}


def _pixels(photo: Path) -> int:
    from PIL import Image

    with Image.open(photo) as picture:
        return picture.width * picture.height


def _fits(points: list[dict[str, float]], axis: str) -> dict[str, Any]:
    """Straight lines through the points, by least squares."""
    at = [point[axis] for point in points]
    return {key: fit(at, [point[key] for point in points]) for key in ("seconds", "peak_memory_mb")}


def fit(x: list[float], y: list[float]) -> dict[str, float] | None:
    """`start` + `slope`·x with its R²; None where fewer than two different x are known."""
    if len(set(x)) < 2:
        return None
    slope, start = np.polyfit(x, y, 1)
    rest = np.square(np.array(y) - (start + slope * np.array(x))).sum()
    spread = np.square(np.array(y) - np.mean(y)).sum()
    share = 1 - rest / spread if spread else 1.0
    return {"start": round(start, 4), "slope": round(slope, 4), "r2": round(float(share), 4)}


def throughput(photo: Path, count: int, setup: Setup, work: Path) -> dict[str, float]:
    """Photos a minute of that many processes at once, from when all are warm."""
    processes = [
        runs.start(photo, work / f"process-{number}", setup, 1 + _PHOTOS_EACH)
        for number in range(count)
    ]
    answers = [runs.reports(process) for process in processes]
    for reports in answers:
        next(reports)  # warm
    began = time.perf_counter()
    # The last report is that of the restyle: a minute has fewer photos for it, never more.
    made = [report for reports in answers for report in list(reports)[:-1]]
    minutes = (time.perf_counter() - began) / 60
    return {
        "processes": count,
        "photos_a_minute": round(len(made) / minutes, 2),
        "peak_memory_mb_each": max(report["peak_memory_mb"] for report in made),
    }


def table(found: dict[str, Any]) -> str:
    """The figures as a table of text."""
    lines = []
    for axis, unit in (("pixels", "megapixels"), ("frames", "frames")):
        lines.append(f"against {unit}:")
        lines += [
            f"  {point[unit]:8} {point['seconds']:7.2f} s {point['peak_memory_mb']:7.0f} MiB"
            for point in found[axis]["points"]
        ]
        for key, name in (("seconds", "s"), ("peak_memory_mb", "MiB")):
            if line := found[axis][key]:
                lines.append(
                    f"  {name} = {line['start']:g} + {line['slope']:g} · {unit}, R² {line['r2']:g}"
                )
    lines += [
        f"{each['processes']} processes: {each['photos_a_minute']:.1f} photos a minute, "
        f"{each['peak_memory_mb_each']:.0f} MiB each"
        for each in found["processes"]
    ]
    return "\n".join(lines)
