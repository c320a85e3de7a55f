"""Where a frame shows made-up colour although the photo's own surface, unbroken, goes on there.

The judge knows nothing of layers: it moves the photo's pixels one by one, and what lies between two
neighbours that no cut parts belongs to their surface, however far they come apart.
"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.geometry.camera import Pose, build_path, inverse_depth
from amena.engine.geometry.grid import grid_step
from amena.engine.layering.cuts import CUT_JUMP, drop_specks, find_cuts
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.peeling import peel_layers
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import FloatImage, Layer, LayeredDepthImage, Mask

#: Pixels around cuts that mattes mix anyway.
_MATTE_PX = 8


def unbroken(values: FloatImage, pose: Pose) -> Mask:
    """The frame's pixels (bool H×W) that one surface covers, away from all cuts, if the camera has
    moved sideways.
    """
    height, width = values.shape
    long_side = max(values.shape)
    u = (np.arange(width) + 0.5 - width / 2) / long_side
    seen = (pose[0, 0] * u + pose[0, 2] + pose[0, 3] * inverse_depth(values)) * long_side
    at = seen + width / 2 - 0.5
    first = np.ceil(np.minimum(at[:, :-1], at[:, 1:])).astype(int)
    last = np.floor(np.maximum(at[:, :-1], at[:, 1:])).astype(int)
    spans = np.abs(np.diff(values, axis=1)) <= CUT_JUMP
    spans &= (last >= first) & (last >= 0) & (first < width)
    rows = np.nonzero(spans)[0]
    begins = np.zeros((height, width + 1), int)
    np.add.at(begins, (rows, np.clip(first[spans], 0, width)), 1)
    np.add.at(begins, (rows, np.clip(last[spans] + 1, 0, width)), -1)
    bare = begins.cumsum(axis=1)[:, :width] == 0
    rows, cols = np.nonzero(find_cuts(values).either)
    cols = np.rint(at[rows, cols]).astype(int)
    inside = (cols >= 0) & (cols < width)
    bare[rows[inside], cols[inside]] = True
    away = cv2.distanceTransform((~bare).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(away > _MATTE_PX)


def torn_pixels(values: FloatImage, amplitude: float) -> int:
    """Pixels of both ends of a motion in which an unbroken surface shows what was made up."""
    values = drop_specks(values)
    size = values.shape[::-1]
    reach = amplitude * max(size)
    peeled, behind = peel_layers(values, reach, UnknownBand(), grid_step(size))
    made_up = np.zeros(values.shape, np.bool_)
    layers = []
    for layer in peeled:
        alpha = np.where(layer.foreground, layer.fade, 0)
        layers.append(_marked(made_up, alpha, layer.disparity))
        made_up = made_up | layer.hidden
    layers.append(_marked(made_up, np.ones(values.shape), behind))
    image = LayeredDepthImage(tuple(layers[::-1]), (0, 0), size, made_up)
    path = build_path("horizontal", 4, amplitude, 0.5)
    frames = WarpRenderer(1).render(image, path)
    return sum(
        int(((frame[..., 0] > 127) & unbroken(values, pose)).sum())
        for frame, pose in zip(frames, path.poses, strict=True)
    )


def _marked(made_up: Mask, alpha: FloatImage, disparity: FloatImage) -> Layer:
    colour = np.where(made_up, np.uint8(255), np.uint8(0))
    return Layer(np.dstack([colour] * 3), (alpha * 255 + 0.5).astype(np.uint8), disparity)
