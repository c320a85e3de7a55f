"""TIFF's directories (TIFF 6.0, and BigTIFF, whose places have 8 bytes), and the JPEG that cameras
put into raw files built like one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from amena.engine.errors import PhotoError
from amena.engine.photo.kinds import bad_structure, broken, truncated

_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4, 13: 4, 16: 8, 17: 8, 18: 8}
#: Types of whole numbers that are never below zero, and places.
_WHOLE: Final = {3, 4, 13, 16, 18}
_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _MAKE = 256, 257, 259, 262, 271
_STRIPS, _STRIP_ROWS, _STRIP_BYTES, _TILE_BYTES = 273, 278, 279, 325
_BITS, _SAMPLES, _PLANES, _SUBSAMPLING, _YCBCR, _JPEG = 258, 277, 284, 530, 6, {6, 7}
_ORIENTATION, _SUB_DIRECTORIES = 274, 330
_PREVIEW, _PREVIEW_BYTES, _PANASONIC_PREVIEW, _DNG_VERSION = 513, 514, 46, 50706
_COLOUR_FILTER, _LINEAR_RAW = 32803, 34892
_JPEG_COMPRESSIONS: Final = {6, 7, 34892}
_EXIF: Final = 34665
_KIND, _SMALLER_OR_MASK = 254, 0b101
_MAX_ENTRIES, _MAX_DIRECTORIES, _MAX_VALUES = 1000, 64, 4_000_000
_RAW_HEADS: Final = (b"IIRO", b"IIRS", b"MMOR", b"IIU\0")

#: First bytes of BigTIFF, with the two numbers that it always has.
BIG_HEADS: Final = (b"II\x2b\0", b"MM\0\x2b")

#: As `int.from_bytes` has it.
ByteOrder = Literal["little", "big"]


@dataclass(frozen=True)
class Directory:
    """One directory: tag → its values (whole numbers alone), and where the next one's place stands.

    `blobs` holds the place and length in bytes of every tag's values.
    """

    values: dict[int, tuple[int, ...]]
    blobs: dict[int, tuple[int, int]]
    next_at: int

    def one(self, tag: int, otherwise: int = 0) -> int:
        """A tag's first value."""
        return next(iter(self.values.get(tag, ())), otherwise)


@dataclass(frozen=True)
class Tiff:
    """A file's directories, the main one first, then all that are linked to it.

    A place takes `place` bytes. `pages` are pictures of their own, not smaller copies; `bad` are
    the places that are named as those of further ones, and hold none.
    """

    directories: tuple[Directory, ...]
    order: ByteOrder
    place: int = 4
    pages: int = 1
    bad: frozenset[int] = frozenset()

    @property
    def raw(self) -> bool:
        """Whether the main picture is what a sensor saw, not a picture yet."""
        first = self.directories[0]
        return _DNG_VERSION in first.values or any(
            each.one(_PHOTOMETRIC) in (_COLOUR_FILTER, _LINEAR_RAW) for each in self.directories
        )

    @property
    def orientation(self) -> int:
        """As the main directory says; 1 where it does not."""
        return self.directories[0].one(_ORIENTATION, 1)


def read_tiff(data: bytes) -> Tiff:
    """Read the directories.

    Raises:
        PhotoError: `broken` or `bad_structure`.
    """
    order: ByteOrder = "little" if data[:2] == b"II" else "big"
    place = 8 if data[:4] in BIG_HEADS else 4
    left, seen = [_number(data, place, place, order)], set()
    found: list[Directory] = []
    chain, pages, bad = left[0], 0, set[int]()
    while left:
        start = left.pop(0)
        if start in seen or not 0 < start < len(data):
            if not found:
                raise broken()
            continue
        seen.add(start)
        if len(seen) > _MAX_DIRECTORIES:
            break  # a book of many pages: the first one counts
        try:
            directory = _directory(data, start, order, place)
        except PhotoError:
            if not found:
                raise
            bad.add(start)
            continue  # metadata, or a further page: the picture is good without it
        found.append(directory)
        for tag in (_SUB_DIRECTORIES, _EXIF):
            left += directory.values.get(tag, ())[:_MAX_DIRECTORIES]
        following = _number(data, directory.next_at, place, order, otherwise=0)
        left.append(following)
        if start == chain:
            chain = following
            pages += not directory.one(_KIND) & _SMALLER_OR_MASK
    return Tiff(tuple(found), order, place, pages, frozenset(bad))


def first_page(data: bytes, tiff: Tiff) -> bytes:
    """The file with its first picture alone.

    Raises:
        PhotoError: `truncated`.
    """
    first = tiff.directories[0]
    for places, lengths in ((_STRIPS, _STRIP_BYTES), (324, _TILE_BYTES)):
        ends = zip(first.values.get(places, ()), first.values.get(lengths, ()), strict=False)
        if any(start + length > len(data) for start, length in ends):
            raise truncated()
    at = first.next_at
    data = data[:at] + bytes(tiff.place) + data[at + tiff.place :]
    if first.one(_EXIF) in tiff.bad:  # it gets an empty one, at the end
        place, _ = first.blobs[_EXIF]
        end = len(data).to_bytes(tiff.place, tiff.order)
        data = data[:place] + end + data[place + tiff.place :] + bytes(16)
    return _with_strips_of_sense(data, first, tiff.order)


def _with_strips_of_sense(data: bytes, first: Directory, order: ByteOrder) -> bytes:
    """The file with as many rows to a strip as its strips hold, where it says more than there are
    rows and yet has several strips: programs go by their lengths, decoders by that number.
    """
    height, strips = first.one(_HEIGHT), first.values.get(_STRIPS, ())
    length = first.one(_STRIP_BYTES)
    bits = sum(first.values.get(_BITS, (1,))) if first.one(_PLANES, 1) == 1 else first.one(_BITS, 1)
    if len(first.values.get(_BITS, ())) == 1:
        bits *= first.one(_SAMPLES, 1) if first.one(_PLANES, 1) == 1 else 1
    row = (first.one(_WIDTH) * bits + 7) // 8
    planes = first.one(_SAMPLES, 1) if first.one(_PLANES, 1) == 2 else 1
    plain = first.one(_COMPRESSION, 1) == 1
    if not plain or not row or len(strips) <= planes or first.one(_STRIP_ROWS, height) < height:
        return data
    place, size = first.blobs.get(_STRIP_ROWS, (0, 0))
    if size not in (2, 4, 8) or not 0 < length // row < height:
        return data
    return data[:place] + (length // row).to_bytes(size, order) + data[place + size :]


def is_odd_ycbcr(first: Directory) -> bool:
    """Whether its pixels are YCbCr in a way that no decoder here puts together: in planes, or of
    reduced chroma without a JPEG that says so.
    """
    if first.one(_PHOTOMETRIC) != _YCBCR or first.one(_COMPRESSION, 1) in _JPEG:
        return False
    reduced = first.values.get(_SUBSAMPLING, (2, 2)) != (1, 1)
    return first.one(_PLANES, 1) == 2 or (reduced and first.one(_COMPRESSION, 1) == 1)


def previews(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The JPEG pictures in a raw file, each with the file's orientation; largest in bytes first.

    They lie where TIFF's directories say (DNG, CR2, NEF, ARW, ORF, RW2, PEF, SRW), at the place in
    the head of a RAF, or as the first data of a CR3.
    """
    places: list[tuple[int, int]] = []
    orientation = 1
    if data[:15] == b"FUJIFILMCCD-RAW":
        places = [(int.from_bytes(data[84:88], "big"), int.from_bytes(data[88:92], "big"))]
    elif data[4:8] == b"ftyp":
        start = data.find(b"\xff\xd8\xff", data.find(b"mdat"))
        places = [(start, len(data) - start)] if start > 0 else []
    else:
        tiff = read_tiff(data)
        orientation = tiff.orientation
        for each in tiff.directories:
            places += zip(
                each.values.get(_PREVIEW, ()), each.values.get(_PREVIEW_BYTES, ()), strict=False
            )
            if _PANASONIC_PREVIEW in each.blobs:
                places.append(each.blobs[_PANASONIC_PREVIEW])
            if each.one(_COMPRESSION) in _JPEG_COMPRESSIONS and len(each.values[_COMPRESSION]) == 1:
                strips, lengths = each.values.get(_STRIPS, ()), each.values.get(_STRIP_BYTES, ())
                if len(strips) == len(lengths) == 1:
                    places.append((strips[0], lengths[0]))
    for start, length in sorted(places, key=lambda place: -place[1]):
        picture = data[start : start + length]
        if picture[:3] == b"\xff\xd8\xff":
            yield picture, orientation


def is_raw_head(data: bytes) -> bool:
    """Whether the first bytes are those of a raw file, built like a TIFF but for them."""
    return data[:4] in _RAW_HEADS or data[8:10] == b"CR"


def _directory(data: bytes, start: int, order: ByteOrder, place: int) -> Directory:
    head, length = (8, 20) if place == 8 else (2, 12)
    count = _number(data, start, head, order)
    if count > _MAX_ENTRIES:
        raise bad_structure("a directory without end")
    values: dict[int, tuple[int, ...]] = {}
    blobs: dict[int, tuple[int, int]] = {}
    total = 0
    for index in range(count):
        at = start + head + length * index
        tag, kind = _number(data, at, 2, order), _number(data, at + 2, 2, order)
        number = _number(data, at + 4, place, order)
        size = _SIZES.get(kind, 0)
        if not size:
            continue
        first = at + 4 + place
        if size * number > place:
            first = _number(data, first, place, order)
        if first + size * number > len(data):
            continue
        blobs[tag] = (first, size * number)
        if kind in _WHOLE and tag not in values:
            total += number
            if total > _MAX_VALUES:
                raise bad_structure("values without end")
            content = data[first : first + size * number]
            values[tag] = tuple(
                int.from_bytes(content[i : i + size], order) for i in range(0, len(content), size)
            )
    return Directory(values, blobs, start + head + length * count)


def _number(data: bytes, at: int, size: int, order: ByteOrder, otherwise: int | None = None) -> int:
    if at + size > len(data):
        if otherwise is None:
            raise broken()
        return otherwise
    return int.from_bytes(data[at : at + size], order)
