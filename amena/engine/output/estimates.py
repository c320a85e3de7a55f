"""Maps of several estimators in one small picture."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from amena.engine.types import ByteImage, FloatImage

#: Long side of each map in pixels.
SIDE: Final = 400


def write_estimates(maps: Iterable[FloatImage], path: Path) -> None:
    """Write disparity maps of one size in a row, as a grey PNG of 8 bits.

    Args:
        maps: float32 H×W in [0, 1], near becomes white; one at least, made small as they come.
        path: file to write.
    """
    row = [_small(each) for each in maps]
    Image.fromarray(np.hstack(row)).save(path, "PNG", optimize=True)


def _small(disparity: FloatImage) -> ByteImage:
    height, width = disparity.shape
    scale = min(1.0, SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(disparity, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small * 255 + 0.5, 0, 255), np.uint8)
