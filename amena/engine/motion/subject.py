"""Where the subject is, as far as depth tells, so that a crop keeps it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.window import window
from amena.engine.geometry.crop import SHAPES, cropped_size
from amena.engine.pixels.windows import strips
from amena.engine.types import FloatImage

#: Of the disparities of a row, the percentile that counts as its ground: a floor comes nearer from
#: row to row, and a subject stands out from it.
_GROUND: Final = 20
#: How much what is merely near counts beside what stands out.
_MERELY_NEAR: Final = 0.1
#: Places at which a crop holds this share of the most that any holds are as good.
_AS_GOOD: Final = 0.97
#: The share of all mass that stands out where there is a subject.
_SUBJECT: Final = 0.3
#: The share of a subject's mass above which its head is, and the room left above that, as a share
#: of the crop's height.
_HEAD: Final = 0.03
_HEADROOM: Final = 0.08


def subject_placements(disparity: FloatImage) -> dict[str, float]:
    """For each of `SHAPES` the placement of `geometry.crop.crop` that keeps the subject best.

    Args:
        disparity: of the photo, float32 H×W in [0, 1].
    """
    standing_out, rows, columns = _mass(disparity)
    has_subject = standing_out.sum() > _SUBJECT * rows.sum()
    height, width = disparity.shape
    placements = {}
    for shape in SHAPES:
        across, down = cropped_size((width, height), shape)
        if across < width:
            first = _best_start(columns, across)
            placements[shape] = first / (width - across)
        elif down < height:
            first = _best_start(rows, down)
            if has_subject:
                # A crop that is too low cuts off the head; one that is too high, the feet.
                above = np.cumsum(standing_out)
                head = int(np.searchsorted(above, _HEAD * above[-1]))
                first = min(first, max(0, head - round(_HEADROOM * down)))
            placements[shape] = first / (height - down)
        else:
            placements[shape] = 0.5
    return {shape: round(min(1.0, place), 4) for shape, place in placements.items()}


def _mass(
    disparity: FloatImage,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How much stands out from the ground, by row (H), and all that counts, by row (H) and by
    column (W).
    """
    box = window(disparity) or (slice(None), slice(None))
    height, width = disparity.shape
    standing_out, rows, columns = np.zeros(height), np.zeros(height), np.zeros(width)
    inside = disparity[box]
    out_there, mass_there, across = standing_out[box[0]], rows[box[0]], columns[box[1]]
    # In strips: of a large photo all pixels as numbers of eight bytes take 300 MB.
    for part, _ in strips(*inside.shape):
        seen = inside[part].astype(np.float64)
        ground = np.percentile(seen, _GROUND, axis=1, keepdims=True)
        out = np.maximum(seen - ground, 0) ** 2
        mass = out + ((_MERELY_NEAR * seen) ** 2 + 1e-9)
        out_there[part], mass_there[part] = out.sum(axis=1), mass.sum(axis=1)
        across += mass.sum(axis=0)
    return standing_out, rows, columns


def _best_start(line: NDArray[np.float64], length: int) -> int:
    """The start of the stretch that holds most of a line's mass, with that in its middle."""
    total = np.concatenate([[0.0], np.cumsum(line)])
    held = total[length:] - total[:-length]
    good = np.flatnonzero(held >= _AS_GOOD * held.max())
    return int(good[np.argmin(np.abs(good - good.mean()))])
