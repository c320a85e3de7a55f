"""Colours to sRGB, as a viewer shows them: by a profile, or by the code points of ITU-T H.273."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from amena.engine.types import ByteImage, FloatImage

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))

_D65: Final = (0.3127, 0.3290)
#: Code point → white, red, green and blue point, x and y each (H.273, table 2).
_PRIMARIES: Final[dict[int, tuple[float, ...]]] = {
    1: (*_D65, 0.640, 0.330, 0.300, 0.600, 0.150, 0.060),  # BT.709, sRGB
    4: (0.310, 0.316, 0.67, 0.33, 0.21, 0.71, 0.14, 0.08),  # BT.470 M
    5: (*_D65, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06),  # BT.470 B, G
    6: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE 170M
    7: (*_D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),
    9: (*_D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI P3
    12: (*_D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display P3
    22: (*_D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),
}
_PQ, _HLG, _LINEAR = 16, 18, 8
_POWERS: Final = {4: 2.2, 5: 2.8}
#: Luminance of a white sheet of paper in HDR pictures, cd/m² (ITU-R BT.2408).
_WHITE: Final = 203.0
#: Where brightness beyond white begins to be pressed together, in shares of white.
_KNEE: Final = 0.75


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


def to_srgb(image: Image.Image, colours: Colours) -> Image.Image:
    """RGB in sRGB; a profile that is damaged or made for another kind of image is ignored."""
    if colours.icc and not colours.hdr:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(colours.icc))
            converted = ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    image = image.convert("RGB")
    if colours.described:
        encoded = np.asarray(image, np.float32) / np.float32(255)
        return Image.fromarray(described_to_srgb(encoded, colours))
    return image


def described_to_srgb(encoded: FloatImage, colours: Colours) -> ByteImage:
    """Bring code points' colours to sRGB.

    What is brighter than paper white is pressed together between three quarters of white and
    white, hue kept, as far as the picture's own brightest parts ask for it: a picture without any
    stays as it is.

    Args:
        encoded: float32 H×W×3 in [0, 1].
        colours: how to read it.

    Returns:
        uint8 H×W×3, sRGB.
    """
    light = _light(encoded, colours)
    light = light @ _matrix(colours.primaries).T
    if colours.hdr:
        light = _pressed(light)
    light = np.clip(light, 0, 1)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(srgb * 255 + 0.5, np.uint8)


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


def _matrix(primaries: int | tuple[float, ...] | None) -> NDArray[np.float32]:
    """Linear RGB of these primaries → linear sRGB."""
    points = _PRIMARIES.get(primaries) if isinstance(primaries, int) else primaries
    if points is None or len(points) != 8 or min(points) <= 0:
        return np.eye(3, dtype=np.float32)
    try:
        return np.asarray(
            np.linalg.solve(_to_xyz(_PRIMARIES[1]), _adapted(points) @ _to_xyz(points)), np.float32
        )
    except np.linalg.LinAlgError:
        return np.eye(3, dtype=np.float32)


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array((x / y, 1.0, (1 - x - y) / y))


def _to_xyz(points: tuple[float, ...]) -> NDArray[np.float64]:
    columns = np.stack([_xyz(*points[at : at + 2]) for at in (2, 4, 6)], axis=1)
    return columns * np.linalg.solve(columns, _xyz(*points[:2]))


def _adapted(points: tuple[float, ...]) -> NDArray[np.float64]:
    """From this white to D65 (Bradford)."""
    cones = np.array(
        ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
    )
    ratio = (cones @ _xyz(*_D65)) / (cones @ _xyz(*points[:2]))
    return np.linalg.solve(cones, ratio[:, None] * cones)
