"""Read a photo: checked, upright, in sRGB, at the size the engine works at.

Pillow and numpy only, so that the web process may check an upload with it.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image, ImageCms

from amena.engine.photo.embedded_depth import read_embedded_depth
from amena.engine.photo.file import (
    PhotoFile,
    check_size,
    decoder_errors,
    open_photo,
    read_photo,
)
from amena.engine.types import ByteImage, Disparity, FloatImage, Photo

_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class PhotoInfo:
    """What the header of an acceptable photo says.

    Attributes:
        format: by content: `JPEG`, `PNG`, `WEBP` or `HEIF`.
        width, height: pixels, after EXIF orientation.
    """

    format: str
    width: int
    height: int


def inspect(file: BinaryIO | Path) -> PhotoInfo:
    """Check a photo cheaply and say what it is.

    Format, size and animation come from the header. Then the file is checked to be whole, with
    bounded memory: JPEG is decoded at an eighth of its size, PNG by its checksums, WebP and HEIF
    by the lengths their containers state.

    Raises:
        PhotoError: with code `unreadable`, `empty_file`, `too_large_file`, `unknown_format`,
            `animated`, `too_small`, `too_many_pixels`, `too_narrow`, `truncated` or `broken`.
    """
    opened = open_photo(read_photo(file))
    with decoder_errors():
        if opened.kind == "JPEG":
            opened.image.draft(None, (1, 1))
            opened.image.load()
        elif opened.kind == "PNG":
            opened.image.verify()
    return PhotoInfo(opened.kind, *opened.upright_size)


def load(file: BinaryIO | Path, long_side: int, *, enlarge_to: int = 0) -> Photo:
    """Decode a photo for the engine.

    It is turned upright, brought to sRGB by its ICC profile, and reduced so that the longest side
    is at most `long_side`. Sides come out even, as H.264 wants, by cropping less than a pixel from
    each edge, not by stretching. Transparency is laid on white, which is what browsers, mail and
    printers show behind such pictures.

    Args:
        file: a path or a seekable binary file; read from its start.
        long_side: pixels, at least 2.
        enlarge_to: a photo whose longest side is shorter than this is enlarged to it (but not
            beyond `long_side`); by default none is.

    Raises:
        PhotoError: as `inspect`.
    """
    data = read_photo(file)
    opened = open_photo(data)
    rgb, fit = _upright_rgb(opened, min(long_side, max(enlarge_to, *opened.image.size)))
    depth = read_embedded_depth(data, opened.image)
    embedded = None if depth is None else Disparity(_aligned(depth, fit, opened), "embedded")
    return Photo(rgb, opened.upright_size, opened.kind, embedded)


def thumbnail(file: BinaryIO | Path, long_side: int) -> bytes:
    """A small upright sRGB JPEG of the photo, without any of its metadata.

    Raises:
        PhotoError: as `inspect`.
    """
    opened = open_photo(read_photo(file))
    rgb, _ = _upright_rgb(opened, min(long_side, max(opened.image.size)))
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _upright_rgb(opened: PhotoFile, long_side: int) -> tuple[ByteImage, _Fit]:
    fit = _fit(opened.image.size, long_side)
    with decoder_errors():
        rgb = opened.turned_upright(_reduced(opened.image, fit))
    return np.array(rgb, np.uint8), fit


def _aligned(depth: FloatImage, fit: _Fit, opened: PhotoFile) -> FloatImage:
    """Depth of the whole stored picture, cut, resized and turned as the picture was."""
    resized = fit.applied(Image.fromarray(depth), Image.Resampling.BILINEAR)
    return np.clip(np.array(opened.turned_upright(resized), np.float32), 0, 1)


@dataclass(frozen=True)
class _Fit:
    """How a picture is cut and reduced.

    Attributes:
        size: (width, height) afterwards, both even.
        box: (left, top, right, bottom) of the part that is kept, as shares of the picture.
    """

    size: tuple[int, int]
    box: tuple[float, float, float, float]

    def applied(self, image: Image.Image, resample: Image.Resampling) -> Image.Image:
        """The kept part of `image`, which shows the whole picture at any size, at `size`."""
        width, height = image.size
        left, top, right, bottom = self.box
        box = (left * width, top * height, right * width, bottom * height)
        return image.resize(self.size, resample, box, reducing_gap=3.0)


def _fit(size: tuple[int, int], long_side: int) -> _Fit:
    """Bring the longest side to `long_side` (or one pixel less, if that is odd)."""
    width, height = size
    if max(size) == long_side:  # whole pixels, so that nothing is resampled
        even = width // 2 * 2, height // 2 * 2
        return _Fit(even, (0.0, 0.0, even[0] / width, even[1] / height))
    long_side -= long_side % 2
    scale = long_side / max(size)
    # The tolerance keeps a side that comes out even but for rounding errors.
    even = 2 * int(width * scale / 2 + 1e-9), 2 * int(height * scale / 2 + 1e-9)
    left, top = (
        max(0.0, (1 - kept / (side * scale)) / 2) for kept, side in zip(even, size, strict=True)
    )
    return _Fit(even, (left, top, 1 - left, 1 - top))


def _reduced(image: Image.Image, fit: _Fit) -> Image.Image:
    """Decode, cut and reduce, then bring to sRGB (in this order: fewer pixels to convert)."""
    if image.format == "JPEG":
        # libjpeg reduces by 2, 4 or 8 while decoding: far quicker than a resize, and as good as
        # long as the resize still has a factor of 2 to do.
        image.draft(None, (2 * fit.size[0], 2 * fit.size[1]))
    image.load()
    if image.format == "HEIF":
        check_size(*image.size)  # libheif may find other dimensions than the header stated
    icc = image.info.get("icc_profile")
    image = fit.applied(_continuous(image), Image.Resampling.LANCZOS)
    if image.mode in ("LA", "RGBA"):
        image = _on_white(image)
    return _to_srgb(image, icc)


def _continuous(image: Image.Image) -> Image.Image:
    """The image in a mode that can be resized: L, LA, RGB, RGBA or CMYK, 8 bits a channel."""
    if image.mode.startswith("I"):  # greyscale of 16 bits
        wide = np.asarray(image).astype(np.int32, copy=False)
        return Image.fromarray(np.clip(wide >> 8, 0, 255).astype(np.uint8))
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("LA" if image.mode == "La" else "RGBA")
    return image if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK") else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    mode = image.mode[:-1]
    ground = Image.new(mode, image.size, "white")
    return Image.composite(image.convert(mode), ground, image.getchannel("A"))


def _to_srgb(image: Image.Image, icc: bytes | None) -> Image.Image:
    """RGB by the profile; one that is damaged or made for another kind of image is ignored."""
    if icc:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            converted = ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")
