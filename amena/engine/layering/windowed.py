"""Layers of a photo with a uniform border: those of the photo, and the border before them all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.layering.layers import Fill, build_layers
from amena.engine.memory import Memory
from amena.engine.types import Box, ByteImage, Disparity, Layer, LayeredDepthImage, Photo

#: By how much the photo is magnified, so that little beyond its border comes out from behind the
#: window as the camera moves; frames of other photos are magnified as much.
MAGNIFIED: Final = 1.045
#: Pixels of the border beside the photo, per pixel of the long side, that may show some of it.
_MIXED: Final = 0.004


def windowed_layers(
    box: Box,
    photo: Photo,
    disparity: Disparity,
    amplitude: float,
    inpaint: Fill,
    margin: tuple[int, int],
    memory: Memory | None = None,
) -> LayeredDepthImage:
    """`build_layers` of the part of a picture that lies behind a window, and the window.

    Args:
        box: rows and columns of the photo in the picture.
        photo: the picture, border included.
        disparity: of the picture; that of the border does not count.
        amplitude: the largest motion the layers must bear, as a share of the picture's long side.
        inpaint: fills hidden colour.
        margin: (x, y) pixels by which the canvas extends beyond the picture on each side.
        memory: as for `build_layers`.
    """
    part = photo.rgb[box]
    height, width = part.shape[:2]
    size = round(width * MAGNIFIED), round(height * MAGNIFIED)
    enlarged = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    # Steps stay steps.
    values = cv2.resize(disparity.values[box], size, interpolation=cv2.INTER_NEAREST)
    reduced = max(photo.original_size) / max(photo.size)
    original = round(reduced * width), round(reduced * height)
    behind = build_layers(
        replace(photo, rgb=enlarged, original_size=original),
        replace(disparity, values=np.asarray(values, np.float32)),
        amplitude * max(photo.size) / max(size),
        inpaint,
        margin,
        memory,
    )
    if memory is not None:
        # The scene holds these colours with the border around them, so an edit makes them again.
        memory.forget(behind.colour_digest)
    mx, my = margin
    shape = photo.size[1] + 2 * my, photo.size[0] + 2 * mx
    # The magnified photo has the photo's middle, and its canvas the same margin as the picture's.
    top = box[0].start - (size[1] - height) // 2
    left = box[1].start - (size[0] - width) // 2

    def placed(values: NDArray[Any]) -> NDArray[Any]:
        rows = np.clip(np.arange(shape[0]) - top, 0, values.shape[0] - 1)
        cols = np.clip(np.arange(shape[1]) - left, 0, values.shape[1] - 1)
        return np.ascontiguousarray(values[rows][:, cols])

    layers = [
        Layer(placed(layer.rgb), placed(layer.alpha), placed(layer.disparity))
        for layer in behind.layers
    ]
    return LayeredDepthImage(
        (*layers, _border(photo.rgb, box, margin)),
        margin,
        photo.size,
        placed(behind.disoccluded),
    )


def _border(rgb: ByteImage, box: Box, margin: tuple[int, int]) -> Layer:
    """The border alone, as clean beside the photo as it is a little farther away."""
    mixed = max(2, round(_MIXED * max(rgb.shape)))
    colour, alpha = rgb.copy(), np.full(rgb.shape[:2], 255, np.uint8)
    alpha[box] = 0
    for lines, part, across in (
        (colour, box[0], box[1]),
        (colour.swapaxes(0, 1), box[1], slice(max(box[0].start - mixed, 0), box[0].stop + mixed)),
    ):
        for beside, clean in (
            (slice(part.start - mixed, part.start + mixed), part.start - mixed - 1),
            (slice(part.stop - mixed, part.stop + mixed), part.stop + mixed),
        ):
            if 0 <= clean < len(lines):
                lines[beside, across] = lines[clean, across]
    mx, my = margin
    return Layer(
        np.pad(colour, [(my, my), (mx, mx), (0, 0)], "edge"),
        np.pad(alpha, [(my, my), (mx, mx)], "edge"),
        np.ones((rgb.shape[0] + 2 * my, rgb.shape[1] + 2 * mx), np.float32),
    )
