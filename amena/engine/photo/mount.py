"""Uniform borders around a photo: frames, bars, polaroids, screenshots of a photo.

They are no part of the scene. Taken for one, they come out as its nearest part, bend, and use up
depth that the photo needs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from amena.engine.types import Box, ByteImage, FloatImage, Mask

#: How far (levels of a channel) a border's pixels may lie from its colour: some more than most of
#: those along the picture's rim do, at most so much.
_MORE, _MOST = 8, 20
#: Largest difference of the colours of two opposite borders.
_ALIKE = 16
#: Share of a line that is of the border's colour in a border (which may hold text), beside the
#: photo (which does not), and at most in the photo's first lines: on one side, and on average.
_BORDER, _CLEAN, _PHOTO, _PHOTOS = 0.5, 0.93, 0.6, 0.35
#: Share of the long side over which the border may pass into the photo.
_EDGE: Final = 0.004
#: A border's least width and the photo's least side, as shares of the picture's.
_LEAST_BORDER, _LEAST_PHOTO = 0.008, 0.25


def mounted_photo(rgb: ByteImage) -> Box | None:
    """Where the photo is in a picture that has a uniform border around it, or on opposite sides.

    Sky above a plain field is no border: borders come in pairs of one colour, their edges are
    straight, sharp and as long as the photo, and most of what lies along them inside differs.

    Args:
        rgb: uint8 H×W×3.

    Returns:
        Rows and columns of the photo without its outermost pixels, which show some of the border,
        or None where there is no border.
    """
    height, width = rgb.shape[:2]
    edge = max(2, round(_EDGE * max(height, width)))
    for lines in (rgb, rgb.swapaxes(0, 1)):
        rim = np.concatenate([lines[:edge], lines[-edge:]]).astype(np.float32)
        colour = np.median(rim, axis=(0, 1))
        first, last = np.median(rim[:edge], axis=(0, 1)), np.median(rim[edge:], axis=(0, 1))
        tolerance = np.percentile(np.abs(rim - colour).max(axis=2), _BORDER * 100) * 2 + _MORE
        if tolerance > _MOST or np.abs(first - last).max() > _ALIKE:
            continue
        box = _inside((np.abs(rgb - colour) <= tolerance).all(axis=2), edge)
        if box is not None:
            return _within(box, mounted_photo(rgb[box]))
    return None


def _within(outer: Box, inner: Box | None) -> Box:
    """A part of a part as a part of the whole."""
    if inner is None:
        return outer
    starts = [whole.start for whole in outer]
    rows, cols = (
        slice(start + part.start, start + part.stop)
        for start, part in zip(starts, inner, strict=True)
    )
    return rows, cols


def _inside(border: Mask, edge: int) -> Box | None:
    """The part of a picture around which its pixels are of the border's colour."""
    height, width = border.shape
    rows, cols = slice(0, height), slice(0, width)
    for _ in range(3):
        before = rows, cols
        cols = _between(border[rows].mean(axis=0), edge)
        rows = _between(border[:, cols].mean(axis=1), edge)
        if (rows, cols) == before:
            break
    if min((rows.stop - rows.start) / height, (cols.stop - cols.start) / width) < _LEAST_PHOTO:
        return None
    if (rows.stop - rows.start, cols.stop - cols.start) == (height, width):
        return None
    inner = border[rows, cols]
    shares = []
    if rows.start:
        shares += [inner[:edge].mean(), inner[-edge:].mean()]
    if cols.start:
        shares += [inner[:, :edge].mean(), inner[:, -edge:].mean()]
    if max(shares) > _PHOTO or np.mean(shares) > _PHOTOS:
        return None
    return rows, cols


def _between(shares: FloatImage, edge: int) -> slice:
    """The lines between two borders; all lines where there are no two."""
    whole = slice(0, len(shares))
    start, stop = _first_of_photo(shares, edge), _first_of_photo(shares[::-1], edge)
    if start is None or stop is None or start + stop >= len(shares):
        return whole
    return slice(start, len(shares) - stop)


def _first_of_photo(shares: FloatImage, edge: int) -> int | None:
    """The first line behind a border that begins at the first line."""
    photo = np.flatnonzero(shares < _BORDER)
    if not len(photo) or photo[0] < max(edge, _LEAST_BORDER * len(shares)):
        return None
    last = int(photo[0]) - edge
    if last > 0 and shares[max(0, last - edge) : last].mean() < _CLEAN:
        return None
    return int(photo[0]) + max(1, edge // 4)
