"""How well photos are continued beyond their border: hide their outermost pixels and compare.

    python -m benchmarks.border PHOTO… [--hidden 16]

Every photo loses a frame of so many pixels, gets it back as a margin, and is judged against itself.
One JSON line per method:

psnr      of the hidden pixels alone; larger is better
haarpsi   Haar perceptual similarity of the four strips at the borders, 0–1, larger is better
feature   distance between network features of the strips, smaller is better

`amena` is the engine's margin, without any depth; the others are what one would do without.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from amena.engine.layering.margin import extend
from amena.engine.types import ByteImage
from benchmarks import metrics
from benchmarks.machine import watched

#: Pixels behind the border that the strips show besides.
_BESIDE = 48


def amena(photo: ByteImage, width: int) -> ByteImage:
    """The engine's margin."""
    level = np.full(photo.shape[:2], 0.5, np.float32)
    return extend(photo, level, (width, width))[0]


def telea(photo: ByteImage, width: int) -> ByteImage:
    """The border drawn out, then inpainted by Telea's method."""
    drawn_out = replicate(photo, width)
    hole = np.full(drawn_out.shape[:2], 255, np.uint8)
    hole[width:-width, width:-width] = 0
    return np.asarray(cv2.inpaint(drawn_out, hole, 3, cv2.INPAINT_TELEA), np.uint8)


def replicate(photo: ByteImage, width: int) -> ByteImage:
    """The outermost pixels repeated."""
    return np.pad(photo, ((width, width), (width, width), (0, 0)), "edge")


def mirror(photo: ByteImage, width: int) -> ByteImage:
    """The photo's mirror image."""
    return np.pad(photo, ((width, width), (width, width), (0, 0)), "reflect")


METHODS: dict[str, Callable[[ByteImage, int], ByteImage]] = {
    each.__name__: each for each in (amena, telea, replicate, mirror)
}


def judge(drawn: ByteImage, truth: ByteImage, width: int) -> dict[str, float]:
    """All measures of one photo that was drawn again."""
    hidden = np.ones(truth.shape[:2], np.bool_)
    hidden[width:-width, width:-width] = False
    part = slice(width + _BESIDE)
    strips = []
    for turns in range(4):
        pair = (np.ascontiguousarray(np.rot90(each, turns)[part]) for each in (drawn, truth))
        strips.append(tuple(pair))
    return {
        "psnr": metrics.psnr(drawn, truth, hidden),
        "haarpsi": float(np.mean([metrics.haarpsi(*pair) for pair in strips])),
        "feature": float(np.mean([metrics.feature_distance(*pair) for pair in strips])),
    }


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="Continue photos beyond their border.")
    parser.add_argument("photos", nargs="+", type=Path)
    parser.add_argument("--hidden", type=int, default=16, help="pixels hidden on each side")
    asked = parser.parse_args(arguments)
    scores: dict[str, list[dict[str, float]]] = {name: [] for name in METHODS}
    for path in asked.photos:
        photo = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if photo is None:
            parser.error(f"{path} is not a picture")
        truth = np.asarray(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB), np.uint8)
        inside = np.ascontiguousarray(
            truth[asked.hidden : -asked.hidden, asked.hidden : -asked.hidden]
        )
        for name, method in METHODS.items():
            scores[name].append(judge(method(inside, asked.hidden), truth, asked.hidden))
    for name, photos in scores.items():
        means = {key: round(float(np.mean([p[key] for p in photos])), 4) for key in photos[0]}
        print(json.dumps({"method": name, "photos": len(photos), **means}))


if __name__ == "__main__":
    main()
