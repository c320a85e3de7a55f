"""How steep a surface may be that a moving camera draws out."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.layering.cuts import CUT_JUMP
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.pixels.regions import touching
from amena.engine.types import FloatImage, Mask

#: Steeper than this (pixels of parallax per pixel) a layer would show stretched skin.
MAX_SLOPE = 0.8
#: Pixels of parallax by which what is seen may give way to what is not, as roughness does.
_GIVE_PX = 0.4
#: Pixels of parallax by which a speck stands out, and half its width as a share of the long side.
_SPECK_PX, _SPECK = 2.0, 0.0035

_BESIDE = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def limit_slope(disparity: FloatImage, max_parallax_px: float) -> FloatImage:
    """A surface through `disparity` that `max_parallax_px` of parallax stretch nowhere too far.

    (E(d) + 1 − E(1 − d)) / 2, midway between the lowest gentle surface above and the highest one
    below: a step that is too steep becomes a ramp centred on it, all else stays where it is.

    Args:
        disparity: float32 H×W in [0, 1].
        max_parallax_px: pixels that disparity 0 and 1 shift against each other at most.
    """
    slope = MAX_SLOPE / max_parallax_px
    above, below = upper_envelope(disparity, slope), 1 - upper_envelope(1 - disparity, slope)
    below += above
    below /= 2
    return below


def yielding(disparity: FloatImage, covered: Mask, max_parallax_px: float) -> FloatImage:
    """`limit_slope`, whose ramps lie beneath what covers the surface where they find room there.

    A step between what is seen and what is not would move what is seen by half of its height. What
    is seen but too small to be a surface gives way too: a few pixels that no layer took would
    raise all around them.

    Args:
        disparity: float32 H×W in [0, 1].
        covered: bool H×W, pixels that nobody sees as long as the camera rests.
        max_parallax_px: pixels that disparity 0 and 1 shift against each other at most.

    >>> step = np.float32([[0.9] * 4 + [0.1] * 4])
    >>> seen, plain = yielding(step, np.arange(8)[None] > 3, 8), limit_slope(step, 8)
    >>> [round(float(each), 2) for each in (seen[0, 3], plain[0, 3])]
    [0.87, 0.55]
    """
    covered = covered | _specks(disparity, covered, max_parallax_px)
    if covered.any():
        # Gentle surfaces through what is seen run between these two.
        # Arrays that nobody else holds, one after the other: at 3840 pixels each takes 55 MB.
        slope = MAX_SLOPE / max_parallax_px
        low = upper_envelope(np.where(covered, np.float32(0), disparity), slope)
        high = 1 - upper_envelope(np.where(covered, np.float32(0), 1 - disparity), slope)
        give = np.float32(_GIVE_PX / max_parallax_px)
        between = np.clip(disparity, np.minimum(low, high) - give, np.maximum(low, high) + give)
        disparity = np.where(covered, between, disparity)
    return limit_slope(disparity, max_parallax_px)


def _specks(disparity: FloatImage, covered: Mask, max_parallax_px: float) -> Mask:
    """What stands out in the middle of what is seen, is nowhere wide, and does not rise gently.

    Parts of the white top-hat of a square (Meyer 1979) that a cut parts from what lies behind them.
    """
    radius = max(1, round(_SPECK * max(disparity.shape)))
    square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    seen = np.where(covered, np.float32(0), disparity)
    narrow = cv2.morphologyEx(seen, cv2.MORPH_TOPHAT, square) * max_parallax_px > _SPECK_PX
    # Where a ramp of what is covered ends beside it, a step is no sign of two surfaces.
    behind = cv2.erode(disparity + np.where(covered, np.float32(2 * CUT_JUMP), 0), _BESIDE)
    return touching(narrow, ~covered & (disparity - behind > CUT_JUMP))
