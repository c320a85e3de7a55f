"""What an enlarged photo shows of one side of a silhouette on the other, taken back.

Chroma: JPEG keeps it at half the size of luma, and decoders draw it smoothly, so that each side's
reaches four of the file's pixels into the other. Luma: cameras that sharpen, and JPEG's cosines,
draw a rim and fainter ripples around everything that stands out (overshoot, ringing), as far. In an
enlarged photo both are farther from the cut than colours are unmixed: a coloured halo and a pale or
dark outline stayed behind, and fills went on with them.
"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.depth.colour_models import box_sum
from amena.engine.layering.matte import band_width
from amena.engine.pixels.fill import COLOUR_QUANTUM, push_pull
from amena.engine.types import ByteImage, FloatImage, Mask

#: Of the other side's chroma at most so much is right beside a cut, and linearly less beyond.
_MOST = 0.6
#: Squared difference of two sides' chroma, in levels, that is as good as none.
_ALIKE = 25.0
#: Deviation of ringing right beside a cut, as a share of the step in luma, and the power by which
#: it falls off as far as the reach.
_RINGING = 0.14
_FALL = 2.0
#: The background's own roughness is what it has beyond a blur, by so much of the reach, of itself,
#: as far from cuts as so many times the reach.
_ROUGH, _AROUND = 1.0, 3
#: Rounding, in squared levels, and deviations from which on nothing is taken for ringing.
_ROUNDING, _TOO_MUCH = 1.0, 3.0


def without_bleeding(
    rgb: ByteImage,
    foreground: Mask,
    background: Mask,
    inner: FloatImage,
    outer: FloatImage,
    reach: float,
    mixed_px: float,
) -> ByteImage:
    """The photo with each side's chroma free from that of the other one, and the background's luma
    free from the ringing of the step.

    Args:
        rgb: uint8 H×W×3.
        foreground, background: bool H×W, the sides; what is neither is left alone.
        inner, outer: float32 H×W, pixels to the cut, on the foreground and on the background side;
            0 elsewhere.
        reach: pixels beside a cut into which the sides bleed.
        mixed_px: pixels on the background side that may be mixed. What leans towards the
            foreground's luma there is its own part in them.
    """
    sides = (foreground, inner), (background, outer)
    beside = [side & (distance < reach) for side, distance in sides]
    pure = [side & (distance >= band_width(distance, reach)) for side, distance in sides]
    if not (beside[0].any() and beside[1].any() and pure[0].any() and pure[1].any()):
        return rgb
    ycc = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    smooth = [push_pull(ycc, each, COLOUR_QUANTUM) for each in pure]
    luma, zone = ycc[..., 0], beside[1]
    front, back = (each[..., 0] for each in smooth)
    luma[zone] = _without_ringing(luma, front[zone], back, zone, pure[1], outer, reach, mixed_px)
    result = rgb.copy()
    for (_, distance), zone, own, other in zip(sides, beside, smooth, smooth[::-1], strict=True):
        seen, mean = ycc[zone, 1:].astype(np.float32), own[zone, 1:]
        apart = other[zone, 1:] - mean
        share = ((seen - mean) * apart).sum(axis=1) / ((apart**2).sum(axis=1) + _ALIKE)
        most = _MOST * (1 - distance[zone] / reach)
        ycc[zone, 1:] = _to_bytes(seen - np.clip(share, 0, most)[:, None] * apart)
        result[zone] = cv2.cvtColor(ycc[zone][:, None], cv2.COLOR_YCrCb2RGB)[:, 0]
    return result


def _without_ringing(
    luma: ByteImage,
    front: FloatImage,
    back: FloatImage,
    zone: Mask,
    pure: Mask,
    outer: FloatImage,
    reach: float,
    mixed_px: float,
) -> ByteImage:
    """The background's luma beside the cut without the part of it that ringing is likely to be.

    What differs from the luma that goes on from farther out is ringing or the background's own;
    as variances are to be expected of both, the one is told from the other as Wiener's filter does
    it. What is far more than both is something else, and stays: a thing, a shadow, an outline.

    Args:
        luma: uint8 H×W.
        front: float32 N, the foreground's luma that goes on to each of the zone's pixels.
        back: float32 H×W, the background's luma that goes on from its pure pixels.
        zone: bool H×W, the N pixels on the background side within reach.
        pure: bool H×W, the background's pixels beyond it.
        outer, reach, mixed_px: as for `without_bleeding`.
    """
    ring = pure & (outer < _AROUND * reach)
    own_luma = _to_bytes(back)
    rough = cv2.absdiff(own_luma, cv2.GaussianBlur(own_luma, (0, 0), _ROUGH * reach))
    square = np.where(ring, np.square(rough, dtype=np.float32), np.float32(0))
    back = back[zone]
    radius = int(_AROUND * reach)
    own = box_sum(square, radius)[zone] / np.maximum(box_sum(ring, radius)[zone], 1)
    distance, step = outer[zone], front - back
    ringing = np.square(_RINGING * step * (1 - distance / reach) ** _FALL)
    likely = ringing + own + _ROUNDING
    seen = luma[zone].astype(np.float32)
    off = seen - back
    share = ringing / likely * np.clip(2 - 2 * np.abs(off) / (_TOO_MUCH * np.sqrt(likely)), 0, 1)
    mixed = (distance < mixed_px) & (off * step > 0)
    return _to_bytes(np.where(mixed, seen, seen - share * off))


def _to_bytes(values: FloatImage) -> ByteImage:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)
