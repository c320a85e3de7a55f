"""The plots of docs/capacity.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullLocator

from benchmarks.capacity.model import Outcome
from benchmarks.capacity.scenarios import fixed_per_thousand

INK, QUIET = "#22242b", "#6b7080"
COLOURS = {
    "GPU, from zero": "#565bd0",
    "GPU, one warm": "#a9adf0",
    "CPU, from zero": "#d2761c",
    "CPU, one warm": "#f0bd86",
}
BURST_COLOURS = ("#565bd0", "#2f3385", "#1b7f6b", "#d2761c", "#b0413e")

mpl.rcParams.update(
    {
        "axes.edgecolor": "#c4c7d0",
        "axes.grid": True,
        "axes.labelcolor": QUIET,
        "axes.labelsize": 11,
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlecolor": INK,
        "axes.titlelocation": "left",
        "axes.titlepad": 12,
        "axes.titlesize": 13,
        "axes.titleweight": "bold",
        "figure.dpi": 130,
        "font.size": 11,
        "grid.color": "#e9eaef",
        "legend.frameon": False,
        "legend.labelcolor": INK,
        "lines.linewidth": 2.4,
        "lines.solid_capstyle": "round",
        "xtick.color": QUIET,
        "ytick.color": QUIET,
    }
)


def _plain(axis: mpl.axis.Axis, prefix: str = "") -> None:
    """Powers of ten as people write them."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{prefix}{value:,.10g}"))
    axis.set_minor_locator(NullLocator())


def _finish(figure: plt.Figure, path: Path) -> None:
    figure.tight_layout(w_pad=2.5)
    figure.savefig(path)
    plt.close(figure)


def waiting(volumes: Mapping[str, Mapping[int, Outcome]], path: Path) -> None:
    """How many photos are done after how long, for each volume."""
    numbers = sorted({volume for found in volumes.values() for volume in found})
    figure, panels = plt.subplots(1, len(numbers), figsize=(12, 4.4), sharey=True)
    for axes, volume in zip(panels, numbers, strict=True):
        for name, found in volumes.items():
            if volume in found:
                times = np.sort(found[volume].totals)
                share = np.arange(1, times.size + 1) / times.size * 100
                step = max(times.size // 2000, 1)
                # Where two ways lie upon each other, the one below still shows.
                style = (0, (3, 1.6)) if "warm" in name else "-"
                axes.plot(
                    times[::step], share[::step], label=name, color=COLOURS[name], linestyle=style
                )
        axes.set(xscale="log", title=f"{volume:,} a day", xlim=(0.5, 1000), ylim=(0, 103))
        axes.set_xlabel("seconds from upload to result")
        _plain(axes.xaxis)
    panels[0].set_ylabel("photos done, %")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="upper center", ncols=4)
    figure.subplots_adjust(top=0.8)
    figure.tight_layout(rect=(0, 0, 1, 0.92), w_pad=2.5)
    figure.savefig(path)
    plt.close(figure)


def bursts(outcomes: Mapping[str, Outcome], path: Path) -> None:
    """Queue and workers through the burst."""
    figure, (queue, workers) = plt.subplots(1, 2, figsize=(12, 4.4))
    for (name, outcome), colour in zip(outcomes.items(), BURST_COLOURS, strict=True):
        minutes = outcome.timeline[:, 0] / 60 - 60
        queue.plot(minutes, outcome.timeline[:, 1], label=name, color=colour)
        workers.plot(minutes, outcome.timeline[:, 2], color=colour)
    for axes in (queue, workers):
        axes.axvspan(0, 10, color="#8a8fa0", alpha=0.16, lw=0)
        axes.set(xlim=(-3, 35), xlabel="minutes since the burst began (grey: the burst)")
        axes.set_ylim(bottom=0)
        _plain(axes.yaxis)
    queue.set_title("Photos waiting")
    queue.legend(loc="upper right")
    workers.set_title("Workers ready")
    _finish(figure, path)


def cost(volumes: Mapping[str, Mapping[int, Outcome]], path: Path) -> None:
    """Dollars for a thousand photos, worker nodes alone and with the fixed part."""
    figure, panels = plt.subplots(1, 2, figsize=(12, 4.4), sharey=True)
    for name, found in volumes.items():
        numbers = sorted(found)
        nodes = [found[volume].cost_per_thousand for volume in numbers]
        whole = [c + fixed_per_thousand(v) for c, v in zip(nodes, numbers, strict=True)]
        for axes, dollars in zip(panels, (nodes, whole), strict=True):
            axes.plot(numbers, dollars, "o-", color=COLOURS[name], label=name, ms=7)
    for axes, title in zip(panels, ("Worker nodes alone", "With the fixed costs"), strict=True):
        axes.set(xscale="log", yscale="log", xlabel="photos a day", title=title)
        axes.set_xlim(60, 2_000_000)
        _plain(axes.xaxis)
        _plain(axes.yaxis, "$")
    panels[0].set_ylabel("dollars for 1,000 photos")
    panels[1].legend()
    _finish(figure, path)


def remedies(found: Mapping[str, Sequence[tuple[str, Outcome]]], path: Path) -> None:
    """Waiting against cost for each way to steady the autoscaler, a panel for each kind of node."""
    figure, panels = plt.subplots(1, len(found), figsize=(12, 4.6), sharey=True)
    for axes, (kind, ways) in zip(panels, found.items(), strict=True):
        _remedies_of(axes, ways, COLOURS[f"{kind}, from zero"])
        axes.set(title=f"{kind}, 1,000,000 a day", xlabel="dollars for 1,000 photos")
        _plain(axes.xaxis, "$")
        _plain(axes.yaxis)
    panels[0].set_ylabel("p95, seconds to the result")
    _finish(figure, path)


def _remedies_of(axes: Axes, ways: Sequence[tuple[str, Outcome]], colour: str) -> None:
    costs = [outcome.cost_per_thousand for _, outcome in ways]
    middle = (min(costs) + max(costs)) / 2
    for number, (name, outcome) in enumerate(ways):
        x, y = outcome.cost_per_thousand, outcome.percentile(95)
        axes.plot(x, y, "o", color=colour, ms=9, mec="white")
        # On the side where there is room; the first is the chart's way.
        left = x > middle
        axes.annotate(
            name,
            (x, y),
            (-9 if left else 9, -4),
            textcoords="offset points",
            ha="right" if left else "left",
            fontsize=10,
            color=INK,
            weight="bold" if number == 0 else "normal",
        )
    axes.set(yscale="log")
    axes.margins(x=0.12, y=0.12)
