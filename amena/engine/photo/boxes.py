"""Boxes of ISO base media files (ISO/IEC 14496-12), and the items of HEIF in them (23008-12).

Read is what tells, before any decoder runs, which decoder can open the picture, whether its data
is there, and whether its derivation (rotations, grids, overlays, one from another) is one that a
camera or an editor makes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from amena.engine.photo.kinds import bad_structure, broken
from amena.engine.photo.limits import MAX_PIXELS

_MAX_BOXES, _MAX_ITEMS, _MAX_REFERENCES = 20_000, 20_000, 100_000
_MAX_DEPTH, _MAX_TRANSFORMS = 6, 8
#: Pixels that may be moved to make one picture, in pictures of the largest size.
_MAX_WORK: Final = 6
DERIVED: Final = {b"grid", b"iovl", b"iden", b"tmap"}
_TRANSFORMS: Final = {b"irot", b"imir", b"clap"}
_TURNS: Final = {b"irot", b"imir"}


class Box(NamedTuple):
    """A box's type, and where its content lies; `end` may be beyond the file's."""

    kind: bytes
    start: int
    end: int


@dataclass
class Items:
    """The items of a `meta` box.

    Attributes:
        primary: the picture's id, or None.
        kinds: id → type.
        parts: id → the ids that it is derived from, in order.
        properties: id → (type, content) of its properties.
        extents: id → (offset, length) in the file.
        pairs: (left, right) ids of stereo pairs.
    """

    primary: int | None = None
    kinds: dict[int, bytes] = field(default_factory=dict)
    parts: dict[int, list[int]] = field(default_factory=dict)
    properties: dict[int, list[tuple[bytes, bytes]]] = field(default_factory=dict)
    extents: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    pairs: list[tuple[int, int]] = field(default_factory=list)

    def leaves(self, item: int) -> list[int]:
        """The coded pictures that an item is made of, each once, first ones first."""
        found: dict[int, None] = {}
        left, seen = [item], set()
        while left:
            each = left.pop()
            if each in seen:
                continue
            seen.add(each)
            if self.kinds.get(each) in DERIVED:
                left += reversed(self.parts.get(each, []))
            else:
                found[each] = None
        return list(found)

    def size(self, item: int) -> tuple[int, int]:
        """(width, height) before it is turned; (0, 0) where it is not said."""
        for kind, body in self.properties.get(item, ()):
            if kind == b"ispe" and len(body) >= 12:
                width, height = struct.unpack(">II", body[4:12])
                return width, height
        return 0, 0

    def turned(self, item: int) -> bool:
        """Whether the container itself says how to turn the item, or any that it copies."""
        while True:
            if any(kind in _TURNS for kind, _ in self.properties.get(item, ())):
                return True
            if self.kinds.get(item) != b"iden" or not self.parts.get(item):
                return False
            item = self.parts[item][0]

    def colour(self, item: int) -> tuple[int, int] | None:
        """Primaries and transfer (ITU-T H.273) of an item, or of its first part."""
        for each in (item, *self.leaves(item)[:1]):
            for kind, body in self.properties.get(each, ()):
                if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 10:
                    primaries, transfer = struct.unpack(">HH", body[4:8])
                    return primaries, transfer
        return None

    def check(self) -> None:
        """Refuse derivations deeper or costlier than any camera's or editor's.

        Raises:
            PhotoError: `bad_structure`.
        """
        known: dict[int, int] = {}
        for item in self.kinds:
            if self._work(item, known, 0) > _MAX_WORK * MAX_PIXELS:
                raise bad_structure("too much work for one picture")

    def _work(self, item: int, known: dict[int, int], depth: int) -> int:
        """Pixels that are made on the way to an item's."""
        if item in known:
            return known[item]
        transforms = sum(kind in _TRANSFORMS for kind, _ in self.properties.get(item, ()))
        if depth > _MAX_DEPTH or transforms > _MAX_TRANSFORMS:
            raise bad_structure("derived too often")
        width, height = self.size(item)
        work = width * height * (1 + transforms)
        if self.kinds.get(item) in DERIVED:
            parts = self.parts.get(item, [])
            work += sum(self._work(part, known, depth + 1) for part in parts)
        known[item] = work
        return work


def top_boxes(data: bytes) -> list[Box]:
    """The boxes of a file, up to what is none: cameras put their own data behind the last box."""
    return _boxes(data, 0, len(data), beyond={b"mdat", b"meta", b"mini", b"moov", b"ftyp"})


def _boxes(data: bytes, start: int, end: int, beyond: set[bytes] | None = None) -> list[Box]:
    """The boxes between two offsets; one that goes beyond them is the last, or left out."""
    found: list[Box] = []
    while start + 8 <= end:
        length, kind, head = (
            int.from_bytes(data[start : start + 4], "big"),
            data[start + 4 : start + 8],
            8,
        )
        if length == 1:  # a 64-bit length follows the type
            length, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        elif length == 0:
            length = end - start
        if length < head or not all(32 <= each < 127 or each == 0xA9 for each in kind):
            break
        if start + length > end and kind not in (beyond or ()):
            break
        found.append(Box(kind, start + head, start + length))
        if len(found) > _MAX_BOXES:
            raise bad_structure("boxes without end")
        start += length
    return found


def sequence_size(data: bytes, movie: Box) -> tuple[int, int] | None:
    """(width, height) of the first track of AV1 frames in a `moov` box; None without any."""
    for track in _boxes(data, movie.start, min(movie.end, len(data))):
        inner: Box | None = track if track.kind == b"trak" else None
        for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
            if inner is not None:
                found = _boxes(data, inner.start, inner.end)
                inner = next((box for box in found if box.kind == kind), None)
        if inner is None:
            continue
        for entry in _boxes(data, inner.start + 8, inner.end):
            if entry.kind == b"av01" and entry.start + 28 <= entry.end:
                width, height = struct.unpack(">HH", data[entry.start + 24 : entry.start + 28])
                return width, height
    return None


def read_items(data: bytes, meta: Box) -> Items:
    """The items of a `meta` box.

    Raises:
        PhotoError: `broken` or `bad_structure`.
    """
    items = Items()
    readers = {
        b"pitm": _pitm,
        b"iinf": _iinf,
        b"iref": _iref,
        b"iprp": _iprp,
        b"iloc": _iloc,
        b"grpl": _grpl,
    }
    try:
        for box in _boxes(data, meta.start + 4, min(meta.end, len(data))):
            if box.kind in readers:
                readers[box.kind](items, data[box.start : box.end])
    except (struct.error, IndexError) as error:
        raise broken() from error
    return items


def with_primary(data: bytes, meta: Box, item: int) -> bytes:
    """The file with another item as its picture."""
    box = next(each for each in _boxes(data, meta.start + 4, meta.end) if each.kind == b"pitm")
    start = box.start + 4
    return data[:start] + item.to_bytes(4 if data[box.start] else 2, "big") + data[box.end :]


def _number(body: bytes, at: int, size: int) -> int:
    if at + size > len(body):
        raise IndexError
    return int.from_bytes(body[at : at + size], "big")


def _pitm(items: Items, body: bytes) -> None:
    items.primary = _number(body, 4, 4 if body[0] else 2)


def _iinf(items: Items, body: bytes) -> None:
    for box in _boxes(body, 8 if body[0] else 6, len(body)):
        entry = body[box.start : box.end]
        if box.kind == b"infe" and entry[:1] >= b"\2":
            size = 4 if entry[0] > 2 else 2
            items.kinds[_number(entry, 4, size)] = entry[6 + size : 10 + size]
    if len(items.kinds) > _MAX_ITEMS:
        raise bad_structure("items without end")


def _iref(items: Items, body: bytes) -> None:
    size, total = (4 if body[0] else 2), 0
    for box in _boxes(body, 4, len(body)):
        entry = body[box.start : box.end]
        count = _number(entry, size, 2)
        total += count
        if total > _MAX_REFERENCES:
            raise bad_structure("references without end")
        if box.kind == b"dimg":
            start = size + 2
            parts = [_number(entry, start + size * each, size) for each in range(count)]
            items.parts.setdefault(_number(entry, 0, size), []).extend(parts)


def _grpl(items: Items, body: bytes) -> None:
    """Of the groups of entities, stereo pairs alone: group's number, how many, left, right."""
    for box in _boxes(body, 0, len(body)):
        if box.kind == b"ster" and _number(body, box.start + 8, 4) == 2:
            left, right = (_number(body, box.start + at, 4) for at in (12, 16))
            items.pairs.append((left, right))


def _iprp(items: Items, body: bytes) -> None:
    properties: list[tuple[bytes, bytes]] = []
    for box in _boxes(body, 0, len(body)):
        content = body[box.start : box.end]
        if box.kind == b"ipco":
            inner = _boxes(content, 0, len(content))
            properties += [(each.kind, content[each.start : each.end]) for each in inner]
        elif box.kind == b"ipma":
            _ipma(items, content, properties)


def _ipma(items: Items, body: bytes, properties: list[tuple[bytes, bytes]]) -> None:
    id_size, index_size = (4 if body[0] else 2), (2 if body[3] & 1 else 1)
    at, total = 8, 0
    for _ in range(_number(body, 4, 4)):
        item, count = _number(body, at, id_size), _number(body, at + id_size, 1)
        at += id_size + 1
        total += count
        if total > _MAX_REFERENCES:
            raise bad_structure("properties without end")
        for _ in range(count):
            index = _number(body, at, index_size) & (0x7FFF if index_size == 2 else 0x7F)
            at += index_size
            if 0 < index <= len(properties):
                items.properties.setdefault(item, []).append(properties[index - 1])


def _iloc(items: Items, body: bytes) -> None:
    version = body[0]
    offset_size, length_size, base_size = body[4] >> 4, body[4] & 15, body[5] >> 4
    index_size = body[5] & 15 if version else 0
    id_size = 4 if version == 2 else 2
    at, total = 6 + id_size, 0
    for _ in range(_number(body, 6, id_size)):
        item = _number(body, at, id_size)
        at += id_size
        method = _number(body, at, 2) & 15 if version else 0
        at += 4 if version else 2
        base = _number(body, at, base_size)
        at += base_size
        count = _number(body, at, 2)
        at += 2
        total += count
        if total > _MAX_REFERENCES:
            raise bad_structure("extents without end")
        for _ in range(count):
            at += index_size
            offset, length = (
                _number(body, at, offset_size),
                _number(body, at + offset_size, length_size),
            )
            at += offset_size + length_size
            if method == 0:
                items.extents.setdefault(item, []).append((base + offset, length))
