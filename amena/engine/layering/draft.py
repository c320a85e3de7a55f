"""A first 3D picture in a fraction of a second: one surface over the photo, nothing cut."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.layering.margin import extend
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.types import Disparity, Layer, LayeredDepthImage, Photo

#: Pixels by which the surface shifts at most from one pixel to the next. Beside a silhouette the
#: background is drawn out over a wide band rather than torn in a narrow one.
_STRETCH = 0.5
#: Pixels around what is near that move as one with it, so that its outline stays as it is.
_AROUND_PX = 3


def draft_layers(
    photo: Photo, disparity: Disparity, amplitude: float, margin: tuple[int, int]
) -> LayeredDepthImage:
    """The photo on its disparity's slope-limited envelope, as a single layer.

    What is near keeps its shape; the background beside it bends. No colour is made up but that of
    the margin, so this costs a tenth of `build_layers`.

    Args:
        photo: the photo.
        disparity: of the photo's size.
        amplitude: the largest motion that the layer must bear, as a share of the long side.
        margin: (x, y) pixels by which the canvas extends beyond the photo on each side.
    """
    rgb, values = extend(photo.rgb, disparity.values, margin)
    around = np.ones((2 * _AROUND_PX + 1, 2 * _AROUND_PX + 1), np.uint8)
    near = np.asarray(cv2.dilate(values, around), np.float32)
    surface = upper_envelope(near, _STRETCH / (amplitude * max(photo.size)))
    opaque = np.full(values.shape, 255, np.uint8)
    return LayeredDepthImage(
        (Layer(rgb, opaque, surface),), margin, photo.size, np.zeros(values.shape, np.bool_)
    )
