"""Stills with depth, for services and displays that make the motion themselves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from amena.engine.output.jpeg import jpeg
from amena.engine.types import ByteImage, FloatImage

#: Facebook takes depth of lower quality, but block edges would show as steps in the scene.
_DEPTH_QUALITY = 95


def write_rgbd(rgb: ByteImage, disparity: FloatImage, path: Path) -> None:
    """Write photo and depth side by side as one PNG, as Looking Glass displays take it.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W in [0, 1]; near becomes white, on the right half.
        path: file to write.
    """
    Image.fromarray(np.hstack([rgb, np.dstack([_grey(disparity)] * 3)])).save(path, "PNG")


def write_depth_pair(rgb: ByteImage, disparity: FloatImage, photo: Path, depth: Path) -> None:
    """Write the two JPEG files that Facebook joins to a 3D photo: `NAME.jpg`, `NAME_depth.jpg`.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W in [0, 1]; near becomes white.
        photo: file for the photo.
        depth: file for the depth, of the same name with `_depth` before the suffix.
    """
    photo.write_bytes(jpeg(rgb, 92))
    depth.write_bytes(jpeg(_grey(disparity), _DEPTH_QUALITY))


def _grey(disparity: FloatImage) -> ByteImage:
    """8 bits, with steps a pixel wide softened: viewers mesh this map and tear at hard ones."""
    soft = cv2.GaussianBlur(disparity, (0, 0), 0.8)
    return np.asarray(np.clip(soft * 255 + 0.5, 0, 255), np.uint8)
