"""The colours on both sides of a cut, unmixed: whose is a pixel that shows a bit of each?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.fill import COLOUR_GRAIN, push_pull
from amena.engine.types import ByteImage, FloatImage, Mask

#: Pixels on both sides of a cut that may mix near and far colour.
FRINGE = 3.0
#: The same for a map that was measured or painted with crisp steps.
CRISP_FRINGE = 1.0
#: Alpha below which a colour in front is too thin to be told from what lies behind.
_OPAQUE = 0.5


def fringe_width(distance: FloatImage, most: float) -> FloatImage:
    """How many of the pixels beside a cut to mistrust: `most`, but never all of a thin thing.

    Args:
        distance: float32 H×W, pixels to the cut on the side in question, 0 elsewhere.
    """
    size = 2 * int(most) + 1
    middle = cv2.dilate(distance, np.ones((size, size), np.uint8))
    return np.asarray(np.minimum(most, middle - 0.5), np.float32)


def front_colour(
    rgb: ByteImage,
    near: Mask,
    far: Mask,
    inner: FloatImage,
    outer: FloatImage,
    fringe: float,
) -> ByteImage:
    """The near side's own colour, without the far colour mixed into its rim, and a bit beyond.

    Args:
        rgb: the photo, uint8 H×W×3.
        near, far: bool H×W, the sides; what is neither is left alone.
        inner, outer: float32 H×W, pixels to the cut, on the near and on the far side; 0 elsewhere.
        fringe: pixels beside a cut that may be mixed.
    """
    width = fringe_width(inner, fringe)
    pure = near & (inner >= width)
    rim = (near & ~pure) | (far & (outer < 4 * FRINGE))
    if not rim.any() or not pure.any():
        return rgb
    extended = push_pull(rgb, pure | far & (outer > 8 * FRINGE), COLOUR_GRAIN)
    # Within the rim the photo's own detail stays, the closer to the inside the more.
    keep = np.where(near, inner / np.maximum(width, 0.5), 0)[rim][:, None]
    smooth = extended[rim]
    front = rgb.copy()
    front[rim] = np.clip(smooth + (rgb[rim] - smooth) * np.clip(keep, 0, 1) + 0.5, 0, 255)
    return front


def unmix(
    rgb: ByteImage,
    front: ByteImage,
    back: ByteImage,
    signed: FloatImage,
    zone: Mask,
    fringe: float,
) -> tuple[FloatImage, ByteImage, ByteImage]:
    """Unmix the photo's colours beside the cuts.

    Alpha is such that front over back gives the photo again; where both look alike the colours say
    nothing and alpha is a ramp across the cut. What the photo has beside a mixture of the two is
    given back to the side it was seen on. The closer to an estimated cut, and the more it is
    mixed, the more goes to the near side all the same: outlines, fringes of colour and shadows
    belong to it, and would stay behind as a ghost.

    Args:
        rgb: the photo, uint8 H×W×3.
        front, back: first guesses of the two sides' colours.
        signed: float32 H×W, pixels to the cut, positive on the near side.
        zone: bool H×W, where colours may be mixed; elsewhere alpha is 0 or 1.
        fringe: pixels on the far side of a cut that may be mixed.

    Returns:
        Alpha (float32 H×W in [0, 1]), front and back colour.
    """
    alpha = np.clip(0.5 + signed / 2.0, 0, 1).astype(np.float32)
    f, b, c = (x[zone].astype(np.float32) / 255 for x in (front, back, rgb))
    contrast = ((f - b) ** 2).sum(axis=1)
    share = np.clip(((c - b) * (f - b)).sum(axis=1) / (contrast + 1e-4), 0, 1)
    # Far from the cut a stray colour match must not punch holes or leave dots.
    near = signed[zone] > 0
    width = np.where(near, FRINGE, max(fringe, FRINGE)).astype(np.float32)
    trust = contrast / (contrast + 0.02) * np.clip(1.5 - np.abs(signed[zone]) / width, 0, 1)
    a = alpha[zone] + (share - alpha[zone]) * trust
    alpha[zone] = a
    own = np.ones_like(share)
    if fringe > CRISP_FRINGE:  # else the cut runs along the silhouette itself
        own = (1 - share) * np.clip((np.abs(signed[zone]) - 0.5) / (fringe - 0.5), 0, 1)
    beside = c - b - share[:, None] * (f - b)
    pure_back = np.where(near[:, None], b, b + beside * own[:, None])
    pure_front = (c - (1 - a)[:, None] * pure_back) / np.maximum(a, _OPAQUE)[:, None]
    outline = f + beside * ((1 - own) / np.maximum(a, _OPAQUE))[:, None]
    front, back = front.copy(), back.copy()
    front[zone] = _to_bytes(
        np.where(near[:, None], np.where((a > _OPAQUE)[:, None], pure_front, f), outline)
    )
    back[zone] = _to_bytes(pure_back)
    return alpha, front, back


def _to_bytes(colour: NDArray[np.float32]) -> ByteImage:
    return (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
