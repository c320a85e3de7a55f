"""Read a photo: checked, upright, in a known colour space, at the size the engine works at.

Pillow, its like and numpy only, so that the web process may check an upload with it.
"""

from __future__ import annotations

import io
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.photo.colour import Colours, best_space, in_space
from amena.engine.photo.embedded_depth import read_embedded_depth
from amena.engine.photo.file import (
    UPRIGHT,
    PhotoFile,
    check_size,
    decoder_errors,
    open_photo,
    read_photo,
)
from amena.engine.photo.limits import THUMBNAIL_MEMORY
from amena.engine.photo.matte import read_matte
from amena.engine.photo.panorama import is_spherical
from amena.engine.photo.pixels import Pixels, decoded, stored_thumbnail
from amena.engine.photo.second_eye import (
    Halves,
    OtherPicture,
    find_second_eye,
    stored_part,
)
from amena.engine.types import (
    SRGB,
    ByteImage,
    ColourSpace,
    Disparity,
    FloatImage,
    Photo,
    SecondEye,
)

logger = logging.getLogger(__name__)

#: Degrees clockwise → the EXIF orientation that asks for them.
_TURNS: Final = {90: 6, 180: 3, 270: 8}
#: Of thumbnails, so that several uploads at once take the memory of one.
_one_at_a_time = threading.Lock()
#: What stands for a picture that takes too much to decode for a thumbnail.
_BLANK: Final = (128, 128, 128)


@dataclass(frozen=True)
class PhotoInfo:
    """What the header of an acceptable photo says.

    Attributes:
        format: by content, a key of `kinds.KINDS`.
        width, height: pixels, after EXIF orientation.
    """

    format: str
    width: int
    height: int


def inspect(file: BinaryIO | Path) -> PhotoInfo:
    """Check a photo cheaply and say what it is.

    Everything comes from the header and the structure; no pixel is decoded. Damage inside the
    picture's data shows when it is decoded, by `thumbnail` or `load`.

    Raises:
        PhotoError: with code `unreadable`, `empty_file`, `too_large_file`, `unknown_format` or the
            name of what it is, `too_small`, `too_many_pixels`, `too_heavy`, `too_narrow`,
            `too_many_scans`, `bad_structure`, `truncated` or `broken`.
    """
    opened = open_photo(read_photo(file))
    return PhotoInfo(opened.kind, *opened.upright_size)


def load(
    file: BinaryIO | Path,
    long_side: int,
    *,
    enlarge_to: int = 0,
    rotate: int = 0,
    stereo: str = "auto",
) -> Photo:
    """Decode a photo for the engine.

    It is turned upright, brought to sRGB as its profile or its tags say (or to Display P3, where
    enough of it lies beyond sRGB to be noticed), and reduced so that the longest side is at most
    `long_side`. Sides come out even, as H.264 wants, by cropping less than
    a pixel from each edge, not by stretching. Transparency is laid on white, which is what
    browsers, mail and printers show behind such pictures. Of an animation the first frame is taken.

    Args:
        file: a path or a seekable binary file; read from its start.
        long_side: pixels, at least 2.
        enlarge_to: a photo whose longest side is shorter than this is enlarged to it (but not
            beyond `long_side`); by default none is.
        rotate: degrees by which to turn it clockwise after that: 0, 90, 180 or 270.
        stereo: where a second view is, one of `options.STEREO`.

    Raises:
        PhotoError: as `inspect`.
    """
    data = read_photo(file)
    opened = open_photo(data)
    eye = find_second_eye(data, opened, stereo)
    halves = eye if isinstance(eye, Halves) else None
    size = _size_of_view(opened, halves)
    fit = _fit(size, min(long_side, max(enlarge_to, *size)))
    ignored = (*opened.ignored, *(["projection"] if is_spherical(opened) else []))
    size = size[::-1] if (opened.orientation >= 5) != (rotate in (90, 270)) else size

    def finished(image: Image.Image) -> ByteImage:
        return np.array(_turned(opened.turned_upright(image), rotate), np.uint8)

    second = None
    if halves is not None:
        parts = [stored_part(opened, part) for part in (halves.left, halves.right)]
        with decoder_errors():
            views, space = _reduced(opened, [fit.within(part) for part in parts], None)
            rgb, right = map(finished, views)
        second = SecondEye(right, rotate // 90)
        return Photo(rgb, size, opened.kind, None, second, ignored, colour_space=space)
    with decoder_errors():
        (image,), space = _reduced(opened, [fit], None)
        rgb = finished(image)
    matte = read_matte(data, opened)
    if matte is not None:
        matte = _aligned(matte, fit, opened, rotate)
    depth = read_embedded_depth(data, opened)
    if depth is not None:
        values = _aligned(depth.values, fit, opened, rotate)
        embedded = Disparity(values, "embedded", black=depth.black)
        return Photo(rgb, size, opened.kind, embedded, None, ignored, matte, space)
    if isinstance(eye, OtherPicture):
        try:
            with decoder_errors():
                (image,), _ = _reduced(eye.opened, [fit], space)
            second = SecondEye(finished(image), (eye.turn + rotate // 90) % 4)
        except PhotoError as error:  # the photo is good without it
            logger.info("A second view was ignored: %s", error.__cause__ or error.message)
    return Photo(rgb, size, opened.kind, None, second, ignored, matte, space)


def _size_of_view(opened: PhotoFile, halves: Halves | None) -> tuple[int, int]:
    """(width, height) of one eye's view, as stored."""
    if halves is None:
        return opened.size
    left, top, right, bottom = stored_part(opened, halves.left)
    across, down = halves.stretch if opened.orientation < 5 else halves.stretch[::-1]
    size = (
        int((right - left) * opened.size[0] * across),
        int((bottom - top) * opened.size[1] * down),
    )
    check_size(*size)
    return size


def thumbnail(file: BinaryIO | Path, long_side: int) -> bytes:
    """A small upright sRGB JPEG of the photo, without any of its metadata.

    It takes at most `THUMBNAIL_MEMORY`, one at a time in a process; of a picture that would take
    more, the thumbnail that a HEIC holds is taken, or a grey one of its shape.

    Raises:
        PhotoError: as `inspect`.
    """
    opened = open_photo(read_photo(file))
    long_side = min(long_side, max(opened.size))
    fit = _fit(opened.size, long_side)
    with _one_at_a_time, decoder_errors():
        if opened.memory <= THUMBNAIL_MEMORY:
            (stored,), _ = _reduced(opened, [fit], SRGB)
        else:
            stored = _stored(opened, fit) or Image.new("RGB", fit.size, _BLANK)
        small = opened.turned_upright(stored)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _stored(opened: PhotoFile, fit: _Fit) -> Image.Image | None:
    try:
        pixels = stored_thumbnail(opened)
    except Exception as error:  # noqa: BLE001  decoders raise nearly anything
        logger.info("A stored thumbnail was ignored: %s", error)
        return None
    return in_space(*_fitted(pixels, fit, opened)) if pixels else None


def _turned(image: Image.Image, rotate: int) -> Image.Image:
    return image.transpose(UPRIGHT[_TURNS[rotate]]) if rotate else image


def _aligned(depth: FloatImage, fit: _Fit, opened: PhotoFile, rotate: int) -> FloatImage:
    """Depth or matte of the whole stored picture, cut, resized and turned as the picture was."""
    resized = fit.applied(Image.fromarray(depth), Image.Resampling.BILINEAR)
    upright = _turned(opened.turned_upright(resized), rotate)
    return np.clip(np.array(upright, np.float32), 0, 1)


@dataclass(frozen=True)
class _Fit:
    """How a picture is cut and reduced.

    Attributes:
        size: (width, height) afterwards, both even.
        box: (left, top, right, bottom) of the part that is kept, as shares of the picture.
    """

    size: tuple[int, int]
    box: tuple[float, float, float, float]

    @property
    def whole(self) -> tuple[int, int]:
        """(width, height) that the whole picture would have."""
        left, top, right, bottom = self.box
        return round(self.size[0] / (right - left)), round(self.size[1] / (bottom - top))

    def within(self, part: tuple[float, float, float, float]) -> _Fit:
        """The same for a part of the picture, as shares of it."""
        left, top, right, bottom = part
        wide, high = right - left, bottom - top
        box = self.box
        return _Fit(
            self.size,
            (left + box[0] * wide, top + box[1] * high,
             left + box[2] * wide, top + box[3] * high),
        )  # fmt: skip

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


def _reduced(
    opened: PhotoFile, fits: list[_Fit], space: ColourSpace | None
) -> tuple[list[Image.Image], ColourSpace]:
    """Decode, cut and reduce, then bring to a colour space (fewer pixels are to convert so).

    Args:
        opened: the photo.
        fits: the parts that are wanted.
        space: theirs; None: whichever suits the first one.
    """
    pixels = decoded(opened, fits[0].whole)
    check_size(*pixels.original_size)  # a decoder may find other dimensions than the header stated
    fitted = [_fitted(pixels, fit, opened) for fit in fits]
    space = space or best_space(*fitted[0])
    return [in_space(*each, space) for each in fitted], space


def _fitted(
    pixels: Pixels, fit: _Fit, opened: PhotoFile
) -> tuple[Image.Image | FloatImage, Colours]:
    """Cut and reduced pixels as they are coded, and how to read them."""
    if pixels.deep is not None:
        planes = [fit.applied(each, Image.Resampling.LANCZOS) for each in pixels.deep]
        encoded = np.stack([np.asarray(each) for each in planes], axis=-1).clip(0, 1)
        return encoded, opened.colours
    image = fit.applied(pixels.image, Image.Resampling.LANCZOS)
    if image.mode in ("LA", "RGBA"):
        image = _on_white(image)
    icc = opened.colours.icc or pixels.icc
    return image, replace(opened.colours, icc=icc)


def _on_white(image: Image.Image) -> Image.Image:
    mode = image.mode[:-1]
    ground = Image.new(mode, image.size, "white")
    return Image.composite(image.convert(mode), ground, image.getchannel("A"))
