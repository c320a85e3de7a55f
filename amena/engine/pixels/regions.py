"""Connected regions of masks, and where masks hold at all."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import Mask


def places(mask: Mask) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels that a mask holds: `np.nonzero`, in a fifth of its time where
    they are few, since numpy looks along one line far more quickly than over a plane.

    >>> rows, cols = places(np.array([[0, 1], [0, 0], [1, 1]], np.bool_))
    >>> rows.tolist(), cols.tolist()
    ([0, 2, 2], [1, 0, 1])
    """
    rows, cols = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return rows, cols


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


def touching(mask: Mask, seeds: Mask) -> Mask:
    """The connected parts of the mask that have a seed in them; corners that touch connect.

    >>> mask, seeds = np.array([[[1, 0, 1], [1, 0, 1]], [[0, 0, 1], [0, 1, 0]]], np.bool_)
    >>> touching(mask, seeds).astype(int)
    array([[0, 0, 1],
           [0, 0, 1]])
    """
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, np.bool_)
    kept[labels[seeds]] = True
    kept[0] = False
    return np.asarray(kept[labels])
