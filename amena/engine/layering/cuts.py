"""Where a disparity map is cut: the steps at which foreground and background part."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amena.engine.pixels.regions import places
from amena.engine.types import FloatImage, Mask

#: A step between neighbouring pixels from which on they are cut apart.
CUT_JUMP = 0.05
#: Share of the picture that the cuts of a layer must be able to open up: all together, or at one
#: place those that are taller than a share of the long side, which would be seen as a notch.
_MIN_OPENING, _MIN_PLACE, _TALL = 0.001, 0.00015, 0.006


@dataclass(frozen=True)
class Cuts:
    """Where a disparity map is cut.

    Attributes:
        foreground, background: bool H×W, pixels on the two sides of a cut.
        jump: float32 H×W, the step's height at those pixels, 0 elsewhere.
        threshold: float32 H×W, half-way disparity at those pixels, 0 elsewhere.
    """

    foreground: Mask
    background: Mask
    jump: FloatImage
    threshold: FloatImage

    def without(self, excluded: Mask) -> Cuts:
        """Only the cuts whose foreground side lies outside `excluded`."""
        foreground = self.foreground & ~excluded
        beside = cv2.dilate(foreground.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        background = self.background & beside & ~foreground
        return Cuts(foreground, background, self.jump, self.threshold)

    @property
    def any(self) -> bool:
        """Whether there is any cut."""
        return bool(self.foreground.any())

    @property
    def either(self) -> Mask:
        """The pixels on either side of a cut, bool H×W."""
        return self.foreground | self.background


def find_cuts(disparity: FloatImage, min_jump: float = CUT_JUMP) -> Cuts:
    """Cut the links between 4-neighbours whose disparities differ by more than `min_jump`.

    >>> cuts = find_cuts(np.float32([[0.2, 0.2, 0.9, 0.9]]))
    >>> cuts.background.astype(int).tolist(), cuts.foreground.astype(int).tolist()
    ([[0, 1, 0, 0]], [[0, 0, 1, 0]])
    """
    height, width = disparity.shape
    foreground = np.zeros((height, width), np.bool_)
    background = np.zeros((height, width), np.bool_)
    jump = np.zeros((height, width), np.float32)
    threshold = np.zeros((height, width), np.float32)
    for down, right in ((0, 1), (1, 0)):
        step = disparity[down:, right:] - disparity[: height - down, : width - right]
        # One look at the picture; what follows is about the few places alone.
        found = places(np.abs(step) > min_jump)
        steps = step[found]
        for sign in (-1, 1):
            own = steps * sign > 0
            rows, cols = (at[own] for at in found)
            size = steps[own] * sign
            first, second = (rows, cols), (rows + down, cols + right)
            front, back = (second, first) if sign > 0 else (first, second)
            foreground[front] = True
            background[back] = True
            middle = (disparity[first] + disparity[second]) / 2
            for y, x in (first, second):
                stronger = size > jump[y, x]
                jump[y[stronger], x[stronger]] = size[stronger]
                threshold[y[stronger], x[stronger]] = middle[stronger]
    return Cuts(foreground, background, jump, threshold)


def drop_specks(disparity: FloatImage) -> FloatImage:
    """Bring single pixels that stand out from all their eight neighbours to the nearest of them.

    A line one pixel wide has neighbours of its own kind: twigs, cables and spokes are not specks.

    >>> speck = np.zeros((3, 3), np.float32)
    >>> speck[1, 1] = 1
    >>> bool(drop_specks(speck).any())
    False
    """
    ring = np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    return np.clip(disparity, cv2.erode(disparity, ring), cv2.dilate(disparity, ring))


def worth_a_layer(jump: FloatImage, seen: Mask, max_parallax_px: float) -> bool:
    """Whether cuts open up enough: all of them together, or tall ones at one place.

    Half of a post that an earlier layer left behind is little of a picture, but a step at its edge.

    Args:
        jump: float32 H×W, the step's height at every cut.
        seen: bool H×W, pixels on the near side of cuts that no nearer layer hides.
        max_parallax_px: pixels that disparity 0 and 1 shift against each other at most.
    """
    if float(jump[seen].sum()) * max_parallax_px > _MIN_OPENING * seen.size:
        return True
    tall = seen & (jump * max_parallax_px > _TALL * max(seen.shape))
    least = _MIN_PLACE * seen.size / max_parallax_px
    if float(jump[tall].sum()) <= least:
        return False
    # Their rims wind: a pixel or two lie between the parts of one.
    _, labels = cv2.connectedComponents(cv2.dilate(tall.view(np.uint8), np.ones((3, 3), np.uint8)))
    return bool(np.bincount(labels[tall], jump[tall]).max() > least)
