"""Bars in Display P3, most of them beyond sRGB, and figures that judge them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.colour_space import display_p3_profile
from amena.engine.photo import decode
from amena.engine.types import Photo
from tests.engine import samples

if TYPE_CHECKING:
    pass

#: Bars in Display P3. The first four lie beyond sRGB.
BARS = (
    *((250, 30, 40), (60, 240, 60), (20, 220, 210), (255, 140, 20)),
    *((128, 128, 128), (200, 170, 150), (60, 80, 120), (255, 255, 255)),
)
WIDE = slice(0, 4)
#: Linear Display P3 → XYZ (D65), and XYZ → linear sRGB, as CSS Color 4 prints them.
P3_TO_XYZ = np.array(
    (
        (0.4865709, 0.2656677, 0.1982173),
        (0.2289746, 0.6917385, 0.0792869),
        (0, 0.0451134, 1.0439444),
    )
)
XYZ_TO_SRGB = np.array(
    (
        (3.2409699, -1.5373832, -0.4986108),
        (-0.9692436, 1.8759675, 0.0415551),
        (0.0556301, -0.2039770, 1.0569715),
    )
)


def linear(colours: object) -> NDArray[np.float64]:
    share = np.asarray(colours, np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def lab(colours: object) -> NDArray[np.float64]:
    """CIE L*a*b* of colours in Display P3."""
    ratio = linear(colours) @ P3_TO_XYZ.T / (P3_TO_XYZ @ np.ones(3))
    f = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return np.stack(
        [116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1
    )


def apart(colours: object, others: object = BARS) -> NDArray[np.float64]:
    """ΔE (CIE 1976) of colours in Display P3."""
    return np.linalg.norm(lab(colours) - lab(others), axis=-1)


#: The bars as sRGB shows them.
CLIPPED = encoded(linear(BARS) @ (XYZ_TO_SRGB @ P3_TO_XYZ).T)


def bars(width: int = 320, height: int = 240, colours: object = BARS) -> Image.Image:
    index = np.arange(width) * len(BARS) // width
    return Image.fromarray(np.repeat(np.array(colours, np.uint8)[index][None], height, 0))


def middles(picture: Image.Image | np.ndarray, row: float = 0.5) -> np.ndarray:
    """Of each bar of a picture that shows them all across its width."""
    pixels = np.asarray(picture)
    columns = (2 * np.arange(len(BARS)) + 1) * pixels.shape[1] // (2 * len(BARS))
    return pixels[int(pixels.shape[0] * row), columns].astype(int)


def loaded(data: bytes, size: int = 960) -> Photo:
    return decode.load(io.BytesIO(data), size)


def p3_jpeg(colours: object = BARS, height: int = 240) -> bytes:
    image = bars(height=height, colours=colours)
    profile = display_p3_profile()
    return samples.encoded(image, "JPEG", quality=98, subsampling=0, icc_profile=profile)
