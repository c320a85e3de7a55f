"""Curves of a run's log."""

from __future__ import annotations

import json
from pathlib import Path


def draw_curves(log: Path, out: Path) -> None:
    """Draw the losses and the validation figures in `log` (JSON lines) to the PNG `out`."""
    # Imported here: a training draws once in a while, and who imports it may never.
    from matplotlib.figure import Figure

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    figure = Figure(figsize=(12, 4))
    left, right = figure.subplots(1, 2)
    losses = [row for row in rows if "folder" not in row]
    for name in losses[0].keys() - {"step", "seconds", "norm"} if losses else ():
        left.plot([row["step"] for row in losses], [row[name] for row in losses], label=name)
    judged = [row for row in rows if "folder" in row]
    for folder in sorted({row["folder"] for row in judged}):
        of_folder = [row for row in judged if row["folder"] == folder]
        for name, style in (("ordinal", "-"), ("edge", ":")):
            steps = [row["step"] for row in of_folder]
            right.plot(steps, [row[name] for row in of_folder], style, label=f"{folder} {name}")
    for axes, title in ((left, "training loss"), (right, "validation")):
        axes.set_title(title)
        axes.set_xlabel("step")
        axes.grid(alpha=0.3)
        if axes.lines:
            axes.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(out, dpi=100)
