"""A photo's pixels, decoded no larger than they are needed where the format allows it."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from pillow_heif import HeifFile

from amena.engine.photo.deep_jpeg import DeepJpeg
from amena.engine.photo.file import PhotoFile
from amena.engine.photo.kinds import truncated

#: Rows of a picture that are worked on at a time.
_BAND: Final = 512
#: Long side of a stored thumbnail that is decoded, and how far its shape may be from the picture's.
_THUMBNAIL_SIDE, _THUMBNAIL_SHAPE = 2048, 0.03
#: What two endings of a JPEG without an end marker consist of.
_END: Final = b"\xff\xd9"
_JUNK: Final = b"\x5a\xa5\x33\xcc" * 4096


@dataclass(frozen=True)
class Pixels:
    """Decoded pixels, at least twice as many a side as wanted where they were reduced.

    Attributes:
        image: L, LA, RGB, RGBA or CMYK, 8 bits a channel.
        original_size: (width, height) before reduction.
        deep: in place of `image`: red, green and blue as floats in [0, 1].
        icc: the profile, where it comes with the pixels.
    """

    image: Image.Image
    original_size: tuple[int, int]
    deep: tuple[Image.Image, ...] | None = None
    icc: bytes | None = None


def decoded(opened: PhotoFile, wanted: tuple[int, int]) -> Pixels:
    """Decode a photo.

    Args:
        opened: the photo.
        wanted: (width, height) that it will be reduced to.

    Raises:
        Exception: whatever the decoder raises; see `file.decoder_errors`.
    """
    if isinstance(opened.source, HeifFile):
        return _heif(opened.source, wanted)
    image = opened.source
    if isinstance(image, DeepJpeg):
        return Pixels(image.to_pillow(wanted), opened.size)
    if isinstance(image, JpegImageFile):
        image = _jpeg(image, opened.endless, wanted)
        return Pixels(_continuous(image), opened.size)
    image.load()
    size = image.size
    if image.mode.startswith("I"):
        image = _grey16(image, wanted)
    return Pixels(_continuous(image), size, icc=image.info.get("icc_profile"))


def stored_thumbnail(opened: PhotoFile) -> Pixels | None:
    """The largest thumbnail in a HEIC (ISO/IEC 23008-12, 6.6.3), in place of the picture.

    The decoder does not touch the picture itself for it.

    Returns:
        None where there is none, where it is as large as a picture, or is of another shape.
    """
    source = opened.source
    if not isinstance(source, HeifFile):
        return None
    sides = list(enumerate(source.info.get("thumbnails", ())))
    sides = [(side, index) for index, side in sides if side <= _THUMBNAIL_SIDE]
    if not sides:
        return None
    stored = source[source.primary_index].get_thumbnail(max(sides)[1])
    (width, height), (whole_width, whole_height) = stored.size, opened.size
    if abs(width * whole_height / (height * whole_width) - 1) > _THUMBNAIL_SHAPE:
        return None
    info: dict[str, Any] = stored.info
    return Pixels(_continuous(stored.to_pillow()), opened.size, icc=info.get("icc_profile"))


def _jpeg(image: JpegImageFile, endless: bytes | None, wanted: tuple[int, int]) -> Image.Image:
    """Reduced while decoding where that leaves twice the size that is wanted.

    libjpeg reduces by 2, 4 or 8: far quicker than a resize, and as good as long as the resize still
    has a factor of 2 to do.
    """
    twice = 2 * wanted[0], 2 * wanted[1]
    if endless is None:
        image.draft(None, twice)
        image.load()
        return image
    # Nothing says where it ends. If it is whole, what follows makes no difference.
    small = [_drafted(endless + ending, (1, 1)) for ending in (_END, _JUNK + _END)]
    if small[0].tobytes() != small[1].tobytes():
        raise truncated()
    return _drafted(endless + _END, twice)


def _drafted(data: bytes, size: tuple[int, int]) -> Image.Image:
    image = JpegImageFile(io.BytesIO(data))
    image.draft(None, size)
    image.load()
    return image


def _heif(source: HeifFile, wanted: tuple[int, int]) -> Pixels:
    """libheif knows no reduced decoding; its pixels are reduced in bands, not copied."""
    pixels = _stored_rows(source)
    height, width = pixels.shape[:2]
    deep = pixels.dtype == np.uint16
    by = max(1, min(width // (2 * wanted[0]), height // (2 * wanted[1])))
    if not deep:
        bands = [Image.fromarray(np.ascontiguousarray(band)) for band in _bands(pixels, by)]
        if by > 1:
            bands = [band.reduce(by) for band in bands]
        return Pixels(_joined(bands), (width, height))
    small = np.concatenate([_averaged(band, by) for band in _bands(pixels, by)])
    if small.ndim == 2:
        small = small[..., None]
    if small.shape[-1] in (2, 4):  # what is clear shows white
        alpha = small[..., -1:]
        small = small[..., :-1] * alpha + (1 - alpha)
    planes = [
        Image.fromarray(np.ascontiguousarray(small[..., c % small.shape[-1]])) for c in range(3)
    ]
    return Pixels(planes[0], (width, height), tuple(planes))


def _stored_rows(source: HeifFile) -> NDArray[Any]:
    """The pixels where libheif has them, H×W or H×W×C, without the bytes that fill up each row.

    The view that pillow-heif has of them counts those as pixels.
    """
    told = source.__array_interface__
    (width, height), channels = source.size, told["shape"][2:]
    value = np.dtype(told["typestr"])
    strides = (
        source.stride,
        value.itemsize * math.prod(channels),
        *[value.itemsize] * len(channels),
    )
    return np.ndarray((height, width, *channels), value, source.data, strides=strides)


def _bands(pixels: NDArray[Any], by: int) -> Iterator[NDArray[Any]]:
    step = _BAND // by * by or by
    for start in range(0, len(pixels), step):
        yield pixels[start : start + step]


def _averaged(band: NDArray[np.uint16], by: int) -> NDArray[np.float32]:
    """Means of squares, as floats in [0, 1]; the last ones of a row or column may be narrower."""
    rows = np.add.reduceat(band, np.arange(0, band.shape[0], by), axis=0, dtype=np.float32)
    sums = np.add.reduceat(rows, np.arange(0, band.shape[1], by), axis=1)
    high = np.diff(np.append(np.arange(0, band.shape[0], by), band.shape[0]))
    wide = np.diff(np.append(np.arange(0, band.shape[1], by), band.shape[1]))
    counts = (high[:, None] * wide).astype(np.float32) * 65535
    return np.asarray(sums / (counts if sums.ndim == 2 else counts[..., None]), np.float32)


def _joined(bands: list[Image.Image]) -> Image.Image:
    whole = Image.new(bands[0].mode, (bands[0].width, sum(band.height for band in bands)))
    top = 0
    for band in bands:
        whole.paste(band, (0, top))
        top += band.height
    return whole


def _grey16(image: Image.Image, wanted: tuple[int, int]) -> Image.Image:
    """Greyscale of 16 bits to 8, reduced on the way."""
    pixels = np.asarray(image)
    by = max(1, min(image.width // (2 * wanted[0]), image.height // (2 * wanted[1])))
    if pixels.dtype != np.uint16:
        pixels = np.clip(pixels, 0, 65535).astype(np.uint16)
    small = np.concatenate([_averaged(band, by) for band in _bands(pixels, by)])
    return Image.fromarray(np.asarray(small * 255 + 0.5, np.uint8))


def _continuous(image: Image.Image) -> Image.Image:
    """The image in a mode that can be resized: L, LA, RGB, RGBA or CMYK."""
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")
