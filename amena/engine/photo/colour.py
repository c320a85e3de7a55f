"""What a file says of its colours, as a viewer reads it: a profile, or code points of ITU-T H.273.

Pixels become sRGB, or Display P3 where a photo shows more than sRGB holds.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from amena.engine.colour_space import (
    CHROMATICITIES,
    D50,
    D65,
    adapted,
    converted,
    profile,
    to_xyz,
    xyz,
)
from amena.engine.types import DISPLAY_P3, SRGB, ByteImage, ColourSpace, FloatImage

#: Code point → white, red, green and blue point, x and y each (H.273, table 2).
_PRIMARIES: Final[dict[int, tuple[float, ...]]] = {
    1: CHROMATICITIES[SRGB],  # BT.709
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 M
    5: (*D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 B, G
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 170M
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: CHROMATICITIES[DISPLAY_P3],
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_PQ, _HLG, _LINEAR = 16, 18, 8
_POWERS: Final = {4: 2.2, 5: 2.8}
#: Luminance of a white sheet of paper in HDR pictures, cd/m² (ITU-R BT.2408).
_WHITE: Final = 203.0
#: Where brightness beyond white begins to be pressed together, in shares of white.
_KNEE: Final = 0.75
#: How far linear sRGB may be from what primaries hold, before they are much wider: those of PAL
#: reach −0.04, Display P3's −0.22.
_WIDER: Final = -0.1
#: A photo is left in Display P3 where at least this share of its pixels would be further than so
#: many of 255 levels from themselves once they have been sRGB.
_BEYOND, _LEVELS = 0.001, 4
#: Long side at which that is looked at.
_LOOKED_AT: Final = 400


@dataclass(frozen=True)
class Colours:
    """How a picture's colours are described.

    Attributes:
        icc: a profile; it counts unless the picture is HDR by `transfer`.
        primaries: code point, or the eight chromaticities themselves.
        transfer: code point.
        power: in place of `transfer`: samples are light to the power of this.
    """

    icc: bytes | None = None
    primaries: int | tuple[float, ...] | None = None
    transfer: int | None = None
    power: float | None = None

    @property
    def hdr(self) -> bool:
        """Whether bright things go beyond white."""
        return self.transfer in (_PQ, _HLG)

    @property
    def described(self) -> bool:
        """Whether code points say something other than sRGB."""
        plain = self.primaries in (None, 1, 2) and self.transfer in (None, 1, 2, 6, 13, 14, 15)
        return not plain or self.power is not None


def best_space(picture: Image.Image | FloatImage, colours: Colours) -> ColourSpace:
    """Where these colours are kept: sRGB, unless a part that can be noticed lies beyond it.

    Args:
        picture: as `in_space` takes it.
        colours: how to read it.
    """
    if not _wide(colours):
        return SRGB
    if isinstance(picture, Image.Image):
        every = -(-max(picture.size) // _LOOKED_AT)
        few = (-(-picture.width // every), -(-picture.height // every))
        picture = picture.resize(few, Image.Resampling.NEAREST)
    else:
        every = -(-max(picture.shape) // _LOOKED_AT)
        picture = picture[::every, ::every]
    kept = np.asarray(in_space(picture, colours, DISPLAY_P3), np.int16)
    lost = converted(converted(kept.astype(np.uint8), DISPLAY_P3, SRGB), SRGB, DISPLAY_P3)
    beyond = (np.abs(kept - lost) > _LEVELS).any(axis=-1).mean()
    return DISPLAY_P3 if beyond >= _BEYOND else SRGB


def _wide(colours: Colours) -> bool:
    """Whether they may lie far beyond sRGB: only primaries tell, not the tables of a printer."""
    primaries = _matrix(colours.primaries)
    if colours.icc and not colours.hdr:
        try:
            told = ImageCms.ImageCmsProfile(io.BytesIO(colours.icc)).profile
            columns = [told.red_colorant, told.green_colorant, told.blue_colorant]
        except (ImageCms.PyCMSError, OSError, ValueError):
            columns = []
        points = [point[0] for point in columns if point is not None]
        if len(points) == 3:
            of_srgb = adapted(xyz(*D65), np.array(D50)) @ to_xyz(CHROMATICITIES[SRGB])
            primaries = np.asarray(np.linalg.solve(of_srgb, np.array(points).T), np.float32)
    return bool(primaries.min() < _WIDER)


def in_space(
    picture: Image.Image | FloatImage, colours: Colours, space: ColourSpace = SRGB
) -> Image.Image:
    """RGB in that space; a profile that is damaged or made for another kind of image is ignored.

    Args:
        picture: an image, or float32 H×W×3 in [0, 1], which code points describe.
        colours: how to read it.
        space: what it becomes.
    """
    if not isinstance(picture, Image.Image):
        return Image.fromarray(_described(picture, colours, space))
    if colours.icc and not colours.hdr:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(colours.icc))
            brought = ImageCms.profileToProfile(picture, own, profile(space), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            brought = None
        if brought is not None:
            return brought
    image = picture.convert("RGB")
    if colours.described:
        encoded = np.asarray(image, np.float32) / np.float32(255)
        return Image.fromarray(_described(encoded, colours, space))
    return image if space == SRGB else Image.fromarray(converted(np.array(image), SRGB, space))


def _described(encoded: FloatImage, colours: Colours, space: ColourSpace) -> ByteImage:
    """Bring code points' colours to a space.

    What is brighter than paper white is pressed together between three quarters of white and
    white, hue kept, as far as the picture's own brightest parts ask for it: a picture without any
    stays as it is.

    Args:
        encoded: float32 H×W×3 in [0, 1].
        colours: how to read it.
        space: what it becomes; both have one curve.

    Returns:
        uint8 H×W×3.
    """
    light = _light(encoded, colours)
    light = light @ _matrix(colours.primaries, space).T
    if colours.hdr:
        light = _pressed(light)
    light = np.clip(light, 0, 1)
    levels = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(levels * 255 + 0.5, np.uint8)


def _light(encoded: FloatImage, colours: Colours) -> FloatImage:
    """Linear light, 1 = paper white."""
    if colours.power is not None:
        return np.asarray(encoded ** (1 / colours.power), np.float32)
    if colours.transfer == _PQ:  # SMPTE ST 2084
        root = encoded ** (1 / 78.84375)
        ratio = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return np.asarray(ratio ** (1 / 0.1593017578125) * (10_000 / _WHITE), np.float32)
    if colours.transfer == _HLG:  # ITU-R BT.2100, for a display of 1000 cd/m²
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(encoded <= 0.5, encoded**2 / 3, (np.exp((encoded - c) / a) + b) / 12)
        luminance = scene @ np.array((0.2627, 0.6780, 0.0593), np.float32)
        gain = np.maximum(luminance, 1e-6) ** 0.2
        return np.asarray(scene * gain[..., None] * (1000 / _WHITE), np.float32)
    if colours.transfer == _LINEAR:
        return encoded
    if colours.transfer in _POWERS:
        return np.asarray(encoded ** _POWERS[colours.transfer], np.float32)
    # The others differ from sRGB by how a camera encodes, not by how a screen shows it.
    dark = encoded / 12.92
    return np.asarray(
        np.where(encoded <= 0.04045, dark, ((encoded + 0.055) / 1.055) ** 2.4), np.float32
    )


def _pressed(light: FloatImage) -> FloatImage:
    """Bring the brightest parts down to white (an extended Reinhard curve above a knee)."""
    brightest = light.max(axis=-1)
    peak = float(np.quantile(brightest, 0.999))
    if peak <= 1.05:
        return light
    room, span = 1 - _KNEE, peak - _KNEE
    over = np.maximum(brightest - _KNEE, 0) / room
    # x (1 + x / m²) / (1 + x): slope 1 at the knee, 1 where x is the peak's.
    most = span / room
    pressed = _KNEE + room * np.minimum(over * (1 + over / most**2) / (1 + over), 1)
    scale = np.where(brightest > _KNEE, pressed / np.maximum(brightest, 1e-6), 1)
    return np.asarray(light * scale[..., None], np.float32)


def _matrix(
    primaries: int | tuple[float, ...] | None, space: ColourSpace = SRGB
) -> NDArray[np.float32]:
    """Linear RGB of these primaries (sRGB where they make no sense) → linear RGB of a space."""
    own = CHROMATICITIES[space]
    points = _PRIMARIES.get(primaries) if isinstance(primaries, int) else primaries
    if points is None or len(points) != 8 or min(points) <= 0:
        if space == SRGB:
            return np.eye(3, dtype=np.float32)
        points = CHROMATICITIES[SRGB]
    try:
        white = adapted(xyz(*points[:2]), xyz(*D65))
        return np.asarray(np.linalg.solve(to_xyz(own), white @ to_xyz(points)), np.float32)
    except np.linalg.LinAlgError:
        return np.eye(3, dtype=np.float32)
