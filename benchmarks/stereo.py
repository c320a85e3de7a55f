"""Render the right view of a stereo pair from the left one and its true disparity.

    python -m benchmarks.stereo --left L --disparity D --right R [--save DIR]

The disparity is in pixels, `x_right = x_left - d`; 0, negative, infinite or NaN = unknown. It is a
PNG (16 bit: 256 = one pixel; other units: `--scale`), PFM, NPY or NPZ of the left picture's size.
One JSON line per method, judged against the true right view over the whole picture and inside the
disoccluded pixels (`…_holes`: those that no pixel of the left view moves to):

psnr, ssim   larger is better
haarpsi      Haar perceptual similarity, 0–1, larger is better
feature      distance between network features, smaller is better
seconds      wall time of the method

`amena` is the engine as it stands, with the true disparity in place of an estimate; the others are
what one would do without it. scikit-image 0.16.2's wheel carries a pair of the Middlebury set of
2014 (Scharstein et al.): `skimage/data/motorcycle_left.png`, `_right.png` and `_disp.npz`.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.geometry.camera import Q_FAR, CameraPath, required_margin
from amena.engine.inpainting.inpainter import build_inpainter
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import push_pull
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo
from benchmarks import metrics
from benchmarks.machine import watched

#: left view (uint8 H×W×3) and complete disparity (float32 H×W, pixels) → right view.
Method = Callable[[ByteImage, FloatImage], ByteImage]


def amena(left: ByteImage, disparity: FloatImage) -> ByteImage:
    """The engine: layers, inpainting, warping renderer. The true map is taken for what it is."""
    height, width = disparity.shape
    size, long_side = (width, height), max(width, height)
    low, span = float(disparity.min()), max(float(np.ptp(disparity)), 1e-3)
    exact = Disparity((disparity - low) / np.float32(span), "uploaded", soft=False, sharpened=True)
    path = CameraPath(right_pose(low, span, long_side)[None], "stereo", span / long_side, 0.0)
    x, y = required_margin(path, size)
    layers = build_layers(
        Photo(left, size, "PNG"),
        exact,
        path.amplitude,
        build_inpainter(torch.device("cpu")),
        (x + 1, y + 1),
    )
    return next(iter(WarpRenderer().render(layers, path)))


def right_pose(low: float, span: float, long_side: int) -> NDArray[np.float64]:
    """The pose (4×4) that shifts relative disparity v by exactly −(low + span·v) pixels.

    The engine's inverse depth is q = Q_FAR + (1 − Q_FAR)·v, and a pose moves u by a·q + b: a is a
    move of the camera to the right, b the lens shift of a rectified pair.
    """
    per_q = span / (1 - Q_FAR)
    pose = np.eye(4)
    pose[0, 3] = -per_q / long_side
    pose[0, 2] = -(low - per_q * Q_FAR) / long_side
    return pose


def backward_warp(left: ByteImage, disparity: FloatImage) -> ByteImage:
    """Every right pixel looks where the disparity at its own place points: one layer, no holes."""
    x, y = _positions(disparity)
    return np.asarray(
        cv2.remap(left, x + disparity, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def forward_push_pull(left: ByteImage, disparity: FloatImage) -> ByteImage:
    """Pixels move one by one; a smooth membrane closes the holes."""
    right, known = splat(left, disparity)
    return np.clip(push_pull(right, known) + 0.5, 0, 255).astype(np.uint8)


def cv2_fill(left: ByteImage, disparity: FloatImage) -> ByteImage:
    """Pixels move one by one; OpenCV's Telea inpainting closes the holes."""
    right, known = splat(left, disparity)
    hole = np.where(known, 0, 255).astype(np.uint8)
    return np.asarray(cv2.inpaint(right, hole, 3, cv2.INPAINT_TELEA))


def stretched_mesh(left: ByteImage, disparity: FloatImage) -> ByteImage:
    """One sheet through all pixels, stretched like rubber where the depth has a step."""
    height, width = disparity.shape
    fine = (width * _FINE, height)
    right, known = splat(
        np.asarray(cv2.resize(left, fine, interpolation=cv2.INTER_LINEAR)),
        np.asarray(cv2.resize(disparity, fine, interpolation=cv2.INTER_LINEAR)),
        _FINE,
    )
    # Between two neighbouring samples the sheet is linear, and so is its colour.
    columns = np.arange(width)
    for row, seen in zip(right, known, strict=True):
        if seen.any() and not seen.all():
            for channel in range(3):
                row[~seen, channel] = np.interp(columns[~seen], columns[seen], row[seen, channel])
    return right


METHODS: dict[str, Method] = {
    "amena": amena,
    "backward_warp": backward_warp,
    "forward_push_pull": forward_push_pull,
    "stretched_mesh": stretched_mesh,
    "cv2_fill": cv2_fill,
}
_FINE = 8


def splat(left: ByteImage, disparity: FloatImage, fine: int = 1) -> tuple[ByteImage, Mask]:
    """Move every sample to its place in the right view; nearer ones hide farther ones.

    Args:
        left: uint8 H×(W·fine)×3.
        disparity: float32 H×(W·fine), pixels of the right view.
        fine: samples per pixel along a row.

    Returns:
        uint8 H×W×3 right view, 0 where nothing arrived; bool H×W, where something did.
    """
    height, samples = disparity.shape
    width = samples // fine
    x = ((np.arange(samples) + 0.5) / fine - 0.5)[None, :] - disparity
    first = np.floor(x).astype(np.int64)
    share = x - first
    rows = np.arange(height)[:, None] * width
    nearest = np.full(height * width, -np.inf)
    total = np.zeros((height * width, 4))
    taps = []
    for column, weight in ((first, 1 - share), (first + 1, share)):
        inside = (column >= 0) & (column < width) & (weight > 1e-3)
        taps.append((inside, (rows + column)[inside], weight[inside]))
        np.maximum.at(nearest, taps[-1][1], disparity[inside])
    for inside, place, weight in taps:
        front = disparity[inside] > nearest[place] - 1
        sample = np.column_stack([left[inside], np.ones(len(place))]) * weight[:, None]
        for channel in range(4):
            total[:, channel] += np.bincount(
                place[front], sample[front, channel], minlength=height * width
            )
    known = total[:, 3] > 0
    colour = total[:, :3] / np.maximum(total[:, 3:], 1e-9)
    right = (colour + 0.5).astype(np.uint8).reshape(height, width, 3)
    return right, known.reshape(height, width)


def disoccluded(disparity: FloatImage) -> Mask:
    """Right-view pixels that no left pixel moves to; cracks in slanted surfaces do not count."""
    _, known = splat(np.zeros((*disparity.shape, 3), np.uint8), disparity)
    hole = np.where(known, 0, 255).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(hole, cv2.MORPH_OPEN, np.ones((1, 3), np.uint8)) > 0)


def complete(disparity: FloatImage) -> FloatImage:
    """Fill unknown pixels (NaN) from the farther of the nearest known ones in the row.

    What a stereo method does not know is mostly what the other camera cannot see, and that lies
    behind. A median across rows takes off the streaks.
    """
    known = np.isfinite(disparity)
    if not known.any():
        raise ValueError("the disparity map knows no pixel")
    columns = np.broadcast_to(np.arange(disparity.shape[1]), disparity.shape)
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, 1 << 30)[:, ::-1], axis=1)[:, ::-1]
    candidates = []
    for at, there in ((before, before >= 0), (after, after < 1 << 30)):
        value = np.take_along_axis(disparity, np.where(there, at, 0), axis=1)
        candidates.append(np.where(there, value, np.inf))
    filled = np.minimum(*candidates)
    filled[~np.isfinite(filled)] = disparity[known].min()
    smooth = cv2.medianBlur(filled.astype(np.float32), 5)
    return np.where(known, disparity, smooth).astype(np.float32)


def read_disparity(path: Path, scale: float | None) -> FloatImage:
    """Disparity in pixels, float32 H×W, NaN = unknown.

    Args:
        path: a PNG, PFM, NPY or NPZ file.
        scale: pixels per unit of the file; by default 1/256 for 16-bit pictures, else 1.
    """
    if path.suffix in (".npy", ".npz"):
        loaded = np.load(path, allow_pickle=False)
        values = loaded if path.suffix == ".npy" else loaded[loaded.files[0]]
    else:
        values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2:
        raise ValueError(f"{path} is not a disparity map with one channel")
    if scale is None:
        scale = 1 / 256 if values.dtype == np.uint16 else 1.0
    disparity = values.astype(np.float32) * np.float32(scale)
    return np.where(np.isfinite(disparity) & (disparity > 0), disparity, np.float32(np.nan))


def judge(right: ByteImage, truth: ByteImage, holes: Mask) -> dict[str, float]:
    """All measures of one rendered view."""
    scores = {
        "psnr": metrics.psnr(right, truth),
        "psnr_holes": metrics.psnr(right, truth, holes),
        "ssim": metrics.ssim(right, truth),
        "ssim_holes": metrics.ssim(right, truth, holes),
        "haarpsi": metrics.haarpsi(right, truth),
        "feature": metrics.feature_distance(right, truth),
    }
    return {name: round(value, 4) for name, value in scores.items()}


@watched()
def main(arguments: list[str] | None = None) -> None:
    """Runs the command line that the module's text describes."""
    parser = argparse.ArgumentParser(description="Render the right view of a stereo pair.")
    parser.add_argument("--left", type=Path, required=True)
    parser.add_argument("--disparity", type=Path, required=True)
    parser.add_argument("--right", type=Path, required=True)
    parser.add_argument("--scale", type=float, help="pixels per unit of the disparity file")
    parser.add_argument("--save", type=Path, help="folder for the rendered views")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS))
    chosen = parser.parse_args(arguments)
    left, truth = _read_picture(chosen.left), _read_picture(chosen.right)
    disparity = complete(read_disparity(chosen.disparity, chosen.scale))
    if not left.shape == truth.shape == (*disparity.shape, 3):
        parser.error("the two pictures and the disparity map differ in size")
    holes = disoccluded(disparity)
    for name in chosen.methods:
        began = time.perf_counter()
        right = METHODS[name](left, disparity)
        seconds = round(time.perf_counter() - began, 3)
        print(json.dumps({"method": name, **judge(right, truth, holes), "seconds": seconds}))
        sys.stdout.flush()
        if chosen.save:
            chosen.save.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(chosen.save / f"{name}.png"), cv2.cvtColor(right, cv2.COLOR_RGB2BGR))


def _read_picture(path: Path) -> ByteImage:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path} is not a picture")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _positions(disparity: FloatImage) -> tuple[FloatImage, FloatImage]:
    height, width = disparity.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


if __name__ == "__main__":
    main()
