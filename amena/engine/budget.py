"""Motion budget: how far the camera may go before a photo shows its seams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from amena.engine.layers import find_cuts
from amena.engine.types import FloatImage

#: Amplitudes (share of the long side) between which `auto` chooses.
MIN_AMPLITUDE, MAX_AMPLITUDE = 0.012, 0.042
#: Share of the frame that may be made-up background at the ends of the motion.
MAX_DISOCCLUDED = 0.02


@dataclass(frozen=True)
class Budget:
    """What one photo bears.

    Attributes:
        amplitude: largest relative shift of disparity 1 against 0, as a share of the long side.
        disoccluded: share of the frame that opens up at that amplitude.
    """

    amplitude: float
    disoccluded: float


def motion_budget(disparity: FloatImage) -> Budget:
    """The largest amplitude whose disocclusions stay under `MAX_DISOCCLUDED`.

    The area that opens up along a cut is its length times its step times the shift, so the
    disoccluded share is linear in the amplitude and the budget has a closed form.

    Args:
        disparity: sharpened disparity, float32 H×W in [0, 1].
    """
    height, width = disparity.shape
    cuts = find_cuts(disparity)
    # Half the swing goes to either side; a cut opens on one of them.
    per_amplitude = float(cuts.jump[cuts.far].sum()) * max(height, width) / 2 / (height * width)
    affordable = MAX_DISOCCLUDED / max(per_amplitude, 1e-9)
    amplitude = float(np.clip(affordable, MIN_AMPLITUDE, MAX_AMPLITUDE))
    return Budget(amplitude, per_amplitude * amplitude)


def subject_focus(disparity: FloatImage) -> float:
    """Disparity of the plane to hold still: the median of the frame's middle, leaning near."""
    height, width = disparity.shape
    middle = disparity[height // 4 : height - height // 8, width // 5 : width - width // 5]
    return float(np.clip(np.percentile(middle, 60), 0.05, 0.95))
