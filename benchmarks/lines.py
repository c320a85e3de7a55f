"""Do straight lines stay straight, and upright ones upright, while the camera moves?

    python -m benchmarks.lines PHOTO… [--times 1 2]
    python -m benchmarks.lines --pairs DIR [--limit N]

A straight line in space has a disparity that is linear along its picture, and pixels move in
proportion to disparity, so that it stays straight. Long segments are found in the photo (LSD, von
Gioi et al. 2010), the disparity is read along each, of the near side where they are silhouettes,
and they are moved to the end of the horizontal motion, where each is judged, in pixels of 960:

bend    how far from a straight line the segment gets, but for the outermost twentieths of its
        length and a fiftieth of what is between.
lean    by how far one end is moved more than the other, sideways.

Of photos there is one JSON line each: the 90th percentiles and how many are over 1 and 2 pixels, of
the scene's disparity at the automatic amplitude times each of `--times`. `lean` counts for upright
segments alone, whose ends mostly are equally far away.

Of `--pairs`, a folder as for `benchmarks.depth`, there is one line for the estimate, one for it
straightened, one for what sharpening makes of that, and one for the truth, at the largest
automatic amplitude. What the truth bends are corners and what crosses. `lean` is by how far it
differs from the truth's, of segments that are upright to within a tenth.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.depth import build_estimator
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.depth.straightness import straightened
from amena.engine.motion.budget import MAX_AMPLITUDE
from amena.engine.motion.planning import plan
from amena.engine.options import SIZES, Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.types import ByteImage, FloatImage, Photo
from benchmarks.depth import fitted, read_pairs
from benchmarks.machine import watched

#: Least length of a segment, of the long side.
LENGTH = 0.08
#: Sideways steps for one down that an upright segment of a photo makes at most, and of a pair.
UPRIGHT, _NEARLY = 0.035, 0.1
#: A segment is looked at so many pixels to both sides, of 960.
_BESIDE = 2
#: Share of a segment at either end that is not judged.
_ENDS = 0.05
#: The truth is known along more than this share of a segment that is judged.
_KNOWN = 0.98
_UNIT = 960

Line = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """One segment: what it is in the photo and what becomes of it.

    Attributes:
        ends: (x, y) of both ends.
        bend, lean: as the module's text says, in disparity: times the parallax of disparity 0
            against 1 in pixels they are pixels. `lean` has a sign.
        slant: how far it goes sideways in the photo for one step up or down.
    """

    ends: Line
    bend: float
    lean: float
    slant: float


def segments(rgb: ByteImage) -> Line:
    """N×2×2: (x, y) of both ends of the photo's long straight segments."""
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    found = cv2.createLineSegmentDetector().detect(grey)[0]
    ends = np.zeros((0, 2, 2)) if found is None else found.reshape(-1, 2, 2).astype(np.float64)
    long = np.hypot(*(ends[:, 1] - ends[:, 0]).T) >= LENGTH * max(grey.shape)
    return np.asarray(ends[long])


def judge(disparity: FloatImage, lines: Line) -> list[Judged]:
    """What becomes of each of the `segments` by a disparity (float32 H×W) under sideways motion."""
    return [_judge(disparity, ends) for ends in lines]


def _judge(disparity: FloatImage, ends: Line) -> Judged:
    along = ends[1] - ends[0]
    length = float(np.hypot(*along))
    normal = np.array([-along[1], along[0]]) / length
    at = np.linspace(_ENDS, 1 - _ENDS, max(8, round(length)))
    across = np.linspace(-1, 1, 5) * _BESIDE * max(disparity.shape) / _UNIT
    places = ends[0] + at[:, None] * along
    looked = (places[:, None] + across[:, None] * normal).astype(np.float32)
    seen = cv2.remap(
        disparity,
        looked[..., 0],
        looked[..., 1],
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    near = seen.max(axis=1).astype(np.float64)
    slope, offset = np.polyfit(at, near, 1)
    rest = np.abs(near - slope * at - offset)
    sideways = float(abs(normal[0]))
    return Judged(
        ends,
        float(np.quantile(rest, 0.98) * sideways),
        float(slope * sideways),
        abs(normal[1]) / max(sideways, 1e-6),
    )


def figures(bends: Sequence[float], leans: Sequence[float]) -> dict[str, float]:
    """Of bends and leans in pixels."""
    result: dict[str, float] = {"segments": len(bends)}
    for name, values in (("bend", bends), ("lean", leans)):
        sizes = np.abs(np.asarray(values, np.float64))
        result |= {
            f"{name}_90": round(float(np.quantile(sizes, 0.9)), 2) if sizes.size else 0.0,
            f"{name}_over_1": int((sizes > 1).sum()),
            f"{name}_over_2": int((sizes > 2).sum()),
        }
    return result


def photo_figures(
    engine: Engine, path: Path, times: Sequence[float]
) -> Iterator[dict[str, object]]:
    """The figures of one photo at multiples of the automatic amplitude."""
    options = Options(motion="horizontal", size=SIZES[0])
    photo = decode.load(path, options.size, enlarge_to=SIZES[0])
    scene = engine.scenes.build(photo, options, None, Recorder())
    amplitude = plan(scene, options).path.amplitude
    judged = judge(scene.disparity.values, segments(photo.rgb))
    for each in times:
        parallax = each * amplitude / 2 * _UNIT
        bends = [one.bend * parallax for one in judged]
        leans = [one.lean * parallax for one in judged if one.slant < UPRIGHT]
        yield {"photo": path.stem, "times": each, **figures(bends, leans)}


def pair_figures(pairs: Iterable[tuple[ByteImage, FloatImage]]) -> Iterator[dict[str, object]]:
    """The figures of each stage over pairs of photo and true inverse depth (0 = unknown)."""
    estimator = build_estimator("compact", torch.device("cpu"))
    bends: dict[str, list[float]] = {}
    leans: dict[str, list[float]] = {}
    for rgb, truth in pairs:
        large, known = _enlarged(rgb, cv2.INTER_CUBIC), _enlarged(truth, cv2.INTER_NEAREST)
        lines = _known(segments(np.ascontiguousarray(large, np.uint8)), known)
        estimate = estimator.estimate(Photo(rgb, (rgb.shape[1], rgb.shape[0]), "JPEG"))
        straight = straightened(estimate, rgb)
        stages = {
            "estimate": fitted(estimate.values, truth),
            "straightened": fitted(straight.values, truth),
            "sharpened": fitted(sharpen(settled(straight, rgb), rgb).values, truth),
        }
        low, high = np.quantile(truth[truth > 0], [0.005, 0.995])
        parallax = MAX_AMPLITUDE / 2 * _UNIT / max(float(high - low), 1e-6)
        true = judge(known, lines)
        maps = {name: _enlarged(each, cv2.INTER_LINEAR) for name, each in stages.items()}
        for name, each in {**maps, "truth": known}.items():
            judged = judge(each, lines)
            bends.setdefault(name, []).extend(one.bend * parallax for one in judged)
            leans.setdefault(name, []).extend(
                (one.lean - other.lean) * parallax
                for one, other in zip(judged, true, strict=True)
                if one.slant < _NEARLY
            )
    for name, values in bends.items():
        yield {"stage": name, **figures(values, leans[name])}


def _enlarged(image: NDArray[Any], how: int) -> FloatImage:
    factor = _UNIT / max(image.shape)
    return np.asarray(cv2.resize(image, None, fx=factor, fy=factor, interpolation=how), np.float32)


def _known(lines: Line, truth: FloatImage) -> Line:
    """Those of the segments along which the truth is known."""
    along = np.linspace(0, 1, 60)[:, None]
    last = np.array(truth.shape[::-1]) - 1
    places = [
        np.clip(np.rint(one[0] + along * (one[1] - one[0])), 0, last).astype(np.intp)
        for one in lines
    ]
    known = [float((truth[at[:, 1], at[:, 0]] > 0).mean()) > _KNOWN for at in places]
    return np.asarray(lines[np.asarray(known, np.bool_)])


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="Whether straight lines stay straight.")
    parser.add_argument("photos", nargs="*", type=Path)
    parser.add_argument("--times", nargs="+", type=float, default=[1, 2])
    parser.add_argument("--pairs", type=Path, help="folder of NAME.jpg and NAME.png")
    parser.add_argument("--limit", type=int, help="judge so many pairs, evenly spread")
    asked = parser.parse_args(arguments)
    engine = Engine(device="cpu")
    for photo in asked.photos:
        for row in photo_figures(engine, photo, asked.times):
            print(json.dumps(row), flush=True)
    if asked.pairs:
        for row in pair_figures(read_pairs(asked.pairs, asked.limit)):
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
