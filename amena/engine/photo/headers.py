"""The header of a file, read by the format that its bytes tell; HEIF and AVIF have `heif`."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Final

import pylibjxl

from amena.engine.errors import PhotoError
from amena.engine.photo import tiff
from amena.engine.photo.colour import Colours
from amena.engine.photo.deep_jpeg import deep_jpeg
from amena.engine.photo.header import Header, plain
from amena.engine.photo.heif import read_heif
from amena.engine.photo.jpeg import read_jpeg
from amena.engine.photo.kinds import broken, rare, sniff, truncated
from amena.engine.photo.others import named
from amena.engine.photo.png import read_png

#: Schemes that the decoder knows: CCITT, LZW, JPEG, Deflate, PackBits, LogLuv, LZMA, Zstandard.
_TIFF_COMPRESSIONS: Final = {1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34676, 34677, 34925,
                             50000}  # fmt: skip


def read_header(data: bytes) -> Header:
    """Read it; no decoder runs.

    Raises:
        PhotoError: `unknown_format` or the name of what the file is, `too_many_scans`,
            `bad_structure`, `truncated` or `broken`.
    """
    readers = {
        "JPEG": _jpeg,
        "PNG": _png,
        "WEBP": _webp,
        "TIFF": _tiff,
        "RAW": _raw,
        "GIF": _gif,
        "BMP": _bmp,
        "JXL": _jxl,
        "BMFF": _bmff,
    }
    return readers[sniff(data)](data)


def _jpeg(data: bytes) -> Header:
    found = read_jpeg(data)
    size = found.width, found.height
    # Passes are gathered as 16-bit coefficients; a picture of one pass goes by in rows.
    memory = 2 * found.samples if found.progressive or found.passes > 1 else 0
    deep = deep_jpeg(found) if found.lossless or found.bits != 8 else None
    if deep is not None:
        memory += deep.memory
    return Header(
        "JPEG",
        "JPEG",
        found.picture,
        size,
        int(memory * size[0] * size[1]),
        colours=Colours(icc=found.profile),
        exif=found.exif,
        xmp=tuple(found.xmp()),
        complete_metadata=True,
        endless=None if found.complete else found.picture,
        deep=deep,
    )


def _png(data: bytes) -> Header:
    found = read_png(data)
    size = found.width, found.height
    if found.cicp:
        colours = Colours(None, *found.cicp)
    elif found.icc or found.srgb:
        colours = Colours(found.icc)
    else:
        power = found.gamma
        if power is not None and (not 0.05 < power < 5 or abs(power - 1 / 2.2) < 0.01):
            power = None  # nonsense, or as good as sRGB
        colours = Colours(primaries=_other_than_srgb(found.chromaticities), power=power)
    # Pillow keeps four bytes for a pixel of colour; a palette is looked up into four more.
    memory = {0: 3, 2: 4, 3: 5, 4: 5, 6: 4}.get(found.colour, 8)
    if b"tRNS" in found.picture[: 2**16]:
        memory += 4
    return Header(
        "PNG",
        "PNG",
        found.picture,
        size,
        memory * size[0] * size[1],
        colours=colours,
        exif=found.exif,
        xmp=(found.xmp,) if found.xmp else (),
        complete_metadata=True,
        ignored=tuple(found.ignored),
    )


def _other_than_srgb(points: tuple[float, ...] | None) -> tuple[float, ...] | None:
    srgb = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
    if points is None or all(abs(a - b) < 2e-3 for a, b in zip(points, srgb, strict=True)):
        return None
    return points


def _webp(data: bytes) -> Header:
    """Google's container of VP8 or VP8L: the size stands in the first chunk, of three kinds."""
    if len(data) < int.from_bytes(data[4:8], "little") + 8:
        raise truncated()
    kind, body = data[12:16], data[20:50]
    animated = False
    if len(body) < 10:
        raise truncated()
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(body[at : at + 3], "little") for at in (4, 7))
        animated = bool(body[0] & 2)
    elif kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    elif kind == b"VP8 ":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", body[6:10]))
    else:
        raise broken()
    header = plain("WEBP", data, (width, height))
    return replace(header, ignored=("animation",)) if animated else header


def _gif(data: bytes) -> Header:
    """The size is that of the screen, or what the first frame takes where that is larger."""
    if len(data) < 13:
        raise truncated()
    width, height, packed = struct.unpack("<HHB", data[6:11])
    at = 13 + (3 << (packed & 7) + 1 if packed & 0x80 else 0)
    while data[at : at + 1] == b"!":  # extensions before the first frame
        at += 2
        while at < len(data) and data[at]:
            at += 1 + data[at]
        at += 1
    if data[at : at + 1] == b"," and at + 9 <= len(data):
        left, top, wide, high = struct.unpack("<HHHH", data[at + 1 : at + 9])
        width, height = max(width, left + wide), max(height, top + high)
    return plain("GIF", data, (width, height))


def _bmp(data: bytes) -> Header:
    if len(data) < 26:
        raise truncated()
    if int.from_bytes(data[14:18], "little") == 12:
        return plain("BMP", data, struct.unpack("<HH", data[18:22]))
    width, height = struct.unpack("<ii", data[18:26])
    return plain("BMP", _of_few_colours(data), (abs(width), abs(height)))


def _of_few_colours(data: bytes) -> bytes:
    """The BMP without more colours in its palette than its pixels can name: they stand behind the
    others, and the head says where the pixels begin.
    """
    bits, colours = (
        int.from_bytes(data[at : at + 2 * n], "little") for at, n in ((28, 1), (46, 2))
    )
    if bits in (1, 2, 4, 8) and colours > 1 << bits and len(data) >= 54:
        return data[:46] + (1 << bits).to_bytes(4, "little") + data[50:]
    return data


def _jxl(data: bytes) -> Header:
    try:
        found = pylibjxl.probe(data)
    except (RuntimeError, ValueError) as error:
        raise broken() from error
    header = plain("JXL", data, (found["width"], found["height"]))
    # The decoder turns the picture itself, as the code stream says; EXIF has no say.
    header = replace(header, orientation=1)
    return replace(header, ignored=("animation",)) if found.get("have_animation") else header


def _tiff(data: bytes) -> Header:
    if tiff.is_raw_head(data):
        return _raw(data)
    found = tiff.read_tiff(data)
    if found.raw:
        return _raw(data)
    first = found.directories[0]
    unknown = data[:4] == b"MM\0+"  # Pillow knows BigTIFF in the other order of bytes alone
    if unknown or first.one(259, 1) not in _TIFF_COMPRESSIONS or tiff.is_odd_ycbcr(first):
        raise rare()
    size = first.one(256), first.one(257)
    header = plain("TIFF", tiff.first_page(data, found), size)
    # Pillow turns a TIFF while it decodes it, and says its size after that.
    if found.orientation >= 5:
        size = size[::-1]
    ignored = (*header.ignored, *(["pages"] if found.pages > 1 else []))
    return replace(header, size=size, orientation=1, ignored=ignored)


def _bmff(data: bytes) -> Header:
    return _raw(data) if data[8:12] == b"crx " else read_heif(data)


def _raw(data: bytes) -> Header:
    for picture, orientation in tiff.previews(data):
        try:
            header = _jpeg(picture)
        except PhotoError:
            continue
        # A sensor's data is lossless JPEG in many cameras.
        if header.deep is None and min(header.size) >= 480:
            turned = orientation if orientation != 1 else None
            return replace(header, kind="RAW", orientation=turned)
    raise named("raw_without_preview")
