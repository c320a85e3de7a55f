"""Connected regions of masks."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import Mask


def drop_small(mask: Mask, min_pixels: int) -> Mask:
    """The mask without its connected parts of fewer pixels; corners that touch connect.

    >>> mask = np.array([[1, 0, 0, 1], [0, 1, 0, 0]], np.bool_)
    >>> drop_small(mask, 2).astype(int)
    array([[1, 0, 0, 0],
           [0, 1, 0, 0]])
    """
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    part = labels[mask]
    kept = np.zeros_like(mask)
    kept[mask] = (np.bincount(part) >= min_pixels)[part]
    return kept
