"""Motion budget: how far the camera may go before a photo shows its seams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import MOTIONS, Motion
from amena.engine.layering.cuts import Cuts, find_cuts
from amena.engine.types import FloatImage

#: Amplitudes (share of the long side) between which `auto` chooses.
MIN_AMPLITUDE, MAX_AMPLITUDE = 0.012, 0.042
#: Share of the frame that may be made-up background at the ends of the motion.
MAX_DISOCCLUDED = 0.02
#: By how much uncut surfaces may be drawn out, but for the steepest hundredth of the frame.
MAX_STRETCH = 1.35

_PHASES = np.linspace(0, 2 * np.pi, 16, endpoint=False)
_STRIDE = 4


@dataclass(frozen=True)
class Budget:
    """What one photo bears.

    Attributes:
        amplitude: largest relative shift of disparity 1 against 0, as a share of the long side.
        disoccluded: share of the frame that opens up at that amplitude.
        stretch: by how much surfaces are drawn out at that amplitude; 1 = not at all.
    """

    amplitude: float
    disoccluded: float
    stretch: float


def motion_budget(disparity: FloatImage, motion: Motion = MOTIONS["circle"]) -> Budget:
    """The largest amplitude at which one motion opens and stretches no more than it may.

    The area that opens up along a cut is its length times its step times the shift there, and a
    slope is drawn out by its steepness times the shift. Shifts are linear in the amplitude, so the
    budget has a closed form. Sideways the shift is the same everywhere; a camera that goes forward
    shifts a pixel in proportion to its distance from the centre.

    Args:
        disparity: sharpened disparity, float32 H×W in [0, 1].
        motion: where the camera goes.
    """
    return motion_budgets(disparity, [motion])[0]


def motion_budgets(disparity: FloatImage, motions: Iterable[Motion]) -> list[Budget]:
    """`motion_budget` of several motions at once."""
    cuts = find_cuts(disparity)
    rows, cols = np.nonzero(cuts.background)
    jump = cuts.jump[rows, cols]
    slope = _slope(disparity, cuts)
    everywhere = np.indices(slope.shape) * _STRIDE
    budgets = []
    for motion in motions:
        opening = float((jump * _shift(rows, cols, disparity.shape, motion)).sum()) / disparity.size
        drawn = slope * _shift(everywhere[0], everywhere[1], disparity.shape, motion)
        steepness = float(np.percentile(drawn, 99))
        affordable = min(
            MAX_DISOCCLUDED / max(opening, 1e-9), (MAX_STRETCH - 1) / max(steepness, 1e-9)
        )
        amplitude = float(np.clip(affordable, MIN_AMPLITUDE, MAX_AMPLITUDE))
        budgets.append(Budget(amplitude, opening * amplitude, 1 + steepness * amplitude))
    return budgets


def _slope(disparity: FloatImage, cuts: Cuts) -> FloatImage:
    """Disparity per pixel where it is not cut, at every `_STRIDE`-th pixel."""
    right = np.abs(np.diff(disparity, axis=1))[:-1:_STRIDE, ::_STRIDE]
    down = np.abs(np.diff(disparity, axis=0))[::_STRIDE, :-1:_STRIDE]
    beside = cuts.either[:-1:_STRIDE, :-1:_STRIDE]
    return np.where(beside, 0, np.maximum(right, down)).astype(np.float32)


def _shift(
    rows: NDArray[np.intp], cols: NDArray[np.intp], shape: tuple[int, ...], motion: Motion
) -> FloatImage:
    """Pixels, per unit of amplitude, that disparity 1 shifts against 0 at most, at each pixel."""
    height, width = shape
    long_side = max(shape)
    u = ((cols - width / 2) / long_side).astype(np.float32)
    v = ((rows - height / 2) / long_side).astype(np.float32)
    largest = np.zeros(rows.shape, np.float32)
    moves = map(motion, _PHASES)
    # Most motions pass every place twice.
    for x, y, z in {(round(move.x, 6), round(move.y, 6), round(move.z, 6)) for move in moves}:
        np.maximum(largest, (u * z - x) ** 2 + (v * z - y) ** 2, out=largest)
    return np.asarray(np.sqrt(largest) * long_side, np.float32)


def subject_focus(disparity: FloatImage) -> float:
    """Disparity of the plane to hold still: the median of the frame's middle, leaning near."""
    height, width = disparity.shape
    middle = disparity[height // 4 : height - height // 8, width // 5 : width - width // 5]
    return float(np.clip(np.percentile(middle, 60), 0.05, 0.95))
