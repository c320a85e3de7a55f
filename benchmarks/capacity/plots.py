"""The plots of docs/capacity.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt

from benchmarks.capacity.model import Outcome
from benchmarks.capacity.scenarios import FIXED

COLOURS = {
    "GPU, from zero": "#666cdc",
    "GPU, one warm": "#a9adf0",
    "CPU, from zero": "#d9822b",
    "CPU, one warm": "#f0c18f",
}


def _finish(figure: plt.Figure, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(alpha=0.25)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def waiting(volumes: Mapping[str, Mapping[int, Outcome]], path: Path) -> None:
    """How many photos are done after how long, for each volume."""
    numbers = sorted({volume for found in volumes.values() for volume in found})
    figure, panels = plt.subplots(1, len(numbers), figsize=(11, 3.6), sharey=True)
    for axes, volume in zip(panels, numbers, strict=True):
        for name, found in volumes.items():
            if volume in found:
                times = np.sort(found[volume].totals)
                share = np.arange(1, times.size + 1) / times.size * 100
                step = max(times.size // 2000, 1)
                axes.plot(times[::step], share[::step], label=name, color=COLOURS[name], lw=2)
        axes.set(
            xscale="log", title=f"{volume:,} photos a day", xlabel="seconds from upload to result"
        )
        axes.set_xlim(0.5, 1000)
    panels[0].set_ylabel("photos done, %")
    panels[-2].legend(frameon=False, loc="center right", fontsize=8)
    _finish(figure, path)


def bursts(outcomes: Mapping[str, Outcome], path: Path) -> None:
    """Queue and workers through the burst."""
    figure, (queue, workers) = plt.subplots(1, 2, figsize=(11, 3.8))
    colours = ("#666cdc", "#3a3f9e", "#1b7f6b", "#d9822b", "#b0413e")
    for (name, outcome), colour in zip(outcomes.items(), colours, strict=True):
        minutes = outcome.timeline[:, 0] / 60 - 60
        queue.plot(minutes, outcome.timeline[:, 1], label=name, color=colour, lw=1.8)
        workers.plot(minutes, outcome.timeline[:, 2], color=colour, lw=1.8)
    for axes in (queue, workers):
        axes.axvspan(0, 10, color="#888888", alpha=0.15, lw=0)
        axes.set(xlim=(-5, 60), xlabel="minutes since the burst began (grey: the burst)")
    queue.set_title("photos waiting")
    queue.legend(frameon=False, fontsize=8)
    workers.set_title("workers ready")
    _finish(figure, path)


def cost(volumes: Mapping[str, Mapping[int, Outcome]], path: Path) -> None:
    """Dollars for a thousand photos, worker nodes alone and with the fixed part."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for name, found in volumes.items():
        numbers = sorted(found)
        nodes = [found[volume].cost_per_thousand for volume in numbers]
        whole = [c + FIXED * 12 / 365 / v * 1000 for c, v in zip(nodes, numbers, strict=True)]
        axes.plot(numbers, nodes, "o-", color=COLOURS[name], label=name, lw=2)
        axes.plot(numbers, whole, ":", color=COLOURS[name], lw=1.5)
    axes.set(xscale="log", yscale="log", xlabel="photos a day", ylabel="dollars for 1,000 photos")
    axes.set_title("worker nodes (lines) and everything (dotted)")
    axes.legend(frameon=False, fontsize=8)
    _finish(figure, path)


def remedies(found: Sequence[tuple[str, Outcome]], path: Path) -> None:
    """Waiting against cost for each way to steady the autoscaler."""
    figure, axes = plt.subplots(figsize=(7, 3.8))
    for name, outcome in found:
        x, y = outcome.cost_per_thousand, outcome.percentile(95)
        axes.plot(x, y, "o", color="#666cdc", ms=7)
        axes.annotate(name, (x, y), (7, -3), textcoords="offset points", fontsize=8)
    axes.set(yscale="log", xlabel="dollars for 1,000 photos", ylabel="p95, seconds to the result")
    axes.set_title("GPU, 1,000,000 photos a day: ways to steady the autoscaler")
    axes.margins(x=0.35, y=0.15)
    _finish(figure, path)
