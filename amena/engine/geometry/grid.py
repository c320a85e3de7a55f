"""The grid on which a layer's disparity is sampled, for meshes and renderers alike."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import FloatImage, Layer

#: Most canvas pixels between two vertices of a layer (or two samples of its inverse map).
LARGEST_STEP = 4
#: Smaller pictures show more of a scene in a pixel: below these long sides the step is 1, 2 and 3.
_SMALL, _MIDDLING, _LARGE = 800, 1200, 2000


def grid_step(photo_size: tuple[int, int]) -> int:
    """Canvas pixels between two vertices of the layers of a photo of (width, height).

    >>> [grid_step(size) for size in ((640, 480), (960, 720), (1080, 1440), (2160, 3840))]
    [1, 2, 3, 4]
    """
    long_side = max(photo_size)
    if long_side < _SMALL:
        return 1
    if long_side < _MIDDLING:
        return 2
    return 3 if long_side < _LARGE else LARGEST_STEP


def grid_disparity(layer: Layer, step: int) -> FloatImage:
    """The layer's disparity at the vertices of its grid, float32, (⌈H/s⌉+1)×(⌈W/s⌉+1).

    Vertex (i, j) lies at canvas position (j·s, i·s) − ½ in pixel-centre coordinates, s = `step`.
    """
    height, width = layer.disparity.shape
    rows, cols = -(-height // step) + 1, -(-width // step) + 1
    # An even number of pixels lies about a vertex as many before it as after it.
    around = step if step % 2 == 0 else max(1, step - 1)
    smooth = cv2.blur(layer.disparity, (around, around), borderType=cv2.BORDER_REPLICATE)
    y = np.minimum(np.arange(rows) * step, height - 1)
    x = np.minimum(np.arange(cols) * step, width - 1)
    return np.ascontiguousarray(smooth[np.ix_(y, x)], np.float32)
