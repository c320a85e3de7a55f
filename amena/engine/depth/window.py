"""The depth of a photo that has a uniform border: the border is a window, the scene lies behind it.

The border is flat and nearest of all. Where the plane that stays still is its own, it stays as it
is in every frame, and the scene moves behind it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from amena.engine.types import Box, Disparity, FloatImage, Photo

#: Disparity of what is nearest behind a window, whose own is 1.
NEAREST_BEHIND: Final = 0.92


def cropped(photo: Photo, box: Box) -> Photo:
    """What is in a window of the photo, in both views of a stereo photo."""
    eye = photo.second_eye
    if eye is not None:
        eye = replace(eye, rgb=np.ascontiguousarray(eye.rgb[box]))
    return replace(photo, rgb=np.ascontiguousarray(photo.rgb[box]), second_eye=eye)


def behind_window(disparity: Disparity, box: Box, size: tuple[int, int]) -> Disparity:
    """The disparity of a photo in a window, drawn on over the border, so that no step is there.

    Args:
        disparity: of the photo alone, or of the whole picture.
        box: rows and columns of the photo in the picture.
        size: (width, height) of the picture.

    Returns:
        Disparity of the whole picture, at most `NEAREST_BEHIND`.
    """
    width, height = size
    values = disparity.values
    if values.shape == (height, width):
        values = values[box]
    around = [(box[0].start, height - box[0].stop), (box[1].start, width - box[1].stop)]
    return replace(disparity, values=np.pad(values * np.float32(NEAREST_BEHIND), around, "edge"))


def with_window(disparity: Disparity, box: Box) -> Disparity:
    """The same disparity with a border of disparity 1 around the photo, which all lies behind."""
    values = np.ones_like(disparity.values)
    values[box] = np.minimum(disparity.values[box], np.float32(NEAREST_BEHIND))
    return replace(disparity, values=values)


def window(values: FloatImage) -> Box | None:
    """Rows and columns of what lies behind a window; None where a disparity map has none.

    >>> window(np.float32([[1, 0.3, 1], [1, 0.5, 1]]))
    (slice(0, 2, None), slice(1, 2, None))
    >>> window(np.float32([[1, 0.3], [1, 0.5]])) is None
    True
    """
    behind = values < 1
    if not behind.any():
        return None
    box, bordered = [], False
    for axis, length in enumerate(values.shape):
        lines = np.flatnonzero(behind.any(axis=1 - axis))
        start, stop = int(lines[0]), int(lines[-1]) + 1
        bordered |= start > 0 and stop < length
        box.append(slice(start, stop))
    return (box[0], box[1]) if bordered else None
