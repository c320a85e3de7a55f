"""Measure depth estimators on photos with known depth.

    python -m benchmarks.depth --pairs DIR [--estimator NAME] [--limit N]

`DIR` holds `NAME.jpg` and `NAME.png` of the same size; the PNG is 16-bit relative inverse depth
(larger = nearer), 0 = unknown. One JSON line per estimator; the baseline `ramp` ("the bottom is
nearer") always comes first. Every measure but `seconds` is blind to scale and shift:

absrel, delta1  mean |z' − z| / z, and the share of pixels with max(z'/z, z/z') < 1.25, after
                least-squares scale-and-shift alignment in inverse depth.
ordinal         share of wrong orders among 20,000 random pixel pairs with depth ratio > 1.1 (a tie
                counts half), and `ordinal_row`, the same for pairs within one row.
edge            mean |Δ' − Δ| / |Δ|, at most 2, over all true depth edges, where Δ is the difference
                of inverse depth across the edge after alignment: 0 for a perfect edge, 1 for none.
                An edge is a horizontal or vertical link of 1/160 of the long side (at least two
                pixels) with depth ratio > 1.2.
seconds         mean wall time per photo, without the first.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.depth import build_estimator
from amena.engine.depth.base import DepthEstimator
from amena.engine.types import Photo
from benchmarks.machine import watched

FloatMap = NDArray[np.float32]
ByteImage = NDArray[np.uint8]
Estimate = Callable[[ByteImage], FloatMap]  # uint8 H×W×3 → float32 H×W, larger = nearer

_PAIRS = 20_000
_ORDER_RATIO = 1.1
_EDGE_RATIO = 1.2
_SEED = 20_240


@dataclass(frozen=True)
class Scores:
    """Figures of one photo; see the module's text. NaN where the photo has no pixel to judge."""

    absrel: float
    delta1: float
    ordinal: float
    ordinal_row: float
    edge: float


def align(prediction: FloatMap, truth: FloatMap) -> FloatMap:
    """`prediction` × scale + shift, nearest to `truth` (0 = unknown) in the least-squares sense.

    Clipped from below at the smallest true value: depth must stay positive and finite.
    """
    return np.asarray(np.maximum(fitted(prediction, truth), truth[truth > 0].min()), np.float32)


def fitted(prediction: FloatMap, truth: FloatMap) -> FloatMap:
    """As `align`, without the limit."""
    known = truth > 0
    p, d = prediction[known].astype(np.float64), truth[known].astype(np.float64)
    variance = p.var()
    scale = ((p - p.mean()) * (d - d.mean())).mean() / variance if variance > 1e-12 else 0.0
    return np.asarray(scale * (prediction - p.mean()) + d.mean(), np.float32)


def score(prediction: FloatMap, truth: FloatMap) -> Scores:
    """Judge one disparity map (float32 H×W, larger = nearer) against `truth` (0 = unknown)."""
    if prediction.shape != truth.shape:
        raise ValueError(f"Prediction {prediction.shape} and truth {truth.shape} differ in size.")
    known = truth > 0
    if not known.any():
        raise ValueError("The depth map knows no pixel.")
    aligned = align(prediction, truth)
    ratio = aligned[known] / truth[known]
    return Scores(
        absrel=float(np.abs(1 / ratio - 1).mean()),
        delta1=float((np.maximum(ratio, 1 / ratio) < 1.25).mean()),
        ordinal=_ordinal(prediction, truth, same_row=False),
        ordinal_row=_ordinal(prediction, truth, same_row=True),
        edge=_edge(aligned, truth),
    )


def _ordinal(prediction: FloatMap, truth: FloatMap, same_row: bool) -> float:
    rng = np.random.default_rng(_SEED)
    rows, columns = np.nonzero(truth > 0)
    first = rng.integers(rows.size, size=4 * _PAIRS)
    if same_row:
        # `rows` is sorted: a partner in the same row lies between the row's first and last entry.
        low = np.searchsorted(rows, rows[first], side="left")
        high = np.searchsorted(rows, rows[first], side="right")
        second = rng.integers(low, high)
    else:
        second = rng.integers(rows.size, size=first.size)
    p, d = prediction[rows, columns], truth[rows, columns]
    near, far = np.maximum(d[first], d[second]), np.minimum(d[first], d[second])
    apart = np.nonzero(near > _ORDER_RATIO * far)[0][:_PAIRS]
    if apart.size == 0:
        return float("nan")
    first, second = first[apart], second[apart]
    agreement = np.sign(p[first] - p[second]) * np.sign(d[first] - d[second])
    return float((1 - agreement).mean() / 2)


def _edge(aligned: FloatMap, truth: FloatMap) -> float:
    reach = max(2, round(max(truth.shape) / 160))
    errors = []
    for a, b in ((np.s_[:, reach:], np.s_[:, :-reach]), (np.s_[reach:], np.s_[:-reach])):
        near, far = np.maximum(truth[a], truth[b]), np.minimum(truth[a], truth[b])
        edge = (far > 0) & (near > _EDGE_RATIO * far)
        true_step = (truth[a] - truth[b])[edge]
        step = (aligned[a] - aligned[b])[edge]
        errors.append(np.minimum(np.abs(step - true_step) / np.abs(true_step), 2))
    joined = np.concatenate(errors)
    return float(joined.mean()) if joined.size else float("nan")


def read_pairs(folder: Path, limit: int | None = None) -> Iterator[tuple[ByteImage, FloatMap]]:
    """The pairs of `folder` by name: uint8 RGB and float32 inverse depth in [0, 1], 0 = unknown.

    With `limit`, that many spread evenly over the folder.
    """
    paths = sorted(path for path in folder.glob("*.png") if path.with_suffix(".jpg").exists())
    if not paths:
        raise FileNotFoundError(f"No NAME.jpg with NAME.png in {folder}.")
    if limit is not None and limit < len(paths):
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, limit).round().astype(int)]
    yield from map(read_pair, paths)


def read_pair(path: Path) -> tuple[ByteImage, FloatMap]:
    """The depth map at `path` and its photo: uint8 RGB and float32 inverse depth, 0 = unknown."""
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    photo = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_COLOR)
    if depth is None or photo is None or depth.dtype != np.uint16 or depth.ndim != 2:
        raise ValueError(f"{path}: not a 16-bit depth map with a photo.")
    if depth.shape != photo.shape[:2]:
        raise ValueError(f"{path}: the depth map and its photo differ in size.")
    rgb = np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)
    return rgb, (depth / 65535).astype(np.float32)


def measure(
    name: str, estimate: Estimate, folder: Path, limit: int | None = None
) -> dict[str, str | int | float]:
    """Mean figures of `estimate` over the pairs of `folder`."""
    rows, seconds = [], []
    for rgb, truth in read_pairs(folder, limit):
        if not (truth > 0).any():
            continue
        began = time.perf_counter()
        prediction = estimate(rgb)
        seconds.append(time.perf_counter() - began)
        rows.append(score(prediction, truth))
    fields = ("absrel", "delta1", "ordinal", "ordinal_row", "edge")
    means = {field: _mean([getattr(row, field) for row in rows]) for field in fields}
    return {
        "estimator": name,
        "pairs": len(rows),
        **means,
        "seconds": round(float(np.mean(seconds[1:] or seconds)), 4),
    }


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return round(float(np.mean(known)), 4) if known else float("nan")


@watched()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--pairs", type=Path, required=True, help="folder of NAME.jpg and NAME.png")
    parser.add_argument("--estimator", default="compact", help="ramp, compact or huggingface:MODEL")
    parser.add_argument("--limit", type=int, help="judge so many pairs, evenly spread")
    parser.add_argument("--device", default="cpu")
    args = parser.parse_args()
    for name in dict.fromkeys(("ramp", args.estimator)):
        estimator = build_estimator(name, torch.device(args.device))

        def estimate(rgb: ByteImage, estimator: DepthEstimator = estimator) -> FloatMap:
            size = (rgb.shape[1], rgb.shape[0])
            return estimator.estimate(Photo(rgb, size, "JPEG")).values

        print(json.dumps(measure(name, estimate, args.pairs, args.limit)), flush=True)


if __name__ == "__main__":
    main()
