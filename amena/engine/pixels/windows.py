"""Windows: the parts of a picture in which there is something to do.

An operation that looks a bounded number of pixels around gives the same bits in a window as in the
whole picture, if the window holds that many pixels more on all sides and begins on the lattice of
the operation's own grids (pyramids, halved pictures, groups of pixels that go through the processor
together).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar

import cv2
import numpy as np

from amena.engine.types import Box, Mask

#: Windows begin and end at multiples of this, or at the picture's end.
LATTICE = 64
#: Pixels of a strip: as many as a core's cache holds, with what is made of them.
_STRIP = 1 << 18

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Window:
    """A part of a picture and what has to be looked at for it.

    Attributes:
        inner: the part itself; those of different windows do not overlap.
        outer: the same with the halo, as far as the picture goes.
        within: the inner part as seen from the outer one.
    """

    inner: Box
    outer: Box
    within: Box


def windows(wanted: Mask, halo: int) -> Iterator[Window]:
    """Windows that together hold all that is wanted, with few pixels besides.

    Args:
        wanted: bool H×W.
        halo: pixels that the operation looks around.
    """
    cells = lattice_cells(wanted)
    if not cells.any():
        return
    margin = -(-halo // LATTICE)
    for top, bottom, left, right in _parts(cells, (0, cells.shape[0], 0, cells.shape[1]), margin):
        inner = _box((top, bottom, left, right), wanted.shape)
        outer = _box((top - margin, bottom + margin, left - margin, right + margin), wanted.shape)
        within = tuple(
            slice(part.start - whole.start, part.stop - whole.start)
            for part, whole in zip(inner, outer, strict=True)
        )
        yield Window(inner, outer, (within[0], within[1]))


def each_window(work: Callable[[Window], None], wanted: Mask, halo: int) -> None:
    """Do the work of every one of the `windows`, on all cores at once, at most four.

    Args:
        work: is given the windows in threads; it may write to their inner parts alone.
        wanted, halo: as for `windows`.

    Raises:
        Exception: whatever the work raises.
    """
    each_part(work, windows(wanted, halo))


def each_strip(work: Callable[[Box], None], shape: tuple[int, ...]) -> None:
    """Do the work of every strip of a picture, some rows with all their columns, as `each_window`
    does that of its windows. Strips begin at multiples of `LATTICE`.
    """
    height, width = shape[:2]
    each_part(work, strips(height, width))


def strips(height: int, width: int) -> list[Box]:
    """The strips of a picture, from the top."""
    rows = LATTICE * max(1, round(_STRIP / LATTICE / width))
    return [
        (slice(top, min(top + rows, height)), slice(0, width)) for top in range(0, height, rows)
    ]


def each_wanted(work: Callable[[Box], None], wanted: Mask, reach: int = 0) -> None:
    """Do the work of those parts of all strips that hold something wanted, or pixels within `reach`
    of that, as `each_window` does.

    For work that looks but a few pixels around: a halo of whole cells would cost more than it
    spares.
    """
    each_part(work, wanted_parts(wanted, reach))


def wanted_parts(wanted: Mask, reach: int = 0) -> list[Box]:
    """The parts of `each_wanted`; they begin and end as windows do, and do not overlap."""
    height, width = wanted.shape
    cells = lattice_cells(wanted)
    if reach:
        size = 2 * -(-reach // LATTICE) + 1
        cells = cv2.dilate(cells.view(np.uint8), np.ones((size, size), np.uint8)) > 0
    parts: list[Box] = []
    for rows, _ in strips(height, width):
        some = cells[rows.start // LATTICE : -(-rows.stop // LATTICE)].any(axis=0)
        ends = np.flatnonzero(np.diff(some.astype(np.int8), prepend=0, append=0))
        for first, last in ends.reshape(-1, 2).tolist():
            parts.append((rows, slice(first * LATTICE, min(last * LATTICE, width))))
    return parts


def around(part: Box, pixels: int, shape: tuple[int, ...]) -> tuple[Box, Box]:
    """The part with so many pixels more to all sides, as far as there are any; and the part as seen
    from there.
    """
    rows, cols = (
        slice(max(each.start - pixels, 0), min(each.stop + pixels, side))
        for each, side in zip(part, shape, strict=False)
    )
    top, left = part[0].start - rows.start, part[1].start - cols.start
    within = (
        slice(top, top + part[0].stop - part[0].start),
        slice(left, left + part[1].stop - part[1].start),
    )
    return (rows, cols), within


def lattice_cells(wanted: Mask) -> Mask:
    """Which cells of the lattice hold something wanted, bool h×w."""
    height, width = wanted.shape
    pixels = wanted.view(np.uint8)
    # Row for row, which `reduceat` takes fifty times as long for.
    columns = np.stack([pixels[top : top + LATTICE].max(0) for top in range(0, height, LATTICE)])
    return np.asarray(np.maximum.reduceat(columns, range(0, width, LATTICE), axis=1) > 0)


def each_part(work: Callable[[_Part], None], parts: Iterable[_Part]) -> None:
    """Do the work of all parts on all cores at once, at most four; it is given them in threads.

    The caller works, too, and waits for no helper that has not begun. So whoever works may have
    parts of their own done side by side, and helpers are shared without waiting in a circle.
    """
    # A helper that comes too late holds an empty list, and not the pictures that the work is about.
    left = deque(partial(work, part) for part in parts)
    threads = min(4, len(os.sched_getaffinity(0)), len(left))

    def go_on() -> None:
        while left:
            try:
                do_part = left.popleft()
            except IndexError:  # another has just taken the last
                return
            do_part()

    helping = [_helpers().submit(go_on) for _ in range(threads - 1)]
    try:
        go_on()
    finally:
        left.clear()
        begun = [each for each in helping if not each.cancel()]
        wait(begun)
    for each in begun:
        each.result()


@cache
def _helpers() -> ThreadPoolExecutor:
    """Threads that are kept: to start one takes as long as the work of many a part."""
    return ThreadPoolExecutor(len(os.sched_getaffinity(0)), thread_name_prefix="windows")


# A child process has none of its parent's threads.
os.register_at_fork(after_in_child=_helpers.cache_clear)


#: Top, bottom, left and right, in cells of the lattice.
_Cells = tuple[int, int, int, int]


def _parts(cells: Mask, part: _Cells, margin: int) -> list[_Cells]:
    """The part's cells that are wanted: in one piece, or in two halves if that is less to do."""
    top, _, left, _ = part
    rows, cols = np.nonzero(cells[top : part[1], left : part[3]])
    if not len(rows):
        return []
    top, bottom = top + int(rows.min()), top + int(rows.max()) + 1
    left, right = left + int(cols.min()), left + int(cols.max()) + 1
    whole = (top, bottom, left, right)
    if bottom - top >= right - left:
        middle = (top + bottom) // 2
        halves = (top, middle, left, right), (middle, bottom, left, right)
    else:
        middle = (left + right) // 2
        halves = (top, bottom, left, middle), (top, bottom, middle, right)
    if whole in halves:  # a single cell
        return [whole]
    pieces = [piece for half in halves for piece in _parts(cells, half, margin)]
    cost = sum(_cost(piece, margin, cells.shape) for piece in pieces)
    return pieces if cost < _cost(whole, margin, cells.shape) else [whole]


def _cost(part: _Cells, margin: int, shape: tuple[int, ...]) -> int:
    """Cells to look at for a part."""
    top, bottom, left, right = part
    rows = min(bottom + margin, shape[0]) - max(top - margin, 0)
    cols = min(right + margin, shape[1]) - max(left - margin, 0)
    return rows * cols


def _box(part: _Cells, shape: tuple[int, ...]) -> Box:
    top, bottom, left, right = (max(side, 0) * LATTICE for side in part)
    return slice(top, min(bottom, shape[0])), slice(left, min(right, shape[1]))
