"""Smaller layers for smaller pictures: what no frame shows need not be drawn."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import CameraPath
from amena.engine.geometry.crop import Crop
from amena.engine.types import LayeredDepthImage

#: Down to this share of the size pixels are picked, by a cubic; below, they are means.
_GENTLE = 0.7


def reduced(image: LayeredDepthImage, size: tuple[int, int]) -> LayeredDepthImage:
    """The layers for frames that are as large as they may be within (width, height), never larger.

    The camera paths of the large layers are those of the small ones; their frames agree to within
    half a pixel of a small one.
    """
    scale = min(1.0, *(most / side for most, side in zip(size, image.photo_size, strict=True)))
    if scale == 1:
        return image
    width, height = (max(2, round(side * scale)) for side in image.photo_size)
    return shrunk_to(image, (width, height))


def fitted(
    image: LayeredDepthImage, path: CameraPath, size: tuple[int, int]
) -> tuple[LayeredDepthImage, CameraPath]:
    """Layers and path whose frames have (width, height) at once and need not be made smaller.

    `size` is of the shape of what the path draws to within a pixel or two, and no larger.
    """
    crop = path.drawn(image.photo_size)
    if crop.size == size:
        return image, path
    across, down = (few / side for few, side in zip(size, crop.size, strict=True))
    width, height = image.photo_size
    small = round(width * across), round(height * down)
    if path.crop is not None:
        left, top = round(crop.left * across), round(crop.top * down)
        left, top = min(left, small[0] - size[0]), min(top, small[1] - size[1])
        path = replace(path, crop=Crop(left, top, *size))
    return shrunk_to(image, small), path


def shrunk_to(image: LayeredDepthImage, small: tuple[int, int]) -> LayeredDepthImage:
    """The layers for frames of (width, height), of the photo's shape to within a pixel."""
    scales = [few / side for few, side in zip(small, image.photo_size, strict=True)]
    margin = tuple(
        int(np.ceil(side * scale)) for side, scale in zip(image.margin, scales, strict=True)
    )
    # The margin is whole in the small canvas: the large one gets as much more as that takes.
    more = tuple(
        max(0, round(wide * side / few) - large)
        for wide, side, few, large in zip(
            margin, image.photo_size, small, image.margin, strict=True
        )
    )
    canvas = (small[0] + 2 * margin[0], small[1] + 2 * margin[1])

    # Means of whole pixels and parts of others blur where hardly anything is to be left out.
    means = min(scales) < _GENTLE

    def shrunk(plane: NDArray[np.generic], gently: int) -> NDArray[np.generic]:
        x, y = more
        wide = cv2.copyMakeBorder(plane, y, y, x, x, cv2.BORDER_REPLICATE)
        how = cv2.INTER_AREA if means else gently
        return np.asarray(cv2.resize(wide, canvas, interpolation=how))

    layers = tuple(
        replace(
            layer,
            rgb=np.asarray(shrunk(layer.rgb, cv2.INTER_CUBIC), np.uint8),
            alpha=np.asarray(shrunk(layer.alpha, cv2.INTER_CUBIC), np.uint8),
            disparity=np.asarray(shrunk(layer.disparity, cv2.INTER_LINEAR), np.float32),
        )
        for layer in image.layers
    )
    hidden = np.asarray(shrunk(image.disoccluded.astype(np.uint8), cv2.INTER_NEAREST), np.bool_)
    return LayeredDepthImage(layers, (margin[0], margin[1]), small, hidden)
