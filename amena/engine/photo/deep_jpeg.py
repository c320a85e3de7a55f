"""JPEG that Pillow does not decode: lossless, and of other than 8 bits (ITU-T T.81).

libjpeg-turbo 3 knows them by its TurboJPEG interface, which comes with the library that decodes
JPEG XL.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.photo.jpeg import Jpeg
from amena.engine.photo.kinds import broken, rare, truncated

_DECOMPRESS: Final = 1
_RGB, _GREY, _CMYK = 0, 6, 11
_FORMATS: Final = {1: _GREY, 3: _RGB, 4: _CMYK}
_WARNING: Final = 0
#: Parameters that tell what the decoder has found in the header.
_WIDTH, _HEIGHT, _PRECISION, _LOSSLESS = 5, 6, 7, 15
_END: Final = b"\xff\xd9"
#: Rows of a picture that are worked on at a time.
_BAND: Final = 512


class _Scaling(ctypes.Structure):
    """`tjscalingfactor` of libjpeg-turbo: a numerator and a denominator."""

    _fields_ = [("num", ctypes.c_int), ("denom", ctypes.c_int)]


def _library() -> ctypes.CDLL | None:
    """The interface; None where the library was built without it."""
    module = find_spec("pylibjxl._pylibjxl")
    try:
        found = ctypes.CDLL(module.origin if module else None)
        handle, buffer, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
        found.tj3Init.restype, found.tj3Init.argtypes = handle, [ctypes.c_int]
        found.tj3Destroy.restype, found.tj3Destroy.argtypes = None, [handle]
        found.tj3GetErrorCode.argtypes = found.tj3GetErrorStr.argtypes = [handle]
        found.tj3GetErrorStr.restype = buffer
        found.tj3DecompressHeader.argtypes = [handle, buffer, size]
        found.tj3Get.argtypes = [handle, ctypes.c_int]
        found.tj3SetScalingFactor.argtypes = [handle, _Scaling]
        for bits in (8, 12, 16):
            decompress = getattr(found, f"tj3Decompress{bits}")
            decompress.argtypes = [handle, buffer, size, handle, ctypes.c_int, ctypes.c_int]
    except (AttributeError, OSError):
        return None
    return found


_turbo: Final = _library()


@dataclass(frozen=True)
class DeepJpeg:
    """Such a picture, not decoded yet.

    Attributes:
        picture: the JPEG.
        size: (width, height) in pixels.
        channels: 1 for grey, 3 for colour, 4 for CMYK.
        bits: of a sample, 2–16.
        lossless: it cannot be reduced while it is decoded.
        ycbcr: what the decoder takes for RGB is YCbCr: it has no such conversion for lossless ones.
        inverted: its CMYK is written the other way round, as Adobe's programs do.
        info: of no use; as Pillow's images have it.
    """

    picture: bytes
    size: tuple[int, int]
    channels: int
    bits: int
    lossless: bool = False
    ycbcr: bool = False
    inverted: bool = False
    info: dict[str, Any] = field(default_factory=dict)

    @property
    def memory(self) -> float:
        """Bytes for each pixel: the decoder gives the whole picture, which then becomes bytes."""
        return self.channels * (2 if self.bits <= 8 else 4)

    def to_pillow(self, wanted: tuple[int, int] | None = None) -> Image.Image:
        """Decode it.

        Args:
            wanted: (width, height) that it will be reduced to; at least twice that is left.

        Returns:
            L, RGB or CMYK of 8 bits, rounded from what is coded; grey of more bits that is wanted
            whole is I;16, stretched to 16.

        Raises:
            PhotoError: `truncated` or `broken`.
            OSError: the decoder's message.
        """
        by = 1
        if wanted is not None:
            by = max(1, min(self.size[0] // (2 * wanted[0]), self.size[1] // (2 * wanted[1])))
        scale = 1 if self.lossless else max(each for each in (1, 2, 4, 8) if each <= by)
        pixels = self._decoded(scale)
        by //= scale
        whole = 2**self.bits - 1
        if self.channels == 1 and self.bits > 8 and wanted is None:
            stretched = pixels.astype(np.float32) * (65535 / whole) + 0.5
            return Image.fromarray(stretched.astype(np.uint16))
        step = _BAND // by * by or by
        bands = (pixels[start : start + step] for start in range(0, len(pixels), step))
        rounded = np.concatenate([_rounded(band, by, whole) for band in bands])
        mode = {1: "L", 3: "YCbCr" if self.ycbcr else "RGB", 4: "CMYK"}[self.channels]
        image = Image.frombytes(mode, rounded.shape[1::-1], rounded.tobytes())
        if self.inverted:
            return Image.eval(image, lambda value: 255 - value)
        return image.convert("RGB") if self.ycbcr else image

    def _decoded(self, scale: int) -> NDArray[Any]:
        """uint8 or uint16 H×W or H×W×channels, reduced by `scale`."""
        if _turbo is None:
            raise rare()
        width, height = (-(-side // scale) for side in self.size)
        shape = (height, width) if self.channels == 1 else (height, width, self.channels)
        # Zeros, so that what a broken file leaves out shows nothing of this process's memory.
        pixels = np.zeros(shape, np.uint8 if self.bits <= 8 else np.uint16)
        decompress = getattr(
            _turbo, f"tj3Decompress{8 if self.bits <= 8 else 12 if self.bits <= 12 else 16}"
        )
        data, length = self.picture, len(self.picture)
        handle = _turbo.tj3Init(_DECOMPRESS)
        if not handle:
            raise MemoryError
        try:
            failed = _turbo.tj3DecompressHeader(handle, data, length)
            asked = (_WIDTH, _HEIGHT, _PRECISION, _LOSSLESS)
            told = tuple(_turbo.tj3Get(handle, each) for each in asked)
            if not failed and told != (*self.size, self.bits, self.lossless):
                raise broken()  # it would write beyond what there is room for
            failed = (
                failed
                or _turbo.tj3SetScalingFactor(handle, _Scaling(1, scale))
                or decompress(handle, data, length, pixels.ctypes.data, 0, _FORMATS[self.channels])
            )
            if failed:
                said = str(_turbo.tj3GetErrorStr(handle), "utf-8", "replace")
                if "premature end" in said.lower():
                    raise truncated()
                if _turbo.tj3GetErrorCode(handle) != _WARNING:
                    raise OSError(said)
        finally:
            _turbo.tj3Destroy(handle)
        return pixels


def _rounded(band: NDArray[Any], by: int, whole: int) -> NDArray[np.uint8]:
    """Means of squares as bytes; the last ones of a row or column may be narrower."""
    if by == 1:
        means = band.astype(np.float32)
    else:
        down, across = (np.arange(0, side, by) for side in band.shape[:2])
        rows = np.add.reduceat(band, down, axis=0, dtype=np.float32)
        counts = np.outer(
            np.diff(np.append(down, band.shape[0])), np.diff(np.append(across, band.shape[1]))
        ).astype(np.float32)
        means = np.add.reduceat(rows, across, axis=1)
        means /= counts if means.ndim == 2 else counts[..., None]
    return (means * np.float32(255 / whole) + 0.5).astype(np.uint8)


def deep_jpeg(found: Jpeg) -> DeepJpeg:
    """The picture of a JPEG that is lossless or has other than 8 bits, for its decoder.

    Lossless ones of three components are RGB, unless they say that they are JFIF, or keep less of
    two components: ffmpeg writes such.

    Raises:
        PhotoError: `rare_kind`.
    """
    known = found.lossless or found.bits == 12
    transformed = found.bits == 9 and found.components > 1  # ffmpeg's own, and nobody else's
    if _turbo is None or not known or transformed or found.components not in _FORMATS:
        raise rare()
    return DeepJpeg(
        found.picture if found.complete else found.picture + _END,
        (found.width, found.height),
        found.components,
        found.bits,
        found.lossless,
        ycbcr=found.lossless
        and found.components == 3
        and not found.adobe
        and (found.jfif or found.samples < 3),
        inverted=found.adobe and found.components == 4,
    )
