"""How much of the fine detail beside a hole the engine's fill of it has.

    python -m benchmarks.fills PHOTO… [--plain]

Each photo goes through the whole engine. Its fine detail is the luma's distance from a blur of
itself (1.5 pixels), in the fill as the layers have it and among the background's known pixels
nearby. One JSON line per photo, then the medians:

detail          fine detail of the fill against that beside it, 1 = as much: roots of mean squares.
usual           the same as the median over places, so that single strong edges count no more.
beside          fine detail beside the hole, in levels; below 1 there is nothing to see.
milliseconds    what adding texture takes, of processor time.

`--plain` leaves the texture out: the network's fill alone.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np

from amena.engine.layering import layers
from amena.engine.pipeline import Engine
from amena.engine.pixels.fill import nearest_known
from amena.engine.pixels.texture import add_texture
from amena.engine.types import ByteImage, FloatImage, Mask
from benchmarks.contact_sheet import make_scene
from benchmarks.machine import watched

#: Standard deviations in pixels: of the blur; over which places beside and in a hole are averaged.
_FINE, _BESIDE, _PLACE = 1.5, 8.0, 6.0
#: Pixels from the rim beyond which parallax shows nothing.
_REACH = 32
#: Squared levels that keep plain places from dividing by nothing.
_FLOOR = 0.05


def mean_of(values: FloatImage, weight: FloatImage, sigma: float) -> FloatImage:
    """A Gaussian mean of what counts alone."""
    total = cv2.GaussianBlur(values * weight, (0, 0), sigma)
    return np.asarray(total / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3), np.float32)


def fine_detail(rgb: ByteImage, counts: Mask) -> FloatImage:
    """The luma's distance from its blur, float32 H×W, 0 where nothing counts."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    weight = counts.astype(np.float32)
    return np.asarray((luma - mean_of(luma, weight, _FINE)) * weight, np.float32)


def detail_ratio(filled: ByteImage, hole: Mask, known: Mask) -> dict[str, float]:
    """`detail`, `usual` and `beside` of one fill."""
    inner = cv2.erode(known.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    mean = mean_of(fine_detail(filled, known) ** 2, inner, _BESIDE)
    distance, nearest = nearest_known(inner > 0)
    judged = hole & (distance < _REACH)
    beside = mean.ravel()[nearest][judged]
    own = fine_detail(filled, hole | known) ** 2
    places = mean_of(own, hole.astype(np.float32), _PLACE)[judged]
    return {
        "detail": float(np.sqrt(own[judged].mean() / max(beside.mean(), 1e-6))),
        "usual": float(np.median(np.sqrt((places + _FLOOR) / (beside + _FLOOR)))),
        "beside": float(np.sqrt(beside.mean())),
    }


def judge(engine: Engine, photo: Path, *, plain: bool) -> dict[str, float] | None:
    """The figures of one photo's first and largest fill; None where nothing is hidden."""
    rows: list[dict[str, float]] = []

    def watched_texture(filled: ByteImage, hole: Mask, known: Mask) -> ByteImage:
        began = time.process_time()
        out = filled if plain else add_texture(filled, hole, known)
        seconds = time.process_time() - began
        if hole.any() and known.any():
            rows.append(detail_ratio(out, hole, known) | {"milliseconds": 1000 * seconds})
        return out

    with patch.object(layers, "add_texture", watched_texture):
        make_scene(engine, photo, None)
    return rows[0] if rows else None


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="How much fine detail fills have.")
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--plain", action="store_true", help="without added texture")
    asked = parser.parse_args(arguments)
    engine = Engine()
    rows = []
    for photo in asked.photos:
        row = judge(engine, photo, plain=asked.plain)
        if row is not None:
            rows.append(row)
            print(json.dumps({"photo": photo.stem} | _short(row)), flush=True)
    if rows:
        medians = {key: float(np.median([row[key] for row in rows])) for key in rows[0]}
        print(json.dumps({"photo": "median", "photos": len(rows)} | _short(medians)))


def _short(row: dict[str, float]) -> dict[str, float]:
    return {key: round(value, 3) for key, value in row.items()}


if __name__ == "__main__":
    main()
