"""Figures that say how much a 3D photo had to make up, for the report and the page."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from amena.engine.geometry.camera import CameraPath
from amena.engine.render.base import Renderer
from amena.engine.render.reduction import reduced
from amena.engine.types import FloatImage, LayeredDepthImage

#: Frames of a path that are looked at: those whose cameras are farthest from the photo's.
_FRAMES = 4
#: Long side in pixels of the frames that shares are counted in.
_LONG_SIDE = 320
#: A few pixels at a corner are no stretch that anybody sees.
_PERCENTILE = 99.9


def shown_inpainting(image: LayeredDepthImage, path: CameraPath, renderer: Renderer) -> float:
    """Largest share of a frame (0–1) that shows made-up background or border.

    Renders the farthest layer with what was made up in white and all else in black. Small frames:
    their shares differ by a hundredth of themselves from those of large ones.
    """
    small = reduced(image, (_LONG_SIDE, _LONG_SIDE))
    scale = max(small.photo_size) / max(image.photo_size)
    seen = tuple(
        slice(round(part.start * scale), round(part.stop * scale))
        for part in path.drawn(image.photo_size).box
    )
    distance = np.abs(path.poses - np.eye(4)).sum(axis=(1, 2))
    chosen = np.argsort(distance)[-_FRAMES:]
    white = np.repeat(small.disoccluded[..., None].astype(np.uint8) * 255, 3, axis=2)
    back, *near = small.layers
    marked = replace(
        small,
        layers=(
            replace(back, rgb=white),
            *(replace(layer, rgb=np.zeros_like(layer.rgb)) for layer in near),
        ),
    )
    frames = renderer.render(marked, replace(path, poses=path.poses[chosen], crop=None))
    return max(float(frame[seen][..., 0].mean()) / 255 for frame in frames)


def largest_stretch(image: LayeredDepthImage, amplitude: float) -> float:
    """By how much a visible surface is drawn out at the ends of the motion; 1 = not at all.

    A layer whose disparity changes by s from one pixel to the next is drawn out by the factor
    1 + s·p/2, where p is the largest parallax in pixels, half of it lying on either side of the
    photo's own camera.

    Args:
        image: the layers.
        amplitude: of the motion, as a share of the long side.
    """
    max_parallax_px = amplitude * max(image.photo_size)
    slope = np.zeros_like(image.layers[0].disparity)
    for layer in image.layers:  # nearer ones cover farther ones
        slope = np.where(layer.alpha > 127, _slope(layer.disparity), slope)
    return 1 + float(np.percentile(slope, _PERCENTILE)) * max_parallax_px / 2


def _slope(values: FloatImage) -> FloatImage:
    across = np.abs(np.diff(values, axis=1, append=values[:, -1:]))
    down = np.abs(np.diff(values, axis=0, append=values[-1:]))
    return np.maximum(across, down)
