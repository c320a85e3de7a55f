"""Where a disparity map is cut: the steps at which near and far part."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from amena.engine.types import FloatImage, Mask

#: A step between neighbouring pixels from which on they are cut apart.
CUT_JUMP = 0.05


@dataclass(frozen=True)
class Cuts:
    """Where a disparity map is cut.

    Attributes:
        near, far: bool H×W, pixels on the near and the far side of a cut.
        jump: float32 H×W, the step's height at those pixels, 0 elsewhere.
        threshold: float32 H×W, half-way disparity at those pixels, 0 elsewhere.
    """

    near: Mask
    far: Mask
    jump: FloatImage
    threshold: FloatImage

    def without(self, excluded: Mask) -> Cuts:
        """Only the cuts whose near side lies outside `excluded`."""
        near = self.near & ~excluded
        beside = cv2.dilate(near.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return Cuts(near, self.far & beside & ~near, self.jump, self.threshold)

    @property
    def any(self) -> bool:
        """Whether there is any cut."""
        return bool(self.near.any())


def find_cuts(disparity: FloatImage, min_jump: float = CUT_JUMP) -> Cuts:
    """Cut the links between 4-neighbours whose disparities differ by more than `min_jump`."""
    height, width = disparity.shape
    near = np.zeros((height, width), np.bool_)
    far = np.zeros((height, width), np.bool_)
    jump = np.zeros((height, width), np.float32)
    threshold = np.zeros((height, width), np.float32)
    for down, right in ((0, 1), (1, 0)):
        step = disparity[down:, right:] - disparity[: height - down, : width - right]
        for sign in (-1, 1):
            rows, cols = np.nonzero(step * sign > min_jump)
            size = step[rows, cols] * sign
            first, second = (rows, cols), (rows + down, cols + right)
            near_side, far_side = (second, first) if sign > 0 else (first, second)
            near[near_side] = True
            far[far_side] = True
            middle = (disparity[first] + disparity[second]) / 2
            for y, x in (first, second):
                stronger = size > jump[y, x]
                jump[y[stronger], x[stronger]] = size[stronger]
                threshold[y[stronger], x[stronger]] = middle[stronger]
    return Cuts(near, far, jump, threshold)


def drop_specks(disparity: FloatImage) -> FloatImage:
    """Bring single pixels that stand out from all their eight neighbours to the nearest of them.

    A line one pixel wide has neighbours of its own kind: twigs, cables and spokes are not specks.
    """
    ring = np.ones((3, 3), np.uint8)
    ring[1, 1] = 0
    return np.clip(disparity, cv2.erode(disparity, ring), cv2.dilate(disparity, ring))
