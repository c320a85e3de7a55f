"""Depth steps moved onto the silhouette of the subject that a phone has cut out."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from amena.engine.pixels.fill import push_pull
from amena.engine.types import Disparity, FloatImage

#: A depth edge lies at most this far from the silhouette, as a share of the long side.
_REACH: Final = 0.02
#: Shares of the picture between which a subject is one.
_LEAST, _MOST = 0.005, 0.98


def along_silhouette(disparity: Disparity, matte: FloatImage) -> Disparity:
    """Draw on the subject's depth up to its silhouette, and the surroundings' from outside.

    Near the silhouette the subject is at least as near, and what surrounds it at least as far, as
    farther inside and outside: where both are level, as at a person's feet, nothing changes.

    Args:
        disparity: H×W.
        matte: float32 H×W, 1 = subject.
    """
    inside = matte > 0.5
    if not _LEAST < inside.mean() < _MOST:
        return disparity
    radius = max(2, round(_REACH * max(matte.shape)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    values = np.array(disparity.values, np.float32)
    for side, pick in ((inside, np.maximum), (~inside, np.minimum)):
        sure = cv2.erode(side.view(np.uint8), kernel, borderValue=1).view(np.bool_)
        if not sure.any():
            continue
        drawn_on = push_pull(disparity.values, sure)
        band = side & ~sure
        values[band] = pick(disparity.values[band], drawn_on[band])
    return replace(disparity, values=values)
