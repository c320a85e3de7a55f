"""A low surface over a picture that falls off with a given slope."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.pixels.windows import around, each_part, strips
from amena.engine.types import Box, FloatImage, Mask

#: Pixels a side of the blocks of which it is known whether a step has raised them, and blocks that
#: are looked at together, one below the other.
_BLOCK, _BLOCKS_DOWN = 16, 8
#: Pixels of a picture from which on that is worth the trouble, and the share of its blocks up to
#: which it is: noise raises all of them.
_LARGE, _MOST = 4_000_000, 0.5


def upper_envelope(values: FloatImage, slope: float) -> FloatImage:
    """A surface over `values` that falls off with `slope` from whatever is higher.

    The Lipschitz envelope E(p) = max over q of v(q) − slope·‖p − q‖, with the chessboard norm: a
    grey dilation by a cone, composed of sparse dilations of doubling size. Along rows, columns and
    diagonals it is that; in between the composed cone falls by up to half as much again, in creases
    that are steeper than `slope`. Equal to `values` except below the slope of something higher.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between neighbours.

    >>> upper_envelope(np.float32([[0, 0, 0.5, 0, 0]]), 0.25).tolist()
    [[0.0, 0.25, 0.5, 0.25, 0.0]]
    """
    # A fall as deep as all heights raises nothing.
    depth = float(np.ptp(values))
    surface, spare, raised, step = values, None, None, 1
    ours, large = False, values.size > _LARGE
    # Of large pictures each array counts: what nobody else holds is let go once it is raised.
    del values
    while step * slope < depth and step < max(surface.shape):
        if raised is None:
            parts = strips(*surface.shape)
            out = np.empty_like(surface) if spare is None else spare
        else:
            parts, out = _near(raised, step, surface.shape), surface
        raised = (
            np.zeros([-(-side // _BLOCK) for side in surface.shape], np.bool_) if large else None
        )
        _raise(surface, step, np.float32(step * slope), parts, out, raised)
        spare = surface if ours and not large else None
        surface, ours = out, True
        if raised is not None and raised.mean() > _MOST:
            raised, large = None, False
        step *= 2
    return surface


def _near(raised: Mask, step: int, shape: tuple[int, ...]) -> list[Box]:
    """The parts of a picture that a step may raise, by the blocks that the step before, half as
    long, has raised.

    Where that one has raised neither a pixel nor the one that is a step away nor the one half-way,
    the first is no lower than the half-way one less a half of the fall, and that one no lower than
    the other less the other half.
    """
    reach = -(-step // _BLOCK)
    blocks = cv2.dilate(raised.view(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    parts: list[Box] = []
    for top in range(0, len(blocks), _BLOCKS_DOWN):
        some = blocks[top : top + _BLOCKS_DOWN].max(axis=0).astype(np.int8)
        rows = slice(top * _BLOCK, min((top + _BLOCKS_DOWN) * _BLOCK, shape[0]))
        ends = np.flatnonzero(np.diff(some, prepend=0, append=0))
        for first, last in ends.reshape(-1, 2).tolist():
            parts.append((rows, slice(first * _BLOCK, min(last * _BLOCK, shape[1]))))
    return parts


def _raise(
    surface: FloatImage,
    step: int,
    fall: np.float32,
    parts: list[Box],
    out: FloatImage,
    raised: Mask | None,
) -> None:
    """Make parts of `out` the surface, or its dilation by three by three pixels `step` apart minus
    `fall` where that is higher; elsewhere `out` stays as it is, and it may be the surface itself.

    `raised` becomes true for the blocks in which that differs from the surface.
    """
    waiting: list[tuple[Box, FloatImage]] = []

    def work(part: Box) -> None:
        here = surface[part]
        higher = np.empty_like(here) if out is surface else out[part]
        _raise_part(surface, step, fall, part, higher)
        if raised is not None:
            _note(higher != here, part, raised)
        if out is surface:
            waiting.append((part, higher))

    each_part(work, parts)
    for part, higher in waiting:
        out[part] = higher


def _raise_part(
    surface: FloatImage, step: int, fall: np.float32, part: Box, out: FloatImage
) -> None:
    """A part of the raised surface, into `out`.

    Rows first, by shifts, then columns: what a part looks at stays in a core's cache.
    """
    top, bottom = part[0].start, part[0].stop
    (_, beside), (_, within) = around(part, step, surface.shape)
    most = surface[part[0], beside].copy()
    above, below = max(top - step, 0), min(bottom + step, len(surface))
    if above < bottom - step:
        rows = slice(above + step - top, None)
        np.maximum(most[rows], surface[above : bottom - step, beside], out=most[rows])
    if below > top + step:
        rows = slice(0, below - step - top)
        np.maximum(most[rows], surface[top + step : below, beside], out=most[rows])
    kernel = np.zeros((1, 2 * step + 1), np.uint8)
    kernel[0, ::step] = 1
    higher = cv2.dilate(most, kernel, dst=out if most.shape == out.shape else None)
    np.subtract(higher[:, within], fall, out=out)
    np.maximum(out, surface[part], out=out)


def _note(differs: Mask, part: Box, raised: Mask) -> None:
    """Note in `raised` which blocks of a part, which begins where a block does, differ."""
    height, width = differs.shape
    pixels = differs.view(np.uint8)
    rows = np.stack([pixels[row : row + _BLOCK].max(axis=0) for row in range(0, height, _BLOCK)])
    blocks = np.maximum.reduceat(rows, range(0, width, _BLOCK), axis=1)
    i, j = part[0].start // _BLOCK, part[1].start // _BLOCK
    raised[i : i + len(blocks), j : j + blocks.shape[1]] = blocks > 0
