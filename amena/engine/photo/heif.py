"""Headers of HEIF and AVIF: which picture of the container is meant, in which codec, how large."""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Final

from amena.engine.errors import PhotoError
from amena.engine.photo.boxes import DERIVED, Box, Items, read_items, sequence_size, top_boxes
from amena.engine.photo.colour import Colours
from amena.engine.photo.header import MEMORY, Header, plain
from amena.engine.photo.kinds import broken, is_video, rare, truncated
from amena.engine.photo.mini import read_mini

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
#: Of each pixel in HDR, as `MEMORY` has it.
_HDR_MEMORY: Final = 14.0


def read_heif(data: bytes) -> Header:
    """Read it; no decoder runs.

    Raises:
        PhotoError: `heif_codec`, `is_video`, `rare_kind`, `bad_structure`, `truncated` or `broken`.
    """
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
    return replace(plain("AVIF", data, size), ignored=("animation",))


def _heif_header(decoder: str, picture: bytes, items: Items, primary: int) -> Header:
    width, height = items.size(primary)
    code_points = items.colour(primary)
    colours = Colours(None, *code_points) if code_points else Colours()
    memory = _HDR_MEMORY if colours.hdr and decoder == "HEIF" else MEMORY[decoder]
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
