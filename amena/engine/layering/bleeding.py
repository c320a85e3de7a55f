"""Chroma that has bled across silhouettes, taken back where a photo was enlarged.

JPEG keeps chroma at half the size of luma, and decoders draw it smoothly: across a silhouette each
side's chroma reaches four of the file's pixels into the other, luma no more than one or two. In an
enlarged photo that is farther than colours are unmixed, so that a coloured halo stays behind, and
fills go on with it.
"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.layering.matte import band_width
from amena.engine.pixels.fill import COLOUR_QUANTUM, push_pull
from amena.engine.types import ByteImage, FloatImage, Mask

#: Of the other side's chroma at most so much is right beside a cut, and linearly less beyond.
_MOST = 0.6
#: Squared difference of two sides' chroma, in levels, that is as good as none.
_ALIKE = 25.0


def without_bleeding(
    rgb: ByteImage,
    foreground: Mask,
    background: Mask,
    inner: FloatImage,
    outer: FloatImage,
    reach: float,
) -> ByteImage:
    """The photo with each side's chroma free from that of the other one; luma stays.

    Args:
        rgb: uint8 H×W×3.
        foreground, background: bool H×W, the sides; what is neither is left alone.
        inner, outer: float32 H×W, pixels to the cut, on the foreground and on the background side;
            0 elsewhere.
        reach: pixels beside a cut into which chroma bleeds.
    """
    sides = (foreground, inner), (background, outer)
    beside = [side & (distance < reach) for side, distance in sides]
    pure = [side & (distance >= band_width(distance, reach)) for side, distance in sides]
    if not (beside[0].any() and beside[1].any() and pure[0].any() and pure[1].any()):
        return rgb
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    chroma = ycc[..., 1:]
    smooth = [push_pull(chroma, each, COLOUR_QUANTUM) for each in pure]
    result = rgb.copy()
    for (_, distance), zone, own, other in zip(sides, beside, smooth, smooth[::-1], strict=True):
        seen, mean = chroma[zone].astype(np.float32), own[zone]
        apart = other[zone] - mean
        share = ((seen - mean) * apart).sum(axis=1) / ((apart**2).sum(axis=1) + _ALIKE)
        most = _MOST * (1 - distance[zone] / reach)
        ycc[zone, 1:] = np.clip(
            seen - np.clip(share, 0, most)[:, None] * apart + 0.5, 0, 255
        ).astype(np.uint8)
        result[zone] = cv2.cvtColor(ycc[zone][:, None], cv2.COLOR_YCrCb2RGB)[:, 0]
    return result
