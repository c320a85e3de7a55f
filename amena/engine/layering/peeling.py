"""Sheets: which pixels lie on which surface, and how each surface goes on behind nearer ones.

All of this is decided by the disparity alone; the colours follow (`layers`). Along every cut the
near side goes to a near sheet and the far side to a far one. Each sheet continues smoothly beyond
the cut under or over the other, as far as the parallax reaches, and then returns to the disparity
of the photo itself. A sheet is nowhere steeper than a moving camera bears.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.grid import LARGEST_STEP
from amena.engine.layering.cuts import Cuts, find_cuts
from amena.engine.layering.matte import CRISP_FRINGE, FRINGE, fringe_width
from amena.engine.pixels.fill import nearest_known, push_pull
from amena.engine.pixels.regions import drop_small
from amena.engine.types import FloatImage, Mask

#: Steeper than this (disparity × amplitude, pixels per pixel) a sheet would show stretched skin.
MAX_SLOPE = 0.8
#: Pixels of parallax by which a sheet may miss what still belongs to it, the first sheet's first.
#: What lies in the shadow of steep slopes waits from sheet to sheet: the last ones are lenient.
_TOLERANCES = (0.3, 0.8, 6.0, 16.0)
#: Share of the picture that the cuts of a sheet must be able to open up.
_MIN_OPENING = 0.001
#: Pixels by which the near side is widened before it casts its shadow.
_GUARD = 1
#: What coarse levels of membranes are rounded to.
_GRAIN = 1 / 256
#: Pixels that two sheets share where one surface passes from one to the other.
_SEAM = 2
#: Pixels over which a sheet fades where it and what lies behind are alike.
_FADE = 12.0
#: A far pixel higher than its surroundings by this share of the step lies in between.
_BETWEEN = 0.15
#: A sliver is narrower than twice this share of the long side, and as close to a cut as 3 of them.
_SLIVER = 0.0027
#: Estimates know nothing that has fewer pixels than this, times half a sliver's width squared.
_SPECK = 12


@dataclass(frozen=True)
class Rims:
    """How far beside a cut a photo's pixels may be trusted.

    Attributes:
        inside: pixels on the near side that may show the far side's colour.
        outside: pixels on the far side that may show the near side's, or a depth in between.
    """

    inside: float = FRINGE
    outside: float = FRINGE

    @property
    def soft(self) -> bool:
        """Whether the cuts may lie beside the photo's silhouettes, as those of estimates do."""
        return self.inside > CRISP_FRINGE


@dataclass(frozen=True)
class Sheet:
    """The topmost surface of a picture, and how its pixels are sorted.

    Attributes:
        near: bool H×W, what the sheet carries.
        waiting: bool H×W, on the near side of a cut too, but overshadowed: for a later sheet.
        far: bool H×W, all else.
        distance: float32 H×W, pixels to the nearest cut.
        hidden: bool H×W, where what lies behind has to be made up.
        disparity: float32 H×W, the sheet's own, everywhere.
    """

    near: Mask
    waiting: Mask
    far: Mask
    distance: FloatImage
    hidden: Mask
    disparity: FloatImage

    @property
    def inner(self) -> FloatImage:
        """Pixels to the cut on the near side, float32 H×W; 0 elsewhere."""
        return np.where(self.near, self.distance, np.float32(0))

    @property
    def outer(self) -> FloatImage:
        """Pixels to the cut on the far side, float32 H×W; 0 elsewhere."""
        return np.where(self.far, self.distance, np.float32(0))

    def fringe(self, width: float) -> Mask:
        """The far side's pixels, bool H×W, within `width` of a cut; never all of a thin thing."""
        outer = self.outer
        return self.far & (outer < fringe_width(outer, width))

    @property
    def fade(self) -> FloatImage:
        """Alpha, float32 H×W in [0, 1]: 0 deep inside, where it and what lies behind are alike."""
        beyond_hidden = cv2.distanceTransform((~self.hidden).astype(np.uint8), cv2.DIST_L2, 3)
        return np.asarray(np.clip(1 - (beyond_hidden - _SEAM) / _FADE, 0, 1), np.float32)


def take_sheets(
    disparity: FloatImage, reach: float, rims: Rims, step: int
) -> tuple[list[Sheet], FloatImage]:
    """All sheets of a picture, nearest first, and the disparity of what lies behind them.

    Args:
        disparity: float32 H×W in [0, 1].
        reach: pixels that disparity 0 and 1 shift against each other at most.
        rims: how far to trust the pixels beside a cut.
        step: pixels between two vertices of a sheet.
    """
    sheets: list[Sheet] = []
    covered = np.zeros(disparity.shape, np.bool_)
    for tolerance in _TOLERANCES:
        cuts = find_cuts(disparity)
        # Only cuts that can be seen past the nearer sheets open anything up.
        seen = float(cuts.jump[cuts.near & ~covered].sum())
        if seen * reach <= _MIN_OPENING * covered.size:
            break
        sheet, disparity = take_sheet(disparity, cuts, reach, rims, step, tolerance)
        covered |= sheet.near & (sheet.fade > 0.5)
        sheets.append(sheet)
    return sheets, limit_slope(disparity, reach)


def take_sheet(
    disparity: FloatImage,
    cuts: Cuts,
    reach: float,
    rims: Rims | None = None,
    step: int = LARGEST_STEP,
    tolerance: float = _TOLERANCES[0],
) -> tuple[Sheet, FloatImage]:
    """Take the topmost sheet off: the near side of all cuts that no nearer cut overshadows.

    Args:
        disparity: float32 H×W.
        cuts: its cuts.
        reach: pixels that disparity 0 and 1 shift against each other at most.
        rims: how far to trust the pixels beside a cut.
        step: pixels between two vertices of the sheet.
        tolerance: pixels of parallax by which the sheet may miss a pixel that it takes.

    Returns:
        The sheet, and the disparity (float32 H×W) of what lies behind it.
    """
    rims = rims or Rims()
    slope, missing = MAX_SLOPE / reach, tolerance / reach
    overshadowed = upper_envelope(disparity, slope) - disparity > missing
    sure = cuts.without(overshadowed)
    at_cut = sure.near | sure.far
    # A threshold surface through the cuts sorts all other pixels into near and far.
    above = disparity > push_pull(sure.threshold, at_cut, _GRAIN)
    distance, _ = nearest_known(at_cut)
    near = above & ~overshadowed
    near |= _slivers(above & overshadowed, distance)
    sheet = upper_envelope(_guarded(disparity, near, sure.near), slope)
    # The widened rim overshadows a little more.
    missed = near & (sheet - disparity > missing)
    near &= ~missed | _slivers(missed, distance)
    if rims.soft:
        # Specks that would wait go with it.
        waiting = above & ~near
        near |= waiting & ~drop_small(waiting, _SPECK * _sliver(disparity) ** 2)
        # All that it took brings its cuts along: colours keep away from them.
        sure = cuts.without(overshadowed & ~near)
        at_cut = sure.near | sure.far
        distance, _ = nearest_known(at_cut)
    # Seen from the far side the rim goes on: alpha and a renderer's grid reach across the cut.
    onward = max(1, step // 2)
    sheet = np.where(~above & (distance < 2 * onward), _widened(sheet, onward), sheet)
    jump = push_pull(sure.jump, at_cut, _GRAIN)
    sides = Sheet(near, above & ~near, ~above, distance, np.zeros_like(near), sheet)
    back, hidden = _behind(disparity, sides, jump, reach, rims, _SEAM * slope + 2 * missing)
    return replace(sides, hidden=hidden), back


def _behind(
    disparity: FloatImage,
    sides: Sheet,
    jump: FloatImage,
    reach: float,
    rims: Rims,
    level_step: float,
) -> tuple[FloatImage, Mask]:
    """Disparity behind a sheet, and where it had to be made up.

    The far side goes on level as far as the parallax can reach, then rises to the near side's
    disparity. What waits for a later sheet stays, with a seam's width of what the near sheet shares
    with it; where that is higher by more than `level_step`, it would overshadow what waits for
    ever, and goes. Depths in between, on the far side's rim, are brought down to it.
    """
    rim = sides.fringe(rims.outside)
    membrane = cv2.GaussianBlur(push_pull(disparity, sides.far & ~rim, _GRAIN), (0, 0), 3.0)
    level = jump * reach + FRINGE + 2
    rising = membrane + np.float32(MAX_SLOPE / reach) * np.maximum(sides.inner - level, 0)
    waiting = _widened(np.where(sides.waiting, disparity, -1).astype(np.float32), _SEAM)
    free = sides.near & (disparity > waiting + level_step)
    between = rim & (disparity - membrane > _BETWEEN * jump)
    back = np.where(free | between, np.minimum(disparity, rising), disparity).astype(np.float32)
    return back, free & (back < disparity - 0.004)


def _guarded(disparity: FloatImage, is_near: Mask, rim: Mask) -> FloatImage:
    """Disparity with the near side widened beyond its cuts, so that its rim moves as one with it.

    The rim's soft alpha reaches beyond the cut.
    """
    near = np.where(rim, disparity, 0)
    widened = np.maximum(disparity, _widened(near, _GUARD))
    return np.where(is_near, disparity, widened).astype(np.float32)


def _widened(values: FloatImage, radius: int) -> FloatImage:
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return np.asarray(cv2.dilate(values, kernel), np.float32)


def _slivers(mask: Mask, distance: FloatImage) -> Mask:
    """Those narrow parts of the mask that lie beside a cut.

    Overshadowed remains of the near side; left behind they would pull the background towards it.
    """
    radius = _sliver(mask)
    size = 2 * radius + 1
    wide = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    return np.asarray(mask & (wide == 0) & (distance < 3 * radius))


def _sliver(picture: NDArray[Any]) -> int:
    """Half the width in pixels that a sliver may have."""
    return max(1, round(_SLIVER * float(max(picture.shape))))


def upper_envelope(values: FloatImage, slope: float) -> FloatImage:
    """The lowest sheet over `values` that is nowhere steeper than `slope`.

    Equal to `values` except in the shadow of something higher. A grey dilation by a cone, composed
    of sparse dilations of doubling size.

    Args:
        values: float32 H×W in [0, 1].
        slope: largest difference between 4-neighbours.
    """
    sheet = values
    step = 1
    while step * slope < 1 and step < max(values.shape):
        kernel = np.zeros((2 * step + 1, 2 * step + 1), np.uint8)
        kernel[::step, ::step] = 1
        sheet = np.maximum(sheet, cv2.dilate(sheet, kernel) - np.float32(step * slope))
        step *= 2
    return np.asarray(sheet, np.float32)


def limit_slope(disparity: FloatImage, reach: float) -> FloatImage:
    """A sheet through `disparity` that `reach` pixels of parallax stretch nowhere too far.

    Midway between the lowest gentle sheet above and the highest one below: a step that is too
    steep becomes a ramp centred on it, everything else stays where it is.
    """
    slope = MAX_SLOPE / reach
    above = upper_envelope(disparity, slope)
    below = 1 - upper_envelope(1 - disparity, slope)
    return np.asarray((above + below) / 2, np.float32)
