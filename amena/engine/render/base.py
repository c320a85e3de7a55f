"""What every renderer offers, and the geometry that all of them share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import cv2
import numpy as np

from amena.engine.camera import CameraPath
from amena.engine.types import ByteImage, FloatImage, Layer, LayeredDepthImage

#: Most canvas pixels between two vertices of a sheet (or two samples of its inverse map).
GRID_STEP = 4
#: Smaller pictures show more of a scene in a pixel: below these long sides the step is 1 and 2.
_SMALL, _LARGE = 800, 2000


class Renderer(Protocol):
    """Draws a layered depth image as seen by each camera of a path."""

    @property
    def name(self) -> str:
        """`gl` or `warp`."""
        ...

    def render(self, image: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """Yields one uint8 H×W×3 frame of the photo's size per pose, in order."""
        ...


def grid_step(photo_size: tuple[int, int]) -> int:
    """Canvas pixels between two vertices of the sheets of a photo of (width, height)."""
    long_side = max(photo_size)
    if long_side < _SMALL:
        return 1
    return 2 if long_side < _LARGE else GRID_STEP


def grid_disparity(layer: Layer, step: int) -> FloatImage:
    """The layer's disparity at the vertices of its grid, float32, (⌈H/s⌉+1)×(⌈W/s⌉+1).

    Vertex (i, j) lies at canvas position (j·s, i·s) − ½ in pixel-centre coordinates, s = `step`.
    """
    height, width = layer.disparity.shape
    rows, cols = -(-height // step) + 1, -(-width // step) + 1
    smooth = cv2.blur(layer.disparity, (step, step), borderType=cv2.BORDER_REPLICATE)
    y = np.minimum(np.arange(rows) * step, height - 1)
    x = np.minimum(np.arange(cols) * step, width - 1)
    return np.ascontiguousarray(smooth[np.ix_(y, x)], np.float32)
