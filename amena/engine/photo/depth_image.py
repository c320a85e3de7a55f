"""Depth maps stored as pictures: read safely, brought to a common range."""

from __future__ import annotations

import numpy as np
from PIL import Image

from amena.engine.errors import DepthMapError
from amena.engine.photo.file import decoder_errors, open_image
from amena.engine.photo.limits import MAX_DEPTH_PIXELS
from amena.engine.types import FloatImage

#: Mean difference between the colour channels (of 255) up to which a map counts as grey.
_GREY_TOLERANCE = 6.0


def read_depth_image(data: bytes) -> FloatImage:
    """Decode a greyscale map from a picture of any format.

    16-bit greyscale PNG keeps its precision; in RGB, palette and transparent files the grey of
    the visible colour counts, with 8 bits.

    Returns:
        float32 H×W in [0, 1], 0 = black, 1 = white.

    Raises:
        PhotoError: the file is no picture, too large or damaged.
        DepthMapError: the map is in colour.
    """
    source = open_image(data, MAX_DEPTH_PIXELS).source
    if not isinstance(source, Image.Image):
        with decoder_errors():
            source = source.to_pillow()
    return depth_values(source)


def depth_values(image: Image.Image) -> FloatImage:
    """Decode an opened picture as `read_depth_image` does."""
    with decoder_errors():
        image.load()
        if image.mode.startswith("I"):
            return np.asarray(np.asarray(image, np.float32) / 65535, np.float32).clip(0, 1)
        if image.mode in ("L", "LA", "1"):
            return np.asarray(np.asarray(image.convert("L")) / 255, np.float32)
        # Channel by channel, in bytes: as floats forty megapixels would take a gigabyte.
        red, green, blue = (np.asarray(each) for each in image.convert("RGB").split())
    spread = np.maximum(np.maximum(red, green), blue)
    spread -= np.minimum(np.minimum(red, green), blue)
    if spread.mean() > _GREY_TOLERANCE:
        raise DepthMapError("The depth map is in colour. Save it as greyscale, near = white.")
    total = red.astype(np.float32)
    total += green
    total += blue
    total /= 3 * 255
    return total


def normalised(values: FloatImage, outliers: float = 0.0) -> FloatImage | None:
    """Stretch a relative inverse depth linearly to the whole of [0, 1].

    Args:
        values: float H×W, larger = nearer, any range; values that are not finite count as far.
        outliers: share of the pixels, at either end, that may be cut off.

    Returns:
        float32 H×W, or None where the map is the same everywhere.
    """
    ends = extent(values, outliers)
    if ends is None:
        return None
    low, high = ends
    stretched = (np.where(np.isfinite(values), values, low) - low) / (high - low)
    return np.asarray(stretched.clip(0, 1), np.float32)


def extent(values: FloatImage, outliers: float = 0.0) -> tuple[float, float] | None:
    """Least and greatest of the finite values but for a share of `outliers` at either end; None
    where the map is the same everywhere.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return None
    low, high = np.quantile(finite, (outliers, 1 - outliers))
    if high - low <= 1e-6 * max(abs(low), abs(high), 1e-6):
        return None
    return float(low), float(high)
