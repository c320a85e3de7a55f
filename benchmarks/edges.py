"""Do the depth map's silhouettes lie on the true ones, before and after sharpening?

    python -m benchmarks.edges --pairs DIR [--estimator NAME] [--limit N]

`DIR` is as for `benchmarks.depth`. A profile of the map is taken across every true silhouette
(neighbours with depth ratio > 1.2), `REACH` of the long side to both sides. One JSON line for the
estimate and one for what `settled` and `sharpen` make of it, with means over all pairs:

found    share of the silhouettes across which the map has at least a third of the true step, once
         scale and shift are aligned; what follows is about these.
offset   distance in pixels between the true silhouette and the place where the map is half-way.
within_1, within_3  share of the silhouettes whose offset is at most so many pixels.
width    pixels that the middle half of the map's step takes; 0 = a crisp step.
halo     by how much the far side is farther right beside the silhouette than a bit away from it,
         as a share of the step, beyond what the truth has: a dark rim in the depth map.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.depth import build_estimator
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.types import Disparity, Photo
from benchmarks.depth import FloatMap, fitted, read_pairs
from benchmarks.machine import watched

#: Pixels looked at to each side, as a share of the long side, and what counts as right beside.
REACH, _BESIDE = 0.025, 0.4
_RATIO, _FOUND = 1.2, 1 / 3


def judge(prediction: FloatMap, truth: FloatMap) -> dict[str, float]:
    """The measures of one map (float32 H×W, larger = nearer) against `truth` (0 = unknown).

    Empty if the truth has no silhouette with known pixels all around.
    """
    aligned = fitted(prediction, truth)
    reach = max(6, round(REACH * max(truth.shape)))
    profiles = [_profiles(*pair, reach) for pair in ((aligned, truth), (aligned.T, truth.T))]
    seen, true = (np.concatenate(each) for each in zip(*profiles, strict=True))
    if not len(true):
        return {}
    beside = round(_BESIDE * reach)
    far, near = seen[:, :reach], seen[:, reach:]
    low, high = far.min(axis=1), near.max(axis=1)
    true_step = true[:, reach] - true[:, reach - 1]
    found = high - low > _FOUND * true_step
    figures = {"found": float(found.mean())}
    if found.any():
        seen, true, true_step = seen[found], true[found], true_step[found]
        step, low = (high - low)[found], low[found]
        at = [_crossing(seen, low + share * step, reach) for share in (0.25, 0.5, 0.75)]
        offset = np.abs(at[1])
        excess = _rim(seen, reach, beside) / step - _rim(true, reach, beside) / true_step
        figures |= {
            "offset": float(offset.mean()),
            "within_1": float((offset <= 1).mean()),
            "within_3": float((offset <= 3).mean()),
            "width": float(np.maximum(at[2] - at[0], 0).mean()),
            "halo": float(np.clip(excess, 0, 1).mean()),
        }
    return figures


def _profiles(
    prediction: FloatMap, truth: FloatMap, reach: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of both maps across the silhouettes between columns, N×2·`reach`, from far to near."""
    a, b = truth[:, :-1], truth[:, 1:]
    step = (np.minimum(a, b) > 0) & (np.maximum(a, b) > _RATIO * np.minimum(a, b))
    step[:, : reach - 1] = step[:, step.shape[1] - reach + 1 :] = False
    rows, cols = np.nonzero(step)
    sign = np.where(b[rows, cols] > a[rows, cols], 1, -1)
    first = np.where(sign > 0, cols - reach + 1, cols + reach)
    places = first[:, None] + sign[:, None] * np.arange(2 * reach)
    there = truth[rows[:, None], places].astype(np.float64)
    # A silhouette stands alone: on each side the truth has no other one.
    sides = np.maximum(there[:, 1:], there[:, :-1]) < _RATIO * np.minimum(
        there[:, 1:], there[:, :-1]
    )
    sides[:, reach - 1] = True
    alone = sides.all(axis=1) & (there > 0).all(axis=1)
    return prediction[rows[:, None], places].astype(np.float64)[alone], there[alone]


def _crossing(
    seen: NDArray[np.float64], level: NDArray[np.float64], reach: int
) -> NDArray[np.float64]:
    """Where each profile first rises to its level on the way to the near side, from the true place.

    Of several places the one closest to the middle counts.
    """
    below = seen < level[:, None]
    rises = below[:, :-1] & ~below[:, 1:]
    rise = seen[:, 1:] - seen[:, :-1]
    part = (level[:, None] - seen[:, :-1]) / np.where(rises, rise, 1)
    # The true step lies half-way between samples `reach` - 1 and `reach`.
    at = np.arange(rises.shape[1]) + part - (reach - 0.5)
    at = np.where(rises, at, np.inf)
    best = np.take_along_axis(at, np.abs(at).argmin(axis=1)[:, None], axis=1)[:, 0]
    return np.clip(best, -reach, reach)


def _rim(profile: NDArray[np.float64], reach: int, beside: int) -> NDArray[np.float64]:
    """By how much the far side is farther beside the step than at its other end."""
    away = np.median(profile[:, : reach - beside], axis=1)
    return np.asarray(np.maximum(away - profile[:, reach - beside : reach].min(axis=1), 0))


def mean(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    """Means of each measure over the pairs that have it."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {n: round(float(np.mean([row[n] for row in rows if n in row])), 4) for n in names}


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="Where silhouettes lie against the true ones.")
    parser.add_argument("--pairs", type=Path, required=True, help="folder of NAME.jpg and NAME.png")
    parser.add_argument("--estimator", default="compact")
    parser.add_argument("--limit", type=int, help="judge so many pairs, evenly spread")
    asked = parser.parse_args(arguments)
    estimator = build_estimator(asked.estimator, torch.device("cpu"))
    before, after = [], []
    for rgb, truth in read_pairs(asked.pairs, asked.limit):
        estimate = estimator.estimate(Photo(rgb, (rgb.shape[1], rgb.shape[0]), "JPEG"))
        before.append(judge(estimate.values, truth))
        after.append(judge(_sharpened(estimate, rgb).values, truth))
    for stage, rows in (("estimate", before), ("sharpened", after)):
        print(
            json.dumps({"stage": stage, "pairs": len([row for row in rows if row]), **mean(rows)})
        )


def _sharpened(estimate: Disparity, rgb: NDArray[np.uint8]) -> Disparity:
    return sharpen(settled(estimate, rgb), rgb)


if __name__ == "__main__":
    main()
