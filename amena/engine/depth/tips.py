"""Tips, tufts and strands that go on beyond a silhouette where an estimate has cut them off.

No estimate sees the ends of petals, tufts of hair, ears, twigs and blades, or leaves just off
their tree: its silhouettes pass them by, and what is left on the background stays behind as a ghost
when the camera moves. Their colour tells them: it is none of those that the background has around,
it goes with those of the near side close by, and it hangs together with the step. They are taken
to the near side's disparity, so that all that follows treats them as what they are.

What hangs together is followed for `_REACH`; what goes on beyond that is the background's own: a
horizon, a beam, a cable, whatever looks it may take on along its way.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.colour_models import colour_fit
from amena.engine.depth.crispness import MIN_JUMP
from amena.engine.pixels.windows import around, each_wanted
from amena.engine.types import Box, ByteImage, FloatImage, Mask

#: How far beyond a step tips are followed, and half the width that they may have, as shares of the
#: long side.
_REACH, _HALF_WIDTH = 0.025, 0.0055
#: A tip may have gaps of one pixel less: strands thinner than a pixel and leaves do.
_HOP_PX = 3
#: Steps are gone beyond where the disparity jumps by this nearby.
_JUMP = 1.5 * MIN_JUMP
#: Quarters of a jump, at its far and its near end, whose pixels are sure of their side, unless they
#: are so close to the other that they may be mixed.
_SURE, _MIXED_PX = 0.25, 2
#: Squared distance from the background's colours, in variances of all three channels, and what a
#: pixel must cost more there than among those of the near side.
_UNLIKE, _CLEARER = 12.0, 2.0


def with_tips(values: FloatImage, rgb: ByteImage) -> FloatImage:
    """A map with what its silhouettes cut off taken to their near side.

    Args:
        values: disparity with crisp steps, float32 H×W in [0, 1].
        rgb: uint8 H×W×3, the photo.

    Returns:
        The map itself where it has no step.
    """
    long_side = max(values.shape)
    hops, half_width = _hops(long_side), _half_width(long_side)
    before = _grown(values, 1)
    step = before - values > MIN_JUMP
    if not step.any():
        return values
    near = np.where(step, before, 0).astype(np.float32)
    own, strange = _beyond(values, rgb, near, (hops + 1) * _HOP_PX, half_width)
    level = np.where(own, cv2.dilate(near, _square(_HOP_PX)), 0)
    for _ in range(hops):
        before, level = level, _hop(level, own, _HOP_PX)
        if np.array_equal(before, level):
            break
    # Tips may have gaps; a line that takes on other looks is told by having none.
    endless = _endless(step, own, hops + 1, _HOP_PX)
    endless |= _endless(step, strange, (hops + 1) * _HOP_PX, 1)
    return np.where(endless, values, np.maximum(values, level))


def _endless(start: Mask, through: Mask, hops: int, pixels: int) -> Mask:
    """What hangs together with a start through a mask and takes so many hops of that length.

    Args:
        start, through: bool H×W.
        hops: two or more.
        pixels: of a hop, to all sides.
    """
    beside = cv2.dilate(start.view(np.uint8), _square(pixels)).view(np.bool_)
    # With a border as wide as a hop, neighbours of a pixel are at the same distances everywhere.
    wide = through.shape[1] + 2 * pixels
    ahead = np.pad(through, pixels).ravel()
    front = np.flatnonzero(np.pad(beside & through, pixels))
    ahead[front] = False
    for _ in range(hops - 1):
        front = _onward(front, ahead, wide, pixels)
        if not len(front):
            return np.zeros_like(through)
    # Back from the ends, through what has been reached.
    behind = np.pad(through, pixels).ravel() & ~ahead
    endless = np.zeros_like(behind)
    behind[front] = False
    for _ in range(hops):
        endless[front] = True
        front = _onward(front, behind, wide, pixels)
    endless[front] = True
    inner = slice(pixels, -pixels)
    return np.ascontiguousarray(endless.reshape(-1, wide)[inner, inner])


def _onward(
    front: NDArray[np.intp], ahead: NDArray[np.bool_], wide: int, pixels: int
) -> NDArray[np.intp]:
    """Pixels that are ahead and one hop from a front, which are taken off what is ahead.

    Only the front is looked at: it is some hundred pixels of a picture of ten million.

    Args:
        front: indices in `ahead`.
        ahead: bool, a picture of rows `wide` pixels long.
        pixels: of a hop, to all sides.
    """
    far = np.arange(-pixels, pixels + 1)
    near = (front[:, None] + np.add.outer(wide * far, far).ravel()).ravel()
    near = np.unique(near[ahead[near]])
    ahead[near] = False
    return near


def _hop(level: FloatImage, candidates: Mask, pixels: int) -> FloatImage:
    """The greatest level within a hop of that length of each candidate, float32 H×W; 0 elsewhere.

    Args:
        level: 0 but for candidates.
        candidates: bool H×W.
        pixels: to all sides.
    """
    out = np.zeros_like(level)
    kernel = _square(pixels)

    def hop(part: Box) -> None:
        outer, within = around(part, pixels, level.shape)
        cv2.copyTo(
            cv2.dilate(level[outer], kernel)[within],
            candidates[part].view(np.uint8),
            out[part],
        )

    each_wanted(hop, candidates)
    return out


def _hops(long_side: int) -> int:
    """In how many hops tips are followed to their ends; one more tells which have none."""
    return max(1, -(-round(_REACH * long_side) // _HOP_PX))


def _half_width(long_side: int) -> int:
    return max(2, round(_HALF_WIDTH * long_side))


def _beyond(
    values: FloatImage, rgb: ByteImage, steps: FloatImage, reach: int, half_width: int
) -> tuple[Mask, Mask]:
    """Pixels on the far side that look like the near side, and all that are none of the far side's.

    Args:
        values, rgb: as for `with_tips`.
        steps: float32 H×W, the near side's disparity beside a step, 0 elsewhere.
        reach: pixels from a step within which they are looked for.
        half_width: half of the width in pixels that they may have.

    Returns:
        Two masks, bool H×W; the second one holds the first.
    """
    high, low = _grown(steps, reach), cv2.erode(values, _square(reach))
    jump = high - low
    beside = jump > _JUMP
    near = beside & (values > high - jump / 2)
    zone = beside & ~near & (values < high - MIN_JUMP)
    sure_near = _shrunk(beside & (values > high - _SURE * jump), _MIXED_PX)
    sure_far = beside & (values < low + _SURE * jump) & _shrunk(~near, _MIXED_PX)
    radius = reach + 2 * _MIXED_PX
    as_near, as_far = (colour_fit(rgb, each, zone, radius) for each in (sure_near, sure_far))
    own, strange = np.zeros((2, *values.shape), np.bool_)
    strange[zone] = as_far.known & (as_far.distance > _UNLIKE)
    own[zone] = strange[zone] & as_near.known & (as_far.cost - as_near.cost > _CLEARER)
    own &= ~_wide(own, half_width)
    return own, own | strange & ~_wide(strange, half_width)


def _wide(mask: Mask, half_width: int) -> Mask:
    """Where a mask is wider than that to both sides: another thing behind the silhouette."""
    kernel = _square(half_width + _MIXED_PX)
    return np.asarray(cv2.dilate(_shrunk(mask, half_width).view(np.uint8), kernel) > 0)


def _grown(values: FloatImage, pixels: int) -> FloatImage:
    return np.asarray(cv2.dilate(values, _square(pixels)), np.float32)


def _shrunk(mask: Mask, pixels: int) -> Mask:
    return np.asarray(cv2.erode(mask.view(np.uint8), _square(pixels)) > 0)


def _square(pixels: int) -> ByteImage:
    return np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
