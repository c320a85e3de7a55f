"""The photo as a file: read, told apart by content, and checked by its header before decoding.

Nothing global in Pillow is changed and no opener is registered: the one plugin meant for a format
gets the bytes, so that Pillow's many other formats can never be reached.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif.as_plugin import HeifImageFile

from amena.engine.errors import PhotoError

#: Largest file.
MAX_BYTES: Final = 20 * 2**20
MAX_PIXELS: Final = 40_000_000
#: Below this the parallax is less than a pixel and there is nothing to see.
MIN_SIDE: Final = 64
#: Longest side over shortest. A longer strip would leave under 120 rows at the default size.
MAX_ASPECT: Final = 8
#: Passes that a progressive JPEG may make over its picture; encoders write up to a dozen. Each
#: takes time for every pixel, for a few bytes: without a limit a small file could take hours.
MAX_SCANS: Final = 50

_OPENERS: Final[dict[str, Callable[[BinaryIO], Image.Image]]] = {
    # Not Pillow's JPEG factory: that turns a phone's extra images (gain map, depth) into "frames".
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "HEIF": HeifImageFile,
}
_STILL_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"mif1"}
_SEQUENCE_BRANDS: Final = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"}

#: EXIF orientation → how to turn the stored picture upright.
_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG: Final = 0x0112
#: A JPEG's marker, as opposed to stuffed, padding and restart bytes, which have no content either.
_MARKER: Final = re.compile(rb"\xff[^\x00\x01\xd0-\xd7\xff]")
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9

# `catch_warnings` swaps process-wide state. Held while metadata is read, not while pixels are.
_warnings_lock = threading.RLock()


@dataclass(frozen=True)
class PhotoFile:
    """A photo whose header was read and found acceptable; its pixels are not decoded yet.

    Attributes:
        image: as stored, not yet turned upright. Its size shrinks when a JPEG is decoded reduced.
        upright_size: (width, height) in pixels, after orientation.
        kind: `JPEG`, `PNG`, `WEBP` or `HEIF`.
        orientation: EXIF orientation, 1–8.
    """

    image: Image.Image
    upright_size: tuple[int, int]
    kind: str
    orientation: int

    def turned_upright(self, image: Image.Image) -> Image.Image:
        """`image`, which is oriented as this file's, the right way up."""
        turn = _UPRIGHT.get(self.orientation)
        return image if turn is None else image.transpose(turn)


def read_photo(file: BinaryIO | Path) -> bytes:
    """All bytes of the file, at most `MAX_BYTES`; a binary file is rewound before and after.

    Raises:
        PhotoError: `unreadable`, `empty_file` or `too_large_file`.
    """
    if isinstance(file, Path):
        try:
            with file.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise PhotoError(f"Cannot open {file.name}: {reason}.", code="unreadable") from error
    else:
        file.seek(0)
        data = file.read(MAX_BYTES + 1)
        file.seek(0)
    if not data:
        raise PhotoError("The file is empty.", code="empty_file")
    if len(data) > MAX_BYTES:
        raise PhotoError(
            f"The file is larger than {MAX_BYTES // 2**20} MB: save the photo smaller.",
            code="too_large_file",
        )
    return data


def open_photo(data: bytes) -> PhotoFile:
    """Read the header and check what it says; no pixel is decoded.

    Raises:
        PhotoError: `unknown_format`, `animated`, `too_small`, `too_many_pixels`, `too_narrow`,
            `truncated` or `broken`.
    """
    image, kind = open_image(data)
    moving = kind != "HEIF" and getattr(image, "is_animated", False)
    if moving:
        raise _animated()
    check_size(*image.size)
    with decoder_errors(), no_warnings():
        orientation = _orientation(image, kind)
    upright_size = image.size[::-1] if orientation >= 5 else image.size
    return PhotoFile(image, upright_size, kind, orientation)


def open_image(data: bytes) -> tuple[Image.Image, str]:
    """The image, not yet decoded and of a bearable number of pixels, and its format by content.

    Raises:
        PhotoError: `unknown_format`, `animated`, `too_many_pixels`, `too_many_scans`, `truncated`
            or `broken`.
    """
    kind = _sniff(data)
    if len(data) < _stated_length(data, kind):
        raise _truncated()
    if kind == "JPEG" and _scans(data) > MAX_SCANS:
        raise PhotoError(
            "The JPEG is built up in far too many passes: export it again.", code="too_many_scans"
        )
    with decoder_errors(), no_warnings():
        image = _OPENERS[kind](io.BytesIO(data))
    _check_pixels(*image.size)
    return image, kind


def _sniff(data: bytes) -> str:
    if data[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        if data[8:12] in _STILL_BRANDS:
            return "HEIF"
        if data[8:12] in _SEQUENCE_BRANDS:
            raise _animated()
    raise PhotoError(
        "This is not a picture in a format we read: use JPEG, PNG, WebP or HEIC.",
        code="unknown_format",
    )


def _stated_length(data: bytes, kind: str) -> int:
    """Bytes the container says it has; 0 where it does not say."""
    if kind == "WEBP":
        return int.from_bytes(data[4:8], "little") + 8
    if kind != "HEIF":
        return 0
    end = 0
    while end + 8 <= len(data):
        length = int.from_bytes(data[end : end + 4], "big")
        if length == 1:  # a 64-bit length follows the type
            length = int.from_bytes(data[end + 8 : end + 16], "big")
        if length < 8:  # 0: to the end of the file; the rest is damage, which the decoder will name
            return end
        end += length
    return end


def _scans(data: bytes) -> int:
    """A JPEG's passes over its picture, as a decoder would meet them; counted up to the limit."""
    found, position = 0, 2
    while found <= MAX_SCANS and (marker := _MARKER.search(data, position)):
        kind, position = data[marker.start() + 1], marker.end()
        if kind == _END_OF_IMAGE:
            break
        found += kind == _START_OF_SCAN
        position += int.from_bytes(data[position : position + 2], "big")
    return found


def check_size(width: int, height: int) -> None:
    """Raise `PhotoError` unless a picture of this many pixels can be used."""
    _check_pixels(width, height)
    short, long = sorted((width, height))
    if short < MIN_SIDE:
        raise PhotoError(
            f"The photo is only {width}×{height} pixels: each side needs at least {MIN_SIDE}.",
            code="too_small",
        )
    if long > MAX_ASPECT * short:
        raise PhotoError(
            f"The photo is more than {MAX_ASPECT} times as long as it is wide: crop it first.",
            code="too_narrow",
        )


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()


def _orientation(image: Image.Image, kind: str) -> int:
    """EXIF orientation, 1–8."""
    if kind == "HEIF":
        return 1  # libheif has turned the picture already
    if kind == "PNG" and "exif" not in image.info:
        return 1  # Pillow would decode the whole picture in search of it
    value = image.getexif().get(_ORIENTATION_TAG, 1)
    return value if value in _UPRIGHT else 1


@contextmanager
def decoder_errors() -> Iterator[None]:
    """Turn whatever the decoders raise on bad content into a `PhotoError`."""
    try:
        yield
    except (PhotoError, MemoryError):
        raise
    except Image.DecompressionBombError as error:  # Pillow's own limit, above ours
        raise _too_many_pixels() from error
    except Exception as error:  # they raise nearly anything: struct.error, KeyError …
        if "truncated" in str(error).lower():
            raise _truncated() from error
        raise PhotoError(
            "The picture is damaged and cannot be decoded: export it again.", code="broken"
        ) from error


@contextmanager
def no_warnings() -> Iterator[None]:
    """Keep Pillow's warnings about odd metadata from the log; one thread at a time."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _animated() -> PhotoError:
    return PhotoError("The file is animated: save one frame as a photo.", code="animated")


def _too_many_pixels() -> PhotoError:
    return PhotoError(
        f"The picture has more than {MAX_PIXELS // 10**6} megapixels: save it smaller.",
        code="too_many_pixels",
    )


def _truncated() -> PhotoError:
    return PhotoError(
        "The picture is cut off before its end: upload or copy it again.", code="truncated"
    )
