"""Tips, tufts and strands that go on beyond a silhouette where an estimate has cut them off.

No estimate sees the ends of petals, tufts of hair, ears, twigs and blades, or leaves just off
their tree: its silhouettes pass them by, and what is left on the background stays behind as a ghost
when the camera moves. Their colour tells them: it is none of those that the background has around,
it goes with those of the near side close by, and it hangs together with the step. They are taken
to the near side's disparity, so that all that follows treats them as what they are.

Everything looks a bounded number of pixels around (`support`): what hangs together is followed for
`_REACH`, and what goes on beyond that is the background's own: a horizon, a beam, a cable.
"""

from __future__ import annotations

import cv2
import numpy as np

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


def with_tips(values: FloatImage, rgb: ByteImage, long_side: int) -> FloatImage:
    """A map with what its silhouettes cut off taken to their near side.

    Args:
        values: disparity with crisp steps, float32 H×W in [0, 1].
        rgb: uint8 H×W×3, the photo.
        long_side: the whole photo's, in pixels, where these are parts of it.

    Returns:
        The map itself where it has no step.
    """
    hops = _hops(long_side)
    before = _grown(values, 1)
    step = before - values > MIN_JUMP
    if not step.any():
        return values
    near = np.where(step, before, 0).astype(np.float32)
    candidates = _candidates(values, rgb, near, (hops + 1) * _HOP_PX, _half_width(long_side))
    # Where a level stands, a tip has been reached.
    level = np.where(candidates, cv2.dilate(near, _square(_HOP_PX)), 0)
    within = level
    for _ in range(hops):
        within, level = level, _hop(level, candidates)
        if np.array_equal(within, level):
            return np.where(level > 0, np.maximum(values, level), values)
    # The last hop tells which have no end.
    endless = np.where((level > 0) & (within == 0), np.float32(1), 0)
    reached = level > 0
    for _ in range(hops + 1):
        endless = _hop(endless, reached)
    return np.where((within > 0) & (endless == 0), np.maximum(values, level), values)


def _hop(level: FloatImage, candidates: Mask) -> FloatImage:
    """The greatest level within a hop of each candidate, float32 H×W; 0 elsewhere.

    Args:
        level: 0 but for candidates.
        candidates: bool H×W.
    """
    out = np.zeros_like(level)
    kernel = _square(_HOP_PX)

    def hop(part: Box) -> None:
        outer, within = around(part, _HOP_PX, level.shape)
        cv2.copyTo(
            cv2.dilate(level[outer], kernel)[within],
            candidates[part].view(np.uint8),
            out[part],
        )

    each_wanted(hop, candidates)
    return out


def support(long_side: int) -> int:
    """How many pixels away the map and the photo still count for a pixel of `with_tips`."""
    around = (_hops(long_side) + 1) * _HOP_PX
    models = around + 2 * _MIXED_PX
    candidates = around + 1 + _MIXED_PX + models + 2 * _half_width(long_side) + _MIXED_PX
    return candidates + 2 * around + _HOP_PX


def _hops(long_side: int) -> int:
    """In how many hops tips are followed to their ends; one more tells which have none."""
    return max(1, -(-round(_REACH * long_side) // _HOP_PX))


def _half_width(long_side: int) -> int:
    return max(2, round(_HALF_WIDTH * long_side))


def _candidates(
    values: FloatImage, rgb: ByteImage, steps: FloatImage, reach: int, half_width: int
) -> Mask:
    """Pixels on the far side that look like the near side and not like the far one, bool H×W.

    Args:
        values, rgb: as for `with_tips`.
        steps: float32 H×W, the near side's disparity beside a step, 0 elsewhere.
        reach: pixels from a step within which they are looked for.
        half_width: half of the width in pixels that they may have.
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
    candidates = np.zeros(values.shape, np.bool_)
    candidates[zone] = (
        (as_near.known & as_far.known)
        & (as_far.distance > _UNLIKE)
        & (as_far.cost - as_near.cost > _CLEARER)
    )
    # What is wide is another thing behind the silhouette.
    wide = cv2.dilate(
        _shrunk(candidates, half_width).view(np.uint8), _square(half_width + _MIXED_PX)
    )
    return np.asarray(candidates & (wide == 0))


def _grown(values: FloatImage, pixels: int) -> FloatImage:
    return np.asarray(cv2.dilate(values, _square(pixels)), np.float32)


def _shrunk(mask: Mask, pixels: int) -> Mask:
    return np.asarray(cv2.erode(mask.view(np.uint8), _square(pixels)) > 0)


def _square(pixels: int) -> ByteImage:
    return np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
