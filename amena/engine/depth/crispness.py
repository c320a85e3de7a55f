"""Are a map's steps as crisp as painted or measured ones, and do they lie where the photo's do?"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import ByteImage, FloatImage, Mask

#: Smallest difference in disparity, over the search window, that can be a silhouette.
MIN_JUMP = 0.08
#: A step is looked at this many pixels to all sides.
_STEP_RADIUS = 3
#: Shares of steps that their steepest place holds, with the pixels next to it: in maps as precise
#: as a pixel, and in such as were enlarged from half the size or so.
CRISP, NEARLY_CRISP = 0.85, 0.68
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
#: A map lies on the photo's edges if these are so many times as strong on its steps, and a pixel
#: around, as at any of these distances in pixels. Measured on drawn scenes: 1.3 to 3 for true maps
#: and such as are off by a pixel, 0.3 to 1.25 for such as are off by two or more.
_ON_EDGE, _RINGS = 1.25, range(2, 7)
#: Below this contrast, of 255, a photo has no edges to speak of.
_NO_EDGES = 4.0


def crispness(values: FloatImage) -> float:
    """Which share of the map's steps happens within a pixel or two, 0–1 (median); 0 without steps.

    Args:
        values: disparity, float32 H×W in [0, 1].
    """
    at_step, steep, jump = _steepest(values)
    share = steep[at_step] / jump[at_step]
    return float(np.median(share)) if share.size else 0.0


def lies_on_edges(values: FloatImage, rgb: ByteImage) -> bool:
    """Whether the steps of a crisp map lie where the photo's edges do.

    The photo's edges, averaged at each distance from the steps, are strongest on the steps
    themselves if the map belongs there, and some pixels away if it is shifted, too wide or too
    narrow. Where the photo has no edges near the steps nothing speaks against the map.
    """
    at_step = _steepest(values)[0]
    colour = cv2.GaussianBlur(rgb, (0, 0), 0.7)
    edges = np.max(
        [cv2.morphologyEx(each, cv2.MORPH_GRADIENT, _CROSS) for each in cv2.split(colour)], 0
    )
    distance = cv2.distanceTransform((~at_step).view(np.uint8), cv2.DIST_L2, 5)
    ring = np.rint(distance).astype(np.int64)
    near = ring <= _RINGS[-1]
    count = np.bincount(ring[near], minlength=_RINGS[-1] + 1)
    total = np.bincount(ring[near], weights=edges[near], minlength=_RINGS[-1] + 1)
    beside = (total[list(_RINGS)] / np.maximum(count[list(_RINGS)], 1)).max()
    here = total[:2].sum() / max(count[:2].sum(), 1)
    return bool(max(here, beside) < _NO_EDGES or here > _ON_EDGE * beside)


def _steepest(values: FloatImage) -> tuple[Mask, FloatImage, FloatImage]:
    """Where steps are steepest; how steep the map is; by how much it jumps nearby."""
    low, high = extent(values, _STEP_RADIUS)
    steep = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, _CROSS)
    size = 2 * _STEP_RADIUS + 1
    steepest = steep == cv2.dilate(steep, np.ones((size, size), np.uint8))
    return steepest & (high - low > MIN_JUMP), steep, high - low


def extent(values: FloatImage, radius: int) -> tuple[FloatImage, FloatImage]:
    """Least and greatest value in a square window around each pixel, float32 H×W."""
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return (
        np.asarray(cv2.erode(values, kernel), np.float32),
        np.asarray(cv2.dilate(values, kernel), np.float32),
    )
