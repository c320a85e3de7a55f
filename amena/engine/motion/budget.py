"""Motion budget: how far the camera may go before a photo shows its seams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import MOTIONS, Motion
from amena.engine.layering.cuts import CUT_JUMP, Cuts, find_cuts
from amena.engine.pixels.regions import places
from amena.engine.types import FloatImage

#: Amplitudes (share of the long side) between which `auto` chooses.
MIN_AMPLITUDE, MAX_AMPLITUDE = 0.028, 0.065
#: Share of any frame that may be made-up background.
MAX_DISOCCLUDED = 0.016
#: By how much uncut surfaces may be drawn out, but for the steepest hundredth of the frame.
MAX_STRETCH = 1.35

_PHASES = np.linspace(0, 2 * np.pi, 8, endpoint=False)
_STRIDE = 4
#: Long side of pictures in whose pixels things and slopes are measured. Larger ones show more
#: detail of the same scene, and move as far.
_PIXELS = 960


@dataclass(frozen=True)
class Budget:
    """What one photo bears.

    Attributes:
        amplitude: largest relative shift of disparity 1 against 0, as a share of the long side.
        disoccluded: share of a frame that opens up at that amplitude, in the frame that shows most.
        stretch: by how much surfaces are drawn out at that amplitude; 1 = not at all.
    """

    amplitude: float
    disoccluded: float
    stretch: float


def motion_budget(disparity: FloatImage, motion: Motion = MOTIONS["circle"]) -> Budget:
    """The largest amplitude at which one motion opens and stretches no more than it may.

    At each pose only those cuts open whose near side moves away from the far side: the area is the
    cut's length times its step times the shift there. A slope is drawn out by its steepness times
    the shift. Shifts are linear in the amplitude, so the budget has a closed form. Sideways the
    shift is the same everywhere; a camera that goes forward shifts a pixel in proportion to its
    distance from the centre.

    Args:
        disparity: sharpened disparity, float32 H×W in [0, 1].
        motion: where the camera goes.
    """
    return motion_budgets(disparity, [motion])[0]


def motion_budgets(disparity: FloatImage, motions: Iterable[Motion]) -> list[Budget]:
    """`motion_budget` of several motions at once."""
    disparity = _without_thin(disparity)
    rows, cols, across, down = _outward_steps(disparity)
    slope = _slope(disparity, find_cuts(disparity))
    everywhere = np.indices(slope.shape) * _STRIDE
    budgets = []
    for motion in motions:
        opening, largest = 0.0, np.zeros(slope.shape, np.float32)
        for place in _places(motion):
            x, y = _shift(rows, cols, disparity.shape, place)
            opening = max(opening, float(np.maximum(-x * across - y * down, 0).sum()))
            x, y = _shift(everywhere[0], everywhere[1], disparity.shape, place)
            np.maximum(largest, np.hypot(x, y), out=largest)
        opening /= disparity.size
        steepness = float(np.percentile(slope * largest, 99))
        affordable = min(
            MAX_DISOCCLUDED / max(opening, 1e-9), (MAX_STRETCH - 1) / max(steepness, 1e-9)
        )
        amplitude = float(np.clip(affordable, MIN_AMPLITUDE, MAX_AMPLITUDE))
        budgets.append(Budget(amplitude, opening * amplitude, 1 + steepness * amplitude))
    return budgets


def _without_thin(disparity: FloatImage) -> FloatImage:
    """The map of a large picture without strands and gaps that few pixels would not show.

    By as much as they move they open no more than their own width, but their steps would count in
    full: hair, leaves and nets would take the motion from pictures that show every strand.

    Returns:
        At most twice as many pixels along a side as `_PIXELS`; what is not large as it is.
    """
    long_side = max(disparity.shape)
    every = max(1, round(long_side / (2 * _PIXELS)))
    disparity = np.ascontiguousarray(disparity[::every, ::every], np.float32)
    if _span(disparity) == 1:
        return disparity
    return np.asarray(cv2.medianBlur(disparity, 5), np.float32)


def _span(disparity: FloatImage) -> int:
    """How many of a map's pixels along a side are about as much as one of `_PIXELS` shows."""
    return max(1, round(float(max(disparity.shape)) / _PIXELS))


def _outward_steps(
    disparity: FloatImage,
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatImage, FloatImage]:
    """The near pixels of all cuts, and the steps that lead down from them.

    On a slanted silhouette a pixel has steps on two sides; taken as one vector they count once.

    Returns:
        Rows, columns, and the steps (float32) across, positive where they lead to the right, and
        down, positive where they lead downwards.
    """
    across, down = np.zeros((2, *disparity.shape), np.float32)
    for steps, axis in ((across, 1), (down, 0)):
        fall = -np.diff(disparity, axis=axis)
        # One look at the picture; what follows is about the few places alone.
        y, x = places(np.abs(fall) > CUT_JUMP)
        size = fall[y, x]
        for own, beyond in ((size > 0, 0), (size < 0, 1)):
            steps[y[own] + beyond * (1 - axis), x[own] + beyond * axis] += size[own]
    rows, cols = places((across != 0) | (down != 0))
    return rows, cols, across[rows, cols], down[rows, cols]


def _slope(disparity: FloatImage, cuts: Cuts) -> FloatImage:
    """Disparity per pixel where it is not cut, at every `_STRIDE`-th pixel.

    A step that is too low for a cut is one pixel wide in any picture, and draws out as little of a
    large one as of a small one: of a large one slopes are taken over `_span` pixels.
    """
    span = _span(disparity)
    height, width = disparity.shape
    rows, cols = slice(0, height - span, _STRIDE), slice(0, width - span, _STRIDE)
    here, steepest = disparity[rows, cols], np.float32(0)
    beside = np.zeros(here.shape, np.bool_)
    for down, right in ((0, 1), (1, 0)):
        for pixels in range(span):
            y, x = down * pixels, right * pixels
            beside |= cuts.either[y:, x:][rows, cols][: here.shape[0], : here.shape[1]]
        beyond = disparity[down * span :, right * span :][rows, cols]
        steepest = np.maximum(steepest, np.abs(beyond[: here.shape[0], : here.shape[1]] - here))
    return np.where(beside, 0, steepest / span).astype(np.float32)


def _places(motion: Motion) -> set[tuple[float, float, float]]:
    """Where the camera is in the course of a motion: x, y, z. Most motions pass all twice."""
    moves = map(motion, _PHASES)
    return {(round(move.x, 6), round(move.y, 6), round(move.z, 6)) for move in moves}


def _shift(
    rows: NDArray[np.intp],
    cols: NDArray[np.intp],
    shape: tuple[int, ...],
    place: tuple[float, float, float],
) -> tuple[FloatImage, FloatImage]:
    """Pixels (x, y), per unit of amplitude, by which disparity 1 shifts against 0 at each pixel."""
    height, width = shape
    long_side = max(shape)
    x, y, z = place
    if z == 0:  # everywhere the same
        rows = cols = np.zeros((), np.intp)
    u = (cols - width / 2) * np.float32(z) - np.float32(x * long_side)
    v = (rows - height / 2) * np.float32(z) - np.float32(y * long_side)
    return u.astype(np.float32), v.astype(np.float32)


def subject_focus(disparity: FloatImage) -> float:
    """Disparity of the plane to hold still: the median of the frame's middle, leaning near."""
    height, width = disparity.shape
    middle = disparity[height // 4 : height - height // 8, width // 5 : width - width // 5]
    return float(np.clip(np.percentile(middle, 60), 0.05, 0.95))
