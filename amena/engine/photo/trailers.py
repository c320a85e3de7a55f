"""Depth that phones put behind the picture, in layouts of their own.

- Samsung: a trailer of named blocks, listed by a directory at its end (`SEFH` … `SEFT`), as
  ExifTool describes it. The map is `DualShot_DepthMap_…`, its size stands in `DualShot_Extra_Info`.
- Huawei and Honor: a block `edof`, as read by the extractors for these phones.

Both hold one byte a pixel, 0 = nearest. Nothing is read beyond the file, and nothing is looped over
more often than the file has room for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.photo.limits import MAX_DEPTH_PIXELS
from amena.engine.types import FloatImage

_DIRECTORY, _END = b"SEFH", b"SEFT"
_HEAD, _ENTRY, _MOST_BLOCKS = 12, 12, 1000
_MAP, _ABOUT = b"DualShot_DepthMap_", b"DualShot_Extra_Info"
#: What stands before the map's width and height, at a multiple of 4 bytes.
_SIZE_FOLLOWS: Final = re.compile(rb"[\x01-\x09]\x00\xff\xff", re.DOTALL)

_EDOF: Final = b"edof"
#: Places in a block of Huawei's, from its name on.
_TURN, _SIZE, _PIXELS = 11, 20, 72


def samsung_depth(data: bytes) -> FloatImage | None:
    """The map in Samsung's trailer, oriented as the stored picture; None where there is none.

    Returns:
        float32 H×W in [0, 1], 1 = nearest.

    Raises:
        ValueError: the trailer or the map is malformed.
    """
    blocks = dict(_blocks(data))
    stored = next((blocks[name] for name in sorted(blocks) if name.startswith(_MAP)), None)
    if stored is None:
        return None
    for found in _SIZE_FOLLOWS.finditer(blocks.get(_ABOUT, b"")):
        width, height = (_number(found.string, found.end() + at) for at in (0, 4))
        if found.end() % 4 == 0 and 0 < width * height == len(stored):
            return _disparity(stored, width, height)
    raise ValueError("the size of its depth map is not told")


def _blocks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each block; other programs may have put something behind the trailer."""
    end = data.rfind(_END)
    if end < _HEAD:
        return
    start = end - 4 - _number(data, end - 4)
    if start < 0 or not data.startswith(_DIRECTORY, start):
        return
    count = _number(data, start + 8)
    if count > min(_MOST_BLOCKS, (end - start) // _ENTRY):
        raise ValueError("its trailer has more blocks than room")
    for entry in range(start + _HEAD, start + _HEAD + count * _ENTRY, _ENTRY):
        # Places are counted back from the directory.
        back, length = _number(data, entry + 4), _number(data, entry + 8)
        if not 8 <= length <= back <= start:
            raise ValueError("its trailer names a place that is none")
        block = data[start - back : start - back + length]
        name_end = 8 + _number(block, 4)
        if name_end <= length:
            yield block[8:name_end], block[name_end:]


def huawei_depth(data: bytes, start: int) -> FloatImage | None:
    """The map in Huawei's block behind `start`, upright; None where there is none.

    Returns:
        float32 H×W in [0, 1], 1 = nearest.

    Raises:
        ValueError: the block is cut off.
    """
    at = data.rfind(_EDOF, start)
    if at < 0 or len(data) < at + _PIXELS:
        return None
    width, height = (int.from_bytes(data[at + _SIZE + k : at + _SIZE + k + 2], "little")
                     for k in (0, 2))  # fmt: skip
    stored = data[at + _PIXELS : at + _PIXELS + width * height]
    if not width * height or len(stored) < width * height:
        raise ValueError("its depth map is cut off")
    turns = data[at + _TURN] & 3  # quarters, counter-clockwise
    return np.ascontiguousarray(np.rot90(_disparity(stored, width, height), turns))


def _disparity(stored: bytes, width: int, height: int) -> FloatImage:
    if width * height > MAX_DEPTH_PIXELS:
        raise ValueError("it is too large")
    values: NDArray[np.uint8] = np.frombuffer(stored, np.uint8).reshape(height, width)
    return np.asarray(1 - values / np.float32(255), np.float32)


def _number(data: bytes, at: int) -> int:
    if at < 0 or at + 4 > len(data):
        raise ValueError("its trailer is cut off")
    return int.from_bytes(data[at : at + 4], "little")
