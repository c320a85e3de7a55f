"""Boxes of ISO base media files (ISO/IEC 14496-12): what is added to files that libraries write."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Box(NamedTuple):
    """A box: its type, and where it starts, where its content does and where both end."""

    kind: bytes
    start: int
    content: int
    end: int


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of ISO base media (ISO/IEC 14496-12, 4.2): its size, type and content."""
    return struct.pack(">I4s", 8 + sum(map(len, parts)), kind) + b"".join(parts)


def full_box(kind: bytes, version: int, flags: int, *parts: bytes) -> bytes:
    """A box with a version and 24 bits of flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def boxes(data: bytes, start: int = 0, end: int | None = None) -> list[Box]:
    """The boxes that lie one after another in a part of `data`.

    Raises:
        ValueError: they do not fill it.
    """
    end = len(data) if end is None else end
    found = []
    while start < end:
        size, kind = struct.unpack_from(">I4s", data, start)
        content = start + 8
        if size == 1:
            size, content = struct.unpack_from(">Q", data, content)[0], content + 8
        if size < content - start or start + size > end:
            raise ValueError(f"The box {kind!r} is longer than what holds it.")
        found.append(Box(kind, start, content, start + size))
        start += size
    return found


def only(found: list[Box], kind: bytes) -> Box:
    """The first box of a type.

    Raises:
        ValueError: there is none.
    """
    for each in found:
        if each.kind == kind:
            return each
    raise ValueError(f"There is no box {kind!r}.")
