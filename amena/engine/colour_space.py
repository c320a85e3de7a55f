"""The two colour spaces that pixels may be in, their profiles, and the way from one to the other.

Most photos are sRGB, and so is whatever cannot say that it is not. A photo of which a part lies
beyond that stays in Display P3, the space of today's phones and screens: sRGB's white and curve
with wider primaries. Light: numpy and Pillow alone.
"""

from __future__ import annotations

import io
import struct
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from amena.engine.types import DISPLAY_P3, SRGB, ByteImage, ColourSpace

D65: Final = (0.3127, 0.3290)
#: Space → white, red, green and blue point, x and y each.
CHROMATICITIES: Final[dict[ColourSpace, tuple[float, ...]]] = {
    SRGB: (*D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),
    DISPLAY_P3: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
#: White of profiles (ISO 15076-1), X, Y and Z.
D50: Final = (0.9642, 1.0, 0.8249)
#: The curve of sRGB (IEC 61966-2-1) as a parametric one of ISO 15076-1: γ, a, b, c, d.
_CURVE: Final = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def to_xyz(points: tuple[float, ...]) -> NDArray[np.float64]:
    """Linear RGB of these chromaticities, see `CHROMATICITIES` → XYZ, 3×3."""
    columns = np.stack([xyz(*points[at : at + 2]) for at in (2, 4, 6)], axis=1)
    return columns * np.linalg.solve(columns, xyz(*points[:2]))


def xyz(x: float, y: float) -> NDArray[np.float64]:
    """X, Y and Z of a chromaticity at Y = 1."""
    return np.array((x / y, 1.0, (1 - x - y) / y))


def adapted(white: NDArray[np.float64], to: NDArray[np.float64]) -> NDArray[np.float64]:
    """XYZ under one white → XYZ under another, 3×3 (Bradford, as ISO 15076-1 has it)."""
    cones = np.array(
        ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
    )
    ratio = (cones @ to) / (cones @ white)
    return np.linalg.solve(cones, ratio[:, None] * cones)


@cache
def display_p3_profile() -> bytes:
    """An ICC profile of version 4 of Display P3: its primaries, adapted to D50, and sRGB's curve.

    Nothing in it changes from one call or machine to another.
    """
    points = CHROMATICITIES[DISPLAY_P3]
    adaptation = adapted(xyz(*D65), np.array(D50))
    primaries = adaptation @ to_xyz(points)
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _fixed(*_CURVE)
    tags = {
        b"desc": _text("Display P3"),
        b"cprt": _text("No copyright, use freely"),
        b"wtpt": b"XYZ " + bytes(4) + _fixed(*D50),
        b"chad": b"sf32" + bytes(4) + _fixed(*adaptation.ravel()),
    }
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries.T, strict=True):
        tags[name] = b"XYZ " + bytes(4) + _fixed(*column)
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        if content not in places:  # the three curves are one
            places[content] = start + len(body)
            body += content + bytes(-len(content) % 4)
        table += struct.pack(">4sII", name, places[content], len(content))
    header = struct.pack(
        ">I4xI4s4s4s6H4s24x12s",
        start + len(body),
        0x04300000,
        *(b"mntr", b"RGB ", b"XYZ "),
        *(2026, 1, 1, 0, 0, 0),
        b"acsp",
        b"",
    )
    # The header ends with the white of the connection space, and 48 bytes of nothing.
    return header[:68] + _fixed(*D50) + bytes(48) + table + body


def profile_of(space: ColourSpace) -> bytes | None:
    """The ICC profile that a still of that space needs; sRGB is what a still without one is."""
    return display_p3_profile() if space == DISPLAY_P3 else None


def in_srgb(rgb: ByteImage, space: ColourSpace) -> ByteImage:
    """Pixels (uint8 H×W×3) of a space as sRGB: those of sRGB themselves, others converted.

    What lies beyond sRGB comes out as its border, channel by channel, as in every viewer that has
    no more to show (relative colorimetry).
    """
    return rgb if space == SRGB else converted(rgb, space, SRGB)


def converted(rgb: ByteImage, space: ColourSpace, to: ColourSpace) -> ByteImage:
    """Pixels (uint8 H×W×3) of one space as those of another."""
    image = Image.fromarray(np.ascontiguousarray(rgb))
    return np.asarray(ImageCms.applyTransform(image, _transform(space, to)), np.uint8)


def known(name: object) -> ColourSpace:
    """The space of that name.

    Raises:
        ValueError: there is none.
    """
    for space in CHROMATICITIES:
        if name == space:
            return space
    raise ValueError(f"{name} is no colour space")


@cache
def profile(space: ColourSpace) -> ImageCms.ImageCmsProfile:
    """The space's profile, opened."""
    if space == SRGB:
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.ImageCmsProfile(io.BytesIO(display_p3_profile()))


@cache
def _transform(space: ColourSpace, to: ColourSpace) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(profile(space), profile(to), "RGB", "RGB")


def _fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    # UTF-16 without its codec, which is a module that a confined child can no longer load.
    content = struct.pack(f">{len(text)}H", *map(ord, text))
    return b"mluc" + struct.pack(">4xII2s2sII", 1, 12, b"en", b"US", len(content), 28) + content
