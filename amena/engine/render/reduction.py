"""Smaller layers for smaller pictures: what no frame shows need not be drawn."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import LayeredDepthImage


def reduced(image: LayeredDepthImage, size: tuple[int, int]) -> LayeredDepthImage:
    """The layers for frames that are as large as they may be within (width, height), never larger.

    The camera paths of the large layers are those of the small ones; their frames agree to within
    half a pixel of a small one.
    """
    scale = min(1.0, *(most / side for most, side in zip(size, image.photo_size, strict=True)))
    if scale == 1:
        return image
    small = tuple(max(2, round(side * scale)) for side in image.photo_size)
    margin = tuple(int(np.ceil(side * scale)) for side in image.margin)
    # The margin is whole in the small canvas: the large one gets as much more as that takes.
    more = tuple(
        max(0, round(wide * side / few) - large)
        for wide, side, few, large in zip(
            margin, image.photo_size, small, image.margin, strict=True
        )
    )
    canvas = (small[0] + 2 * margin[0], small[1] + 2 * margin[1])

    def shrunk(plane: NDArray[np.generic]) -> NDArray[np.generic]:
        x, y = more
        wide = cv2.copyMakeBorder(plane, y, y, x, x, cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(wide, canvas, interpolation=cv2.INTER_AREA))

    layers = tuple(
        replace(
            layer,
            rgb=np.asarray(shrunk(layer.rgb), np.uint8),
            alpha=np.asarray(shrunk(layer.alpha), np.uint8),
            disparity=np.asarray(shrunk(layer.disparity), np.float32),
        )
        for layer in image.layers
    )
    hidden = np.asarray(shrunk(image.disoccluded.astype(np.uint8)), np.bool_)
    return LayeredDepthImage(layers, (margin[0], margin[1]), (small[0], small[1]), hidden)
