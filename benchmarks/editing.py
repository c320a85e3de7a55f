"""What an edit of the depth costs and changes, against building the scene anew from the same depth.

    python -m benchmarks.editing PHOTO… [--size 960] [--strokes 8]

Every photo becomes a scene; then soft strokes at random places (radius 10 to 30 pixels of a photo
of 960, up to a tenth nearer or farther) are built both ways, one at a time. A JSON line per photo:

strokes         how many were tried
equal           how many gave the same scene, bit for bit, both ways; must be all
full, edit      mean CPU seconds on one thread, from the estimate to the finished scene
kept            share of the strokes that moved no silhouette: all colours are kept
asked           mean share of its tiles about which the inpainting network was asked
changed         mean and largest share of the canvas in which a layer, as seen, differs from before
reach           distance in pixels from the stroke within which 99 % of these pixels lie, at most
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch

from amena.engine.memory import Memory
from amena.engine.options import SIZES, Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.scene.scene import Scene
from amena.engine.types import FloatImage, Mask, Photo
from benchmarks.machine import watched


def strokes(height: int, width: int, count: int, seed: int = 1) -> Iterator[FloatImage]:
    """Changes of disparity, float32 H×W: a soft stroke each."""
    rng = np.random.default_rng(seed)
    rows, cols = np.mgrid[:height, :width]
    for _ in range(count):
        distance = np.hypot(rows - rng.integers(height), cols - rng.integers(width))
        radius = rng.uniform(10, 30) * max(height, width) / 960
        soft = np.clip(1 - (distance / (2 * radius)) ** 2, 0, 1) ** 2
        yield (rng.uniform(-0.1, 0.1) * soft).astype(np.float32)


def same(one: Scene, other: Scene) -> bool:
    """Whether two scenes have the same layers, bit for bit."""
    a, b = one.layers, other.layers
    return (
        (one.amplitude, one.focus, a.margin) == (other.amplitude, other.focus, b.margin)
        and len(a.layers) == len(b.layers)
        and np.array_equal(one.disparity.values, other.disparity.values)
        and np.array_equal(a.disoccluded, b.disoccluded)
        and not differing(one, other, seen=False).any()
    )


def differing(one: Scene, other: Scene, *, seen: bool = True) -> Mask:
    """Canvas pixels, bool H×W, in which a layer differs; `seen`: where it is not transparent."""
    changed = np.zeros(one.layers.disoccluded.shape, np.bool_)
    for a, b in zip(one.layers.layers, other.layers.layers, strict=True):
        differs = (a.rgb != b.rgb).any(axis=2) | (a.alpha != b.alpha) | (a.disparity != b.disparity)
        changed |= differs & ((a.alpha > 0) | (b.alpha > 0)) if seen else differs
    return changed


def compare(engine: Engine, photo: Photo, count: int) -> dict[str, Any]:
    """The benchmark's line for one photo."""
    given = engine.scenes.estimator("compact").estimate(photo)

    def build(values: FloatImage, memory: Memory | None = None) -> tuple[Scene, float]:
        start = time.process_time()
        disparity = replace(given, values=values, edited=memory is not None)
        scene = engine.scenes.build(photo, Options(), disparity, Recorder(), memory)
        return scene, time.process_time() - start

    before, _ = build(given.values)
    sources = before.sources
    if sources is None or sources.estimate is None:
        raise ValueError("a scene without its sources cannot be edited")
    rows: list[dict[str, float]] = []
    for change in strokes(*given.values.shape, count):
        values = np.clip(sources.estimate + change, 0, 1)
        full, full_seconds = build(values, Memory(amplitude=before.amplitude))
        edit, edit_seconds = build(values, before.memory())
        row = {"equal": same(edit, full), "full": full_seconds, "edit": edit_seconds}
        row["kept"] = edit.layers.colour_digest == before.layers.colour_digest
        if edit.sources is not None:
            new = set(edit.sources.tiles) - set(sources.tiles)
            row["asked"] = len(new) / max(len(edit.sources.tiles), 1)
        if len(edit.layers.layers) == len(before.layers.layers):
            row |= _extent(differing(edit, before), change != 0, edit.layers.margin)
        rows.append(row)
    return _summary(rows)


def _extent(changed: Mask, stroke: Mask, margin: tuple[int, int]) -> dict[str, float]:
    x, y = margin
    away = np.pad(~stroke, ((y, y), (x, x)), constant_values=True).astype(np.uint8)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_5)
    reach = float(np.percentile(distance[changed], 99)) if changed.any() else 0.0
    return {"changed": float(changed.mean()), "reach": reach}


def _summary(rows: list[dict[str, float]]) -> dict[str, Any]:
    column = {key: [row[key] for row in rows if key in row] for key in rows[0]}
    mean = {key: float(np.mean(values)) for key, values in column.items()}
    return {
        "strokes": len(rows),
        "equal": int(sum(column["equal"])),
        **{key: round(mean[key], 3) for key in ("full", "edit", "kept", "asked")},
        "changed": [round(mean["changed"], 4), round(max(column["changed"]), 4)],
        "reach": round(max(column["reach"])),
    }


@watched()
def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    parser.add_argument("--size", type=int, choices=SIZES, default=SIZES[0])
    parser.add_argument("--strokes", type=int, default=8)
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    engine = Engine("cpu")
    engine.warm_up()
    for path in args.photos:
        photo = decode.load(path, args.size, enlarge_to=SIZES[0])
        print(json.dumps({"photo": path.name, **compare(engine, photo, args.strokes)}), flush=True)


if __name__ == "__main__":
    main()
