"""A HEIC as telephones store it: many coded tiles that a grid puts together."""

from __future__ import annotations

import struct

from PIL import Image

from amena.engine.photo.boxes import read_items, top_boxes
from tests.engine.samples import encoded_heif


def tiled_heic(tile: Image.Image, rows: int, columns: int) -> bytes:
    """A grid (ISO/IEC 23008-12, 6.6.2.3.2) of as many tiles, all of which show the same.

    Args:
        tile: RGB, sides of multiples of 64 pixels.
        rows, columns: of tiles.
    """
    settings, coded = _coded(tile)
    width, height = tile.width * columns, tile.height * rows
    grid, tiles = 1, range(2, rows * columns + 2)
    layout = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    kinds = [b"grid", *[b"hvc1"] * len(tiles)]
    infos = b"".join(
        _box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + kind + b"\0")
        for number, kind in enumerate(kinds, 1)
    )
    parts = struct.pack(f">HH{len(tiles)}H", grid, len(tiles), *tiles)
    properties = (
        _box(b"ispe", struct.pack(">III", 0, width, height))
        + _box(b"ispe", struct.pack(">III", 0, *tile.size))
        + _box(b"hvcC", settings)
    )
    linked = struct.pack(">HBB", grid, 1, 1) + b"".join(
        struct.pack(">HBBB", each, 2, 2, 0x80 | 3) for each in tiles
    )

    def file(start: int) -> bytes:
        """With data that begins at `start`."""
        places = struct.pack(">HHHII", grid, 0, 1, start, len(layout)) + b"".join(
            struct.pack(">HHHII", each, 0, 1, start + len(layout), len(coded)) for each in tiles
        )
        meta = (
            _box(b"hdlr", bytes(8) + b"pict" + bytes(13))
            + _box(b"pitm", struct.pack(">IH", 0, grid))
            + _box(b"iloc", struct.pack(">IHH", 0, 0x4400, len(kinds)) + places)
            + _box(b"iinf", struct.pack(">IH", 0, len(kinds)) + infos)
            + _box(b"iref", bytes(4) + _box(b"dimg", parts))
            + _box(
                b"iprp",
                _box(b"ipco", properties)
                + _box(b"ipma", struct.pack(">II", 0, len(kinds)) + linked),
            )
        )
        kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
        return kind + _box(b"meta", bytes(4) + meta) + _box(b"mdat", layout + coded)

    return file(len(file(0)) - len(layout) - len(coded))


def _coded(tile: Image.Image) -> tuple[bytes, bytes]:
    """The decoder's settings (`hvcC`) and the coded picture."""
    data = encoded_heif(tile)
    items = read_items(data, next(box for box in top_boxes(data) if box.kind == b"meta"))
    assert items.primary is not None
    settings = dict(items.properties[items.primary])[b"hvcC"]
    return settings, b"".join(data[at : at + size] for at, size in items.extents[items.primary])


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + kind + body
