"""What a photo's header says, whatever its format: one shape for all of them."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

import pylibjxl

from amena.engine.errors import PhotoError
from amena.engine.photo import tiff
from amena.engine.photo.boxes import DERIVED, Box, Items, read_items, sequence_size, top_boxes
from amena.engine.photo.colour import Colours
from amena.engine.photo.deep_jpeg import DeepJpeg, deep_jpeg
from amena.engine.photo.jpeg import read_jpeg
from amena.engine.photo.kinds import broken, is_video, rare, sniff, truncated
from amena.engine.photo.mini import read_mini
from amena.engine.photo.others import named
from amena.engine.photo.png import read_png

_HEVC, _AV1 = {b"hvc1", b"hev1"}, {b"av01"}
#: Types of items that are pictures, in a codec that no decoder here reads.
_OTHER_CODECS: Final = {
    b"avc1": "H.264",
    b"jpeg": "JPEG",
    b"j2k1": "JPEG 2000",
    b"unci": "uncompressed data",
    b"vvc1": "H.266",
    b"lhv1": "layered HEVC",
}
#: Bytes that a decoder takes for each pixel of the whole picture, its output included; measured.
_MEMORY: Final = {"HEIF": 7.1, "AVIF": 14.0, "WEBP": 16.0, "TIFF": 5.0, "GIF": 9.0, "BMP": 5.0,
                  "JXL": 20.0}  # fmt: skip
_HDR_MEMORY: Final = 14.0
#: Schemes that the decoder knows: CCITT, LZW, JPEG, Deflate, PackBits, LogLuv, LZMA, Zstandard.
_TIFF_COMPRESSIONS: Final = {1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32946, 34676, 34677, 34925,
                             50000}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a file says of its picture.

    Attributes:
        kind: of the file, as in `kinds.KINDS`.
        decoder: format of `picture`.
        picture: the file, or the picture in it, for that decoder.
        size: (width, height); of HEIF and AVIF before the container's own turn.
        memory: bytes that decoding the whole picture takes, roughly.
        orientation: where something else than EXIF tells it.
        colours, exif, xmp: metadata.
        complete_metadata: whether that is all there is, so that the decoder need not be asked.
        ignored: what was passed over.
        endless: the picture, where it has no end marker.
        deep: the picture, where it is a JPEG that Pillow does not decode.
    """

    kind: str
    decoder: str
    picture: bytes
    size: tuple[int, int]
    memory: int = 0
    orientation: int | None = None
    colours: Colours = Colours()  # noqa: RUF009  frozen
    exif: bytes | None = None
    xmp: tuple[bytes, ...] = ()
    complete_metadata: bool = False
    ignored: tuple[str, ...] = ()
    endless: bytes | None = None
    deep: DeepJpeg | None = None


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


def _plain(kind: str, data: bytes, size: tuple[int, int]) -> Header:
    return Header(kind, kind, data, size, int(_MEMORY[kind] * size[0] * size[1]))


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
    header = _plain("WEBP", data, (width, height))
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
    return _plain("GIF", data, (width, height))


def _bmp(data: bytes) -> Header:
    if len(data) < 26:
        raise truncated()
    if int.from_bytes(data[14:18], "little") == 12:
        return _plain("BMP", data, struct.unpack("<HH", data[18:22]))
    width, height = struct.unpack("<ii", data[18:26])
    return _plain("BMP", _of_few_colours(data), (abs(width), abs(height)))


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
    header = _plain("JXL", data, (found["width"], found["height"]))
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
    header = _plain("TIFF", tiff.first_page(data, found), size)
    # Pillow turns a TIFF while it decodes it, and says its size after that.
    if found.orientation >= 5:
        size = size[::-1]
    ignored = (*header.ignored, *(["pages"] if found.pages > 1 else []))
    return replace(header, size=size, orientation=1, ignored=ignored)


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


def _bmff(data: bytes) -> Header:
    if data[8:12] == b"crx ":
        return _raw(data)
    boxes = top_boxes(data)
    meta = next((box for box in boxes if box.kind == b"meta"), None)
    if meta is None:
        if any(box.kind == b"mini" for box in boxes):
            return _mini(data, next(box for box in boxes if box.kind == b"mini"))
        if any(box.kind == b"moov" for box in boxes):
            return _sequence(data, boxes)
        raise truncated() if boxes and boxes[-1].end > len(data) else broken()
    if meta.end > len(data):
        raise truncated()
    items = read_items(data, meta)
    if items.primary is None or items.primary not in items.kinds:
        if any(box.kind == b"moov" for box in boxes):
            return _sequence(data, boxes)
        raise broken()
    items.check()
    leaves = items.leaves(items.primary)
    kinds = {items.kinds.get(leaf, b"") for leaf in leaves}
    if kinds and kinds <= _HEVC:
        decoder = "HEIF"
    elif kinds and kinds <= _AV1:
        decoder = "AVIF"
    else:
        raise _unreadable_codec(kinds)
    ends = [at + length for leaf in leaves for at, length in items.extents.get(leaf, ())]
    if any(end > len(data) for end in ends):
        raise truncated()
    end = max([box.end for box in boxes if box.end <= len(data)] + ends)
    return _heif_header(decoder, data[:end], items, items.primary)


def _mini(data: bytes, box: Box) -> Header:
    if box.end > len(data):
        raise truncated()
    found = read_mini(data[box.start : box.end], data[12:16])
    if found.codec in _AV1:
        raise rare()  # libavif reads these only where it was built to
    if found.codec not in _HEVC:
        raise _unreadable_codec({found.codec})
    items = Items(
        kinds={1: found.codec},
        properties={1: [(b"ispe", struct.pack(">III", 0, found.width, found.height))]},
    )
    if found.colour is not None:
        colour = b"nclx" + struct.pack(">HHHB", *found.colour, 0, 0)
        items.properties[1].append((b"colr", colour))
    # However the box turns the picture, the decoder does so.
    return replace(_heif_header("HEIF", data[: box.end], items, 1), orientation=1)


def _sequence(data: bytes, boxes: list[Box]) -> Header:
    """An animated AVIF without a still picture, of which the first frame is taken.

    Raises:
        PhotoError: `is_video` for any other film, or `truncated`.
    """
    brands = data[8:12] + data[16 : int.from_bytes(data[:4], "big")][:400]
    movie = next(box for box in boxes if box.kind == b"moov")
    if b"avis" not in [brands[at : at + 4] for at in range(0, len(brands), 4)]:
        raise is_video(data)
    size = sequence_size(data, movie)
    if size is None:
        raise is_video(data)
    if boxes[-1].end > len(data):
        raise truncated()
    return replace(_plain("AVIF", data, size), ignored=("animation",))


def _heif_header(decoder: str, picture: bytes, items: Items, primary: int) -> Header:
    width, height = items.size(primary)
    code_points = items.colour(primary)
    colours = Colours(None, *code_points) if code_points else Colours()
    memory = _HDR_MEMORY if colours.hdr and decoder == "HEIF" else _MEMORY[decoder]
    # Where the container itself turns the picture, the decoder does so, and EXIF has no say.
    turned = items.turned(primary)
    return Header(
        decoder,
        decoder,
        picture,
        (width, height),
        int(memory * width * height),
        orientation=1 if turned and decoder == "HEIF" else None,
        colours=colours,
    )


def _unreadable_codec(kinds: set[bytes]) -> PhotoError:
    names = sorted(_OTHER_CODECS[kind] for kind in kinds if kind in _OTHER_CODECS)
    if not kinds or b"" in kinds or kinds & DERIVED:
        return broken()
    if not names:
        return rare()  # a codec, or a way to put pictures together, that is younger than this
    return PhotoError(
        f"This HEIF file holds its picture as {names[0]}, which we cannot read. Save it as JPEG.",
        code="heif_codec",
    )
