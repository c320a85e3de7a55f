"""Windows: the parts of a picture in which there is something to do.

An operation that looks a bounded number of pixels around gives the same bits in a window as in the
whole picture, if the window holds that many pixels more on all sides and begins on the lattice of
the operation's own grids (pyramids, halved pictures, groups of pixels that go through the processor
together).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from amena.engine.types import Box, Mask

#: Windows begin and end at multiples of this, or at the picture's end.
LATTICE = 64


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
    starts = [range(0, side, LATTICE) for side in wanted.shape]
    cells = np.logical_or.reduceat(np.logical_or.reduceat(wanted, starts[0]), starts[1], axis=1)
    if not cells.any():
        return
    margin = -(-halo // LATTICE)
    for top, bottom, left, right in _parts(cells, (0, cells.shape[0], 0, cells.shape[1]), margin):
        inner = _box((top, bottom, left, right), wanted.shape)
        around = (top - margin, bottom + margin, left - margin, right + margin)
        outer = _box(around, wanted.shape)
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
    threads = min(4, len(os.sched_getaffinity(0)))
    with ThreadPoolExecutor(threads, thread_name_prefix="windows") as pool:
        for _ in pool.map(work, windows(wanted, halo)):
            pass


#: Top, bottom, left and right, in cells of the lattice.
_Part = tuple[int, int, int, int]


def _parts(cells: Mask, part: _Part, margin: int) -> list[_Part]:
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


def _cost(part: _Part, margin: int, shape: tuple[int, ...]) -> int:
    """Cells to look at for a part."""
    top, bottom, left, right = part
    rows = min(bottom + margin, shape[0]) - max(top - margin, 0)
    cols = min(right + margin, shape[1]) - max(left - margin, 0)
    return rows * cols


def _box(part: _Part, shape: tuple[int, ...]) -> Box:
    top, bottom, left, right = (max(side, 0) * LATTICE for side in part)
    return slice(top, min(bottom, shape[0])), slice(left, min(right, shape[1]))
