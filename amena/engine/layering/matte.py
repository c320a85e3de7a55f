"""The colours on both sides of a cut, unmixed: whose is a pixel that shows a bit of each?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.fill import COLOUR_QUANTUM, push_pull
from amena.engine.pixels.windows import around, each_strip
from amena.engine.types import Box, ByteImage, FloatImage, Mask

#: Pixels on both sides of a cut that may mix the colours of foreground and background.
BAND_PX = 3.0
#: The same for a map that was measured or painted with crisp steps.
CRISP_BAND_PX = 1.0
#: The foreground's colour is drawn on for so many bands beyond the cut, and there meets the photo's
#: own at so many.
_FRONT_BANDS, _PURE_BANDS = 4, 8
#: The same in pixels: as far as the foreground's colour is known.
FRONT_PX = _FRONT_BANDS * BAND_PX
#: Squared contrast (colours in [0, 1]) at which colours and ramp count alike for alpha, and what
#: keeps the division of like colours finite.
_CONTRAST, _NO_CONTRAST = 0.02, 1e-4
#: Share of a step that the ringing beside it has at most.
_MOST_RINGING = 0.42
#: Alpha below which a colour in front is too thin to be told from what lies behind.
_OPAQUE = 0.5


def band_width(distance: FloatImage, most: float, look_px: float = 0) -> FloatImage:
    """How many of the pixels beside a cut to mistrust: `most`, but never all of a thin thing.

    Args:
        distance: float32 H×W, pixels to the cut on the side in question, 0 elsewhere.
        most: pixels.
        look_px: a thing is thin if so many pixels around it are nowhere farther from a cut, at
            least `most`.
    """
    reach, width = int(max(most, look_px)), np.empty_like(distance)
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)

    def measure(part: Box) -> None:
        outer, within = around(part, reach, distance.shape)
        middle = cv2.dilate(distance[outer], kernel)[within]
        np.minimum(most, middle - np.float32(0.5), out=width[part])

    each_strip(measure, distance.shape)
    return width


def front_colour(
    rgb: ByteImage,
    foreground: Mask,
    background: Mask,
    inner: FloatImage,
    outer: FloatImage,
    band_px: float,
) -> ByteImage:
    """The foreground's own colour, without the background's in its mixed pixels, and a bit beyond.

    Args:
        rgb: the photo, uint8 H×W×3.
        foreground, background: bool H×W, the sides; what is neither is left alone.
        inner, outer: float32 H×W, pixels to the cut, on the foreground and on the
            background side; 0 elsewhere.
        band_px: pixels beside a cut that may be mixed.
    """
    width = band_width(inner, band_px)
    pure = foreground & (inner >= width)
    unknown = (foreground & ~pure) | (background & (outer < FRONT_PX))
    if not unknown.any() or not pure.any():
        return rgb
    sides = pure | background & (outer > _PURE_BANDS * BAND_PX)
    extended = push_pull(rgb, sides, COLOUR_QUANTUM, unknown)
    # Within the band the photo's own detail stays, the closer to the inside the more.
    keep = inner[unknown] / np.maximum(width[unknown], 0.5)
    keep = np.clip(np.where(foreground[unknown], keep, 0), 0, 1)[:, None]
    smooth = extended[unknown]
    front = rgb.copy()
    front[unknown] = np.clip(smooth + (rgb[unknown] - smooth) * keep + 0.5, 0, 255)
    return front


def unmix(
    rgb: ByteImage,
    front: ByteImage,
    back: ByteImage,
    signed: FloatImage,
    unknown: Mask,
    band_px: float,
) -> tuple[FloatImage, ByteImage, ByteImage]:
    """Unmix the photo's colours beside the cuts.

    The matting equation C = αF + (1 − α)B is solved for α by least squares over the channels,
    α = (C − B)·(F − B) / |F − B|², so that front over back gives the photo again. Where both look
    alike the colours say nothing, and α is a ramp across the cut. What the photo has beside a
    mixture of the two is given back to the side it was seen on. The closer a pixel is to an
    estimated cut, and the more it is mixed, the more goes to the foreground all the same: outlines,
    fringes of colour and shadows belong to it, and would stay behind as a ghost. So do the rims
    that sharpening and JPEG draw around things: what leans away from the foreground by no more than
    they do goes with it from farther out.

    Args:
        rgb: the photo, uint8 H×W×3.
        front, back: first guesses of the two sides' colours.
        signed: float32 H×W, pixels to the cut, positive on the foreground side.
        unknown: bool H×W, where colours may be mixed; elsewhere alpha is 0 or 1.
        band_px: pixels on the background side of a cut that may be mixed.

    Returns:
        Alpha (float32 H×W in [0, 1]), front and back colour.
    """
    alpha = np.clip(0.5 + signed / 2.0, 0, 1).astype(np.float32)
    f, b, c = (x[unknown].astype(np.float32) / 255 for x in (front, back, rgb))
    contrast = ((f - b) ** 2).sum(axis=1)
    leaning = ((c - b) * (f - b)).sum(axis=1) / (contrast + _NO_CONTRAST)
    share = np.clip(leaning, 0, 1)
    # Far from the cut a stray colour match must not punch holes or leave dots.
    inside = signed[unknown] > 0
    width = np.where(inside, BAND_PX, max(band_px, BAND_PX)).astype(np.float32)
    trust = contrast / (contrast + _CONTRAST) * np.clip(1.5 - np.abs(signed[unknown]) / width, 0, 1)
    a = alpha[unknown] + (share - alpha[unknown]) * trust
    alpha[unknown] = a
    own = np.ones_like(share)
    if band_px > CRISP_BAND_PX:  # else the cut runs along the silhouette itself
        apart = np.clip((np.abs(signed[unknown]) - 0.5) / (band_px - 0.5), 0, 1)
        own = (1 - share) * (apart - _ringing(leaning) * (apart - apart**2))
    beside = c - b - share[:, None] * (f - b)
    pure_back = np.where(inside[:, None], b, b + beside * own[:, None])
    pure_front = (c - (1 - a)[:, None] * pure_back) / np.maximum(a, _OPAQUE)[:, None]
    outline = f + beside * ((1 - own) / np.maximum(a, _OPAQUE))[:, None]
    front, back = front.copy(), back.copy()
    front[unknown] = _to_bytes(
        np.where(inside[:, None], np.where((a > _OPAQUE)[:, None], pure_front, f), outline)
    )
    back[unknown] = _to_bytes(pure_back)
    return alpha, front, back


def _ringing(leaning: NDArray[np.float32]) -> NDArray[np.float32]:
    """How far what leans away from the foreground, by such a share of the step, may be the rim that
    sharpening and JPEG draw around things: 1 where it is as high as such rims are, 0 beyond.
    """
    likely = np.clip(2 + 2 * leaning / _MOST_RINGING, 0, 1)
    return np.where(leaning < 0, likely, 0).astype(np.float32)


def _to_bytes(colour: NDArray[np.float32]) -> ByteImage:
    return (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
