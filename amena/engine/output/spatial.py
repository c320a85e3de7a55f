"""A spatial photo: two views in one HEIC file, as Apple Vision Pro and Meta Quest show it.

libheif codes the two pictures; what says that they are the eyes of one place is added here: the
entity group `ster` (ISO/IEC 23008-12, stereo pair) and for each picture the camera's intrinsic and
extrinsic matrices (`cmin`, `cmex`), which Apple asks for (“Creating spatial photos and videos with
spatial metadata”).
"""

from __future__ import annotations

import io
import math
import struct
from pathlib import Path
from typing import Final

import pillow_heif
from PIL import Image

from amena.engine.colour_space import profile_of
from amena.engine.output.isobmff import Box, box, boxes, full_box, only
from amena.engine.types import SRGB, ByteImage, ColourSpace

_QUALITY: Final = 88
#: Horizontal field of view that headsets are told, in degrees, and the distance of human eyes in
#: micrometres. A photo alone tells neither; these show it at a natural size.
_FIELD, _BASELINE = 63.4, 64_000
#: Bits after the binary point in a `cmin`.
_POINT: Final = 16


def write_spatial(left: ByteImage, right: ByteImage, path: Path, space: ColourSpace = SRGB) -> None:
    """Write a stereo pair as one HEIC; programs that know no pairs show the left view.

    Args:
        left, right: uint8 H×W×3 of the same size.
        path: file to write.
        space: theirs.
    """
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(_told(left, space))
    heif.add_from_pillow(_told(right, space))
    heif.save(out, quality=_QUALITY, primary_index=0)
    path.write_bytes(paired(out.getvalue(), left.shape[1], left.shape[0]))


def _told(view: ByteImage, space: ColourSpace) -> Image.Image:
    image = Image.fromarray(view)
    profile = profile_of(space)
    if profile is not None:
        image.info["icc_profile"] = profile
    return image


def paired(data: bytes, width: int, height: int) -> bytes:
    """A HEIC of two pictures, with the boxes that make them a stereo pair.

    Args:
        data: the file, its first picture the left eye's.
        width, height: of each picture.
    """
    top = boxes(data)
    meta = only(top, b"meta")
    parts = boxes(data, meta.content + 4, meta.end)
    left = struct.unpack_from(">H", data, only(parts, b"pitm").content + 4)[0]
    coded = [item for item, kind in _items(data, only(parts, b"iinf")) if kind == b"hvc1"]
    right = next(item for item in coded if item != left)
    intrinsic = _intrinsic(width, height)
    extrinsic = [full_box(b"cmex", 0, 1, struct.pack(">i", x)) for x in (0, _BASELINE)]
    group = full_box(b"ster", 0, 0, struct.pack(">IIII", _unused(left, right), 2, left, right))
    pieces = []
    for part in parts:
        piece = data[part.start : part.end]
        if part.kind == b"iprp":
            added: dict[int, tuple[bytes, ...]] = {
                left: (intrinsic, extrinsic[0]),
                right: (intrinsic, extrinsic[1]),
            }
            piece = _with_properties(data, part, added)
        pieces.append(piece)
    pieces.append(box(b"grpl", group))
    grown = sum(map(len, pieces)) - (meta.end - meta.content - 4)
    location = next(index for index, part in enumerate(parts) if part.kind == b"iloc")
    pieces[location] = _moved(pieces[location], meta.end, grown)
    rebuilt = box(b"meta", data[meta.content : meta.content + 4], *pieces)
    return data[: meta.start] + rebuilt + data[meta.end :]


def _unused(*items: int) -> int:
    """A group's number: groups and items share one range."""
    return max(items) + 1000


def _intrinsic(width: int, height: int) -> bytes:
    focal = 0.5 / math.tan(math.radians(_FIELD / 2))  # in widths of the picture
    values = (round(value * 2**_POINT) for value in (focal, 0.5, 0.5, focal * width / height))
    flags = 1 | _POINT << 8
    return full_box(b"cmin", 0, flags, struct.pack(">4ii", *values, 0))


def _items(data: bytes, info: Box) -> list[tuple[int, bytes]]:
    """Number and type of each item of an `iinf`."""
    version = data[info.content]
    start = info.content + (6 if version == 0 else 8)
    found = []
    for entry in boxes(data, start, info.end):
        wide = data[entry.content] == 3  # the version: numbers of 32 bits
        number = struct.unpack_from(">I" if wide else ">H", data, entry.content + 4)[0]
        kind = entry.content + (10 if wide else 8)
        found.append((number, data[kind : kind + 4]))
    return found


def _with_properties(data: bytes, iprp: Box, added: dict[int, tuple[bytes, ...]]) -> bytes:
    """The item properties with further ones, which are not essential to show the pictures."""
    parts = boxes(data, iprp.content, iprp.end)
    store, links = only(parts, b"ipco"), only(parts, b"ipma")
    known = len(boxes(data, store.content, store.end))
    properties = data[store.content : store.end]
    numbers: dict[int, list[int]] = {}
    for item, more in added.items():
        numbers[item] = list(range(known + 1, known + 1 + len(more)))
        known += len(more)
        properties += b"".join(more)
    version = data[links.content]
    wide = data[links.content + 3] & 1
    number, link = ">H" if version == 0 else ">I", ">H" if wide else ">B"
    at = links.content + 4
    count = struct.unpack_from(">I", data, at)[0]
    entries = struct.pack(">I", count)
    at += 4
    for _ in range(count):
        item = struct.unpack_from(number, data, at)[0]
        at += struct.calcsize(number)
        size = data[at]
        old = data[at + 1 : at + 1 + size * struct.calcsize(link)]
        at += 1 + len(old)
        new = numbers.get(item, [])
        entries += struct.pack(number, item) + bytes([size + len(new)]) + old
        entries += b"".join(struct.pack(link, each) for each in new)
    head = data[links.content : links.content + 4]
    return box(b"iprp", box(b"ipco", properties), box(b"ipma", head, entries))


def _moved(iloc: bytes, behind: int, by: int) -> bytes:
    """An `iloc` whose extents behind a place in the file lie `by` bytes farther on."""
    data = bytearray(iloc)
    version = data[8]
    offset_size, length_size = data[12] >> 4, data[12] & 15
    base_size, index_size = data[13] >> 4, data[13] & 15 if version else 0
    at = 14
    count = struct.unpack_from(">H" if version < 2 else ">I", data, at)[0]
    at += 2 if version < 2 else 4

    def move(where: int, size: int) -> bool:
        value = int.from_bytes(data[where : where + size], "big")
        if value < behind:
            return False
        data[where : where + size] = (value + by).to_bytes(size, "big")
        return True

    for _ in range(count):
        at += 2 if version < 2 else 4
        method = 0
        if version:
            method = data[at + 1] & 15
            at += 2
        at += 2
        based = method == 0 and move(at, base_size)
        at += base_size
        extents = struct.unpack_from(">H", data, at)[0]
        at += 2
        for _ in range(extents):
            at += index_size
            if method == 0 and not based:
                move(at, offset_size)
            at += offset_size + length_size
    return bytes(data)
