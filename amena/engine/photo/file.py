"""The photo as a file: read, told apart by content, and checked by its header before decoding.

Nothing global in Pillow is changed and no opener is registered: the one decoder meant for a format
gets the bytes, so that Pillow's many other formats can never be reached. Size and structure come
from readers of our own (`jpeg`, `png`, `boxes`, `tiff`), since some decoders take memory for the
whole picture as soon as they open a file.
"""

from __future__ import annotations

import io
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Final

from PIL import Image, ImageCms
from PIL.AvifImagePlugin import AvifImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif import HeifFile, open_heif
from pylibjxl.pillow_plugin import JxlImageFile

from amena.engine.errors import PhotoError
from amena.engine.photo.colour import Colours
from amena.engine.photo.deep_jpeg import DeepJpeg
from amena.engine.photo.header import Header
from amena.engine.photo.headers import read_header
from amena.engine.photo.kinds import broken, rare, truncated
from amena.engine.photo.limits import (
    BOMB_PIXELS,
    BOMB_RATIO,
    DECODE_MEMORY,
    MAX_ASPECT,
    MAX_BYTES,
    MAX_METADATA,
    MAX_PIXELS,
    MIN_SIDE,
)

_OPENERS: Final[dict[str, Callable[[BinaryIO], Image.Image]]] = {
    # Not Pillow's JPEG factory: that turns a phone's extra images (gain map, depth) into "frames".
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WEBP": WebPImageFile,
    "AVIF": AvifImageFile,
    "TIFF": TiffImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
    "JXL": JxlImageFile,
}

#: EXIF orientation → how to turn the stored picture upright.
UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION_TAG: Final = 0x0112
#: What decoders say of a picture that others may read. libavif parses as strictly as the standard.
_RARE: Final = re.compile(
    "^unsupported|^unknown pixel mode|^unknown data organi|bmff parsing failed|tone mapped image|"
    "not implemented|invalid image grid"
)
#: What libheif says where memory is used up: of its own buffers, and of what its decoder asks for;
#: it says nearly the same of what a damaged file asks for.
_NO_MEMORY: Final = re.compile(r"memory allocation error(?!: security)|unexpected c\+\+ exception")

Source = Image.Image | HeifFile | DeepJpeg

# `catch_warnings` swaps process-wide state. Held while metadata is read, not while pixels are.
_warnings_lock = threading.RLock()


@dataclass(frozen=True)
class PhotoFile:
    """A photo whose header was read and found acceptable; its pixels are not decoded yet.

    Attributes:
        source: as stored, not yet turned upright: a HEIF file, a JPEG that Pillow does not decode,
            or an image of Pillow's, whose size shrinks when a JPEG is decoded reduced.
        size: (width, height) in pixels, as stored.
        upright_size: the same after orientation.
        kind: a key of `kinds.KINDS`; the format of the file, also where the picture in it is of
            another one.
        orientation: EXIF orientation, 1–8.
        colours: how the colours are described.
        xmp: packets and segments of XMP, for `xmp.xmp_trees`.
        memory: bytes that decoding the whole picture takes, roughly.
        ignored: metadata that was passed over, since it is damaged or huge.
    """

    source: Source
    size: tuple[int, int]
    kind: str
    orientation: int = 1
    colours: Colours = field(default_factory=Colours)
    xmp: tuple[bytes, ...] = ()
    memory: int = 0
    ignored: tuple[str, ...] = ()
    #: A JPEG without an end marker: it may be whole all the same, which decoding tells.
    endless: bytes | None = None

    @property
    def upright_size(self) -> tuple[int, int]:
        """(width, height) in pixels, after orientation."""
        return self.size[::-1] if self.orientation >= 5 else self.size

    def turned_upright(self, image: Image.Image) -> Image.Image:
        """`image`, which is oriented as this file's, the right way up."""
        turn = UPRIGHT.get(self.orientation)
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
            f"The file is larger than {MAX_BYTES // 2**20} MB. Save the photo smaller.",
            code="too_large_file",
        )
    return data


def open_photo(data: bytes) -> PhotoFile:
    """Read the header and check what it says; no pixel is decoded.

    Raises:
        PhotoError: as `open_image`, and `too_small` or `too_narrow`.
    """
    opened = open_image(data)
    check_size(*opened.size)
    return opened


def open_image(data: bytes, most: int = MAX_PIXELS) -> PhotoFile:
    """The picture, not yet decoded and of a bearable number of pixels.

    Args:
        data: the whole file.
        most: pixels that it may have.

    Raises:
        PhotoError: `unknown_format` or the name of what it is, `too_many_pixels`, `too_heavy`,
            `too_many_scans`, `bad_structure`, `truncated` or `broken`.
    """
    with decoder_errors(), no_warnings():
        header = read_header(data)
        _check_pixels(header, len(data), most)
        source = _opened(header)
        ignored = set(header.ignored)
        if isinstance(source, GifImageFile) and source.is_animated:
            ignored.add("animation")
        info: dict[Any, Any] = source.info
        colours, exif = header.colours, header.exif
        if not header.complete_metadata:  # the decoder knows
            colours = replace(colours, icc=colours.icc or info.get("icc_profile"))
            exif = exif or info.get("exif")
        if colours.icc and not _is_profile(colours.icc):
            colours = replace(colours, icc=None)
            ignored.add("ICC")
        orientation = header.orientation or _orientation(exif, ignored)
        xmp = header.xmp or tuple(filter(None, (info.get("xmp"),)))
    return PhotoFile(
        source,
        source.size,
        header.kind,
        orientation if orientation in UPRIGHT else 1,
        colours,
        xmp,
        header.memory,
        tuple(sorted(ignored)),
        header.endless,
    )


def _opened(header: Header) -> Source:
    if header.deep is not None:
        return header.deep
    file = io.BytesIO(header.picture)
    if header.decoder == "HEIF":
        hdr = header.colours.hdr
        return open_heif(file, convert_hdr_to_8bit=not hdr, hdr_to_16bit=True, remove_stride=False)
    image = _OPENERS[header.decoder](file)
    if image.width * image.height > header.size[0] * header.size[1]:
        raise broken()  # it would take more than was checked
    return image


def check_size(width: int, height: int) -> None:
    """Raise `PhotoError` unless a picture of this many pixels can be used."""
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()
    short, long = sorted((width, height))
    if short < MIN_SIDE:
        raise PhotoError(
            f"The photo is only {width}×{height} pixels. Each side needs at least {MIN_SIDE}.",
            code="too_small",
        )
    if long > MAX_ASPECT * short:
        raise PhotoError(
            f"The photo is more than {MAX_ASPECT} times as long as it is wide. Crop it first.",
            code="too_narrow",
        )


def _check_pixels(header: Header, length: int, most: int) -> None:
    pixels = header.size[0] * header.size[1]
    if pixels > most:
        raise _too_many_pixels(most)
    if pixels > BOMB_PIXELS and pixels > BOMB_RATIO * length:
        raise truncated()
    if header.memory > DECODE_MEMORY:
        raise PhotoError(
            "A picture of this many pixels can be read from a JPEG, PNG or HEIC alone. Save it as "
            "JPEG, or smaller.",
            code="too_heavy",
        )


def _is_profile(icc: bytes) -> bool:
    if len(icc) > MAX_METADATA:
        return False
    try:
        ImageCms.ImageCmsProfile(io.BytesIO(icc))
    except (ImageCms.PyCMSError, OSError, ValueError):
        return False
    return True


def _orientation(exif: bytes | None, ignored: set[str]) -> int:
    """EXIF orientation, 1–8."""
    if not exif:
        return 1
    found = Image.Exif()
    try:
        if len(exif) > MAX_METADATA:
            raise ValueError("it is huge")
        found.load(exif)
        value = found.get(_ORIENTATION_TAG, 1)
    except Exception:  # noqa: BLE001  struct.error, SyntaxError, KeyError …
        ignored.add("EXIF")
        return 1
    return value if value in UPRIGHT else 1


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
        said = str(error).lower()
        if _NO_MEMORY.search(said):
            raise MemoryError from error
        if "truncated" in said:
            raise truncated() from error
        raise (rare() if _RARE.search(said) else broken()) from error


@contextmanager
def no_warnings() -> Iterator[None]:
    """Keep Pillow's warnings about odd metadata from the log; one thread at a time."""
    with _warnings_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _too_many_pixels(most: int = MAX_PIXELS) -> PhotoError:
    return PhotoError(
        f"The picture has more than {most // 10**6} megapixels. Save it smaller.",
        code="too_many_pixels",
    )
