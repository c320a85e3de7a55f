"""Depth maps that come with the request: from another program, a camera or a brush."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from amena.engine.errors import DepthMapError, PhotoError
from amena.engine.photo.depth_image import normalised, read_depth_image
from amena.engine.photo.file import read_photo
from amena.engine.types import Disparity, FloatImage

#: How far the map's aspect ratio may be from the photo's.
_ASPECT_TOLERANCE = 0.02


def load_depth_map(path: Path, size: tuple[int, int], near: str = "bright") -> Disparity:
    """Read a greyscale depth map of 8 or 16 bits and fit it to the photo.

    Its grey is taken as linear in inverse depth and stretched to the whole range, so that faint
    maps work too.

    Args:
        path: as for `read_fitting_map`.
        size: (width, height) of the photo it belongs to.
        near: whether near is `bright` or `dark`.

    Raises:
        DepthMapError: as `read_fitting_map` and `uploaded`.
    """
    return uploaded(read_fitting_map(path, size), near)


def read_fitting_map(file: BinaryIO | Path, size: tuple[int, int]) -> FloatImage:
    """Read a greyscale map of any size of the photo's shape; it shows the photo upright.

    Args:
        file: a PNG, JPEG or WebP file, grey or RGB with equal channels, of 8 or 16 bits.
        size: (width, height) of the photo it belongs to.

    Returns:
        float32 H×W of the photo's size, 0 = black, 1 = white.

    Raises:
        DepthMapError: it cannot be read (`bad_depth_map`) or has another shape than the photo
            (`depth_map_shape`).
    """
    try:
        values = read_depth_image(read_photo(file))
    except PhotoError as error:
        raise DepthMapError(f"The depth map cannot be used. {error.message}") from error
    height, width = values.shape
    if abs(width * size[1] / (height * size[0]) - 1) > _ASPECT_TOLERANCE:
        raise DepthMapError(
            f"The depth map ({width}×{height}) has another shape than the photo "
            f"({size[0]}×{size[1]}). Crop it alike.",
            code="depth_map_shape",
        )
    resized = Image.fromarray(values).resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.array(resized, np.float32), 0, 1)


def uploaded(values: FloatImage, near: str = "bright") -> Disparity:
    """A map, float32 H×W, stretched to the whole range.

    Args:
        values: as it was sent.
        near: whether near is `bright` or `dark` in it.

    Raises:
        DepthMapError: the map is the same everywhere (`depth_map_flat`): nothing would move.
    """
    dark = near == "dark"
    disparity = normalised(1 - values if dark else values)
    if disparity is None:
        raise DepthMapError(
            "The depth map is the same everywhere, so nothing would move. Send one with near and "
            "far parts.",
            code="depth_map_flat",
        )
    return Disparity(disparity, "uploaded", black=float(dark))
