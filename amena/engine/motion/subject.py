"""Where the subject is, as far as depth tells, so that a crop keeps it."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.window import window
from amena.engine.geometry.crop import SHAPES, cropped_size
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
    standing_out, near = _mass(disparity)
    mass = standing_out + near
    has_subject = standing_out.sum() > _SUBJECT * mass.sum()
    height, width = disparity.shape
    placements = {}
    for shape in SHAPES:
        across, down = cropped_size((width, height), shape)
        if across < width:
            first = _best_start(mass.sum(axis=0), across)
            placements[shape] = first / (width - across)
        elif down < height:
            first = _best_start(mass.sum(axis=1), down)
            if has_subject:
                # A crop that is too low cuts off the head; one that is too high, the feet.
                rows = np.cumsum(standing_out.sum(axis=1))
                head = int(np.searchsorted(rows, _HEAD * rows[-1]))
                first = min(first, max(0, head - round(_HEADROOM * down)))
            placements[shape] = first / (height - down)
        else:
            placements[shape] = 0.5
    return {shape: round(min(1.0, place), 4) for shape, place in placements.items()}


def _mass(disparity: FloatImage) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much each pixel stands out from the ground, and how near it is: H×W each."""
    box = window(disparity) or (slice(None), slice(None))
    seen = disparity[box].astype(np.float64)
    ground = np.percentile(seen, _GROUND, axis=1, keepdims=True)
    standing_out, near = np.zeros(disparity.shape), np.zeros(disparity.shape)
    standing_out[box] = np.maximum(seen - ground, 0) ** 2
    near[box] = (_MERELY_NEAR * seen) ** 2 + 1e-9
    return standing_out, near


def _best_start(line: NDArray[np.float64], length: int) -> int:
    """The start of the stretch that holds most of a line's mass, with that in its middle."""
    total = np.concatenate([[0.0], np.cumsum(line)])
    held = total[length:] - total[:-length]
    good = np.flatnonzero(held >= _AS_GOOD * held.max())
    return int(good[np.argmin(np.abs(good - good.mean()))])
