"""Compare ways to fill what parallax uncovers, on photos where the truth is known.

    python -m benchmarks.inpainting --photos DIR [--estimator NAME] [--limit N] [--width PIXELS]

For every photo (`NAME.jpg`) the engine's own layering finds the silhouettes, in a disparity map
`NAME.png` beside it or else in the estimator's. A band of the far side along them is taken away:
the truth is in the photo and, as behind a real silhouette, context lies on one side only. No method
may look at the near side. One JSON line per method; the means are over square windows around holes:

psnr, ssim      of the hole's pixels alone (dB; 1 = alike).
haarpsi         of the window, 1 = alike.
gmsd            of the window, 0 = alike.
feature         of the window, 0 = alike: distance of network features, see benchmarks/metrics.py.
milliseconds    mean wall time per photo.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.depth import build_estimator
from amena.engine.inpainting.inpainter import LearnedInpainter
from amena.engine.layering.layers import Fill
from amena.engine.pixels.fill import fill_texture, nearest_known, push_pull
from amena.engine.types import ByteImage, FloatImage, Mask, Photo
from benchmarks.machine import watched
from benchmarks.metrics import feature_distance, haarpsi, psnr, ssim
from training.inpainting_data import warp_back
from training.inpainting_masks import disocclusion

_REACH = 32.0  # pixels, parallax of a lively motion in a photo of 960 pixels
_WINDOW = 128
_MIN_SHARE = 0.04  # of a window that must be hole
_GMSD_C = 170.0  # the published constant, for values up to 255
_BEST_PSNR = 60.0  # of a perfect fill, so that means stay finite


@dataclass(frozen=True)
class Case:
    """A photo (uint8 H×W×3) with a hole whose truth it holds; masks are bool H×W."""

    rgb: ByteImage
    hole: Mask
    known: Mask


def stretch(rgb: ByteImage, hole: Mask, known: Mask) -> ByteImage:
    """The nearest known colour: what a torn mesh shows as a rubber sheet."""
    _, owner = nearest_known(known)
    return np.where(hole[..., None], rgb.reshape(-1, 3)[owner], rgb)


def membrane(rgb: ByteImage, hole: Mask, known: Mask) -> ByteImage:
    """Push-pull interpolation alone."""
    smooth = np.clip(push_pull(rgb, known) + 0.5, 0, 255).astype(np.uint8)
    return np.where(hole[..., None], smooth, rgb)


def opencv(flag: int) -> Fill:
    """OpenCV's inpainting, from the known pixels alone."""

    def fill(rgb: ByteImage, hole: Mask, known: Mask) -> ByteImage:
        filled = cv2.inpaint(rgb, (~known).astype(np.uint8), 3, flag)
        return np.where(hole[..., None], filled, rgb)

    return fill


def all_methods(weights: Path | None = None) -> dict[str, Fill]:
    """Every fill by name, simplest first."""
    return {
        "stretch": stretch,
        "telea": opencv(cv2.INPAINT_TELEA),
        "navier_stokes": opencv(cv2.INPAINT_NS),
        "push_pull": membrane,
        "texture": fill_texture,
        "learned": LearnedInpainter(torch.device("cpu"), weights),
    }


def read_cases(
    folder: Path, estimator: str = "compact", limit: int | None = None, width: float = 16.0
) -> Iterator[Case]:
    """Photos of `folder` with holes `width` pixels wide; with `limit`, that many spread evenly."""
    paths = sorted(folder.glob("*.jpg"))
    if not paths:
        raise FileNotFoundError(f"No NAME.jpg in {folder}.")
    if limit is not None and limit < len(paths):
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, limit).round().astype(int)]
    for path in paths:
        rgb = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1], np.uint8)
        labels = disocclusion(rgb, _disparity(path, rgb, estimator), _REACH)
        if labels is None:
            continue
        holes = warp_back(labels, width)
        if holes.hole.any() and holes.known.any():
            yield Case(np.ascontiguousarray(rgb), holes.hole, holes.known)


def _disparity(path: Path, rgb: ByteImage, estimator: str) -> FloatImage:
    beside = cv2.imread(str(path.with_suffix(".png")), cv2.IMREAD_UNCHANGED)
    if beside is not None:
        values = beside.astype(np.float32)
        return (values - values.min()) / max(float(np.ptp(values)), 1.0)
    photo = Photo(rgb, (rgb.shape[1], rgb.shape[0]), "JPEG")
    return build_estimator(estimator, torch.device("cpu")).estimate(photo).values


def windows(hole: Mask) -> list[tuple[slice, slice]]:
    """Windows on a lattice over the picture that hold enough of the hole."""
    found = []
    for y in _starts(hole.shape[0]):
        for x in _starts(hole.shape[1]):
            window = np.s_[y : y + _WINDOW, x : x + _WINDOW]
            if hole[window].mean() >= _MIN_SHARE:
                found.append(window)
    return found


def _starts(length: int) -> NDArray[np.intp]:
    count = max(1, round(length / _WINDOW))
    return np.linspace(0, max(length - _WINDOW, 0), count).astype(np.intp)


def score(filled: ByteImage, case: Case) -> list[dict[str, float]]:
    """The measures of a filled photo, one row for every window of `case`."""
    rows = []
    for window in windows(case.hole):
        ours, truth, hole = filled[window], case.rgb[window], case.hole[window]
        rows.append(
            {
                "psnr": min(psnr(ours, truth, hole), _BEST_PSNR),
                "ssim": ssim(ours, truth, hole),
                "haarpsi": haarpsi(ours, truth),
                "gmsd": gmsd(ours, truth),
                "feature": feature_distance(ours, truth),
            }
        )
    return rows


def gmsd(picture: ByteImage, truth: ByteImage) -> float:
    """Gradient magnitude similarity deviation, 0 = alike (Xue et al. 2014), of the luma."""
    x, y = (_gradient_magnitude(image) for image in (picture, truth))
    alike = (2 * x * y + _GMSD_C) / (x * x + y * y + _GMSD_C)
    return float(alike.std())


def _gradient_magnitude(rgb: ByteImage) -> FloatImage:
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = cv2.blur(grey, (2, 2))[::2, ::2]
    across = cv2.filter2D(small, -1, np.tile(np.array([1, 0, -1], np.float32) / 3, (3, 1)))
    down = cv2.filter2D(small, -1, np.tile(np.array([1, 0, -1], np.float32) / 3, (3, 1)).T)
    return np.hypot(across, down)


def measure(name: str, fill: Fill, cases: list[Case]) -> dict[str, str | int | float]:
    """Mean figures of one method over `cases`."""
    rows: list[dict[str, float]] = []
    seconds = []
    for case in cases:
        began = time.perf_counter()
        filled = fill(case.rgb, case.hole, case.known)
        seconds.append(time.perf_counter() - began)
        rows += score(filled, case)
    if not rows:
        raise ValueError("No photo has a silhouette to judge by.")
    means = {key: round(float(np.mean([row[key] for row in rows])), 4) for key in rows[0]}
    return {
        "method": name,
        "photos": len(cases),
        "windows": len(rows),
        **means,
        "milliseconds": round(1000 * float(np.mean(seconds[1:] or seconds)), 1),
    }


@watched()
def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--estimator", default="compact")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--width", type=float, default=16.0, help="of the holes, pixels")
    parser.add_argument("--weights", type=Path, help="other weights than the package's")
    args = parser.parse_args()
    cases = list(read_cases(args.photos, args.estimator, args.limit, args.width))
    for name, fill in all_methods(args.weights).items():
        print(json.dumps(measure(name, fill, cases)), flush=True)


if __name__ == "__main__":
    main()
