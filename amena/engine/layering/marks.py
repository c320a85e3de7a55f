"""Marks: thin things beside a silhouette such as the background has nowhere else.

Single hairs, bright rims of hair against the light, a dark sliver of a shoulder: where a cut has
passed them by, they stay behind as a line around the place where somebody stood, and fills go on
with them. They need not have the near side's colour (`strands`), for a rim is lit as nothing else
is. But they are thin, they end close to the cut, and farther away the background has nothing as
thin that stands out as much.
"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.depth.colour_models import box_sum
from amena.engine.layering.matte import FRONT_PX
from amena.engine.layering.strands import followed
from amena.engine.pixels.windows import Window, each_window
from amena.engine.types import ByteImage, FloatImage, Mask

#: Half the width in pixels that a mark has at most. Of the background things twice as wide count.
_HALF_WIDTH = 3
#: Pixels on both sides of a gap that may be mixed: what is narrower than these and a mark has none.
_MIXED_PX = 2
#: Pixels to all sides in which the background tells what is usual there.
_AROUND_PX = 40
#: Levels by which a mark stands out somewhere, standard deviations beyond what is usual there, and
#: the share of both by which all of it does.
_STANDS_OUT, _UNUSUAL, _FAINT = 12.0, 2.0, 0.5
#: Blur against the photo's noise, in pixels.
_SMOOTH_PX = 0.7
#: The background says nothing where fewer than this share of its window's pixels are its own.
_FEWEST = 0.02


def find_marks(
    rgb: ByteImage, background: Mask, outer: FloatImage, background_px: float, times: float = 1
) -> Mask:
    """The background's pixels, bool H×W, that belong to marks that begin at the cut.

    What goes on beyond the zone in which they are looked for is the background's own, and what ends
    within the unknown band is mixed as it is everywhere along a cut.

    Args:
        rgb: uint8 H×W×3.
        background: bool H×W, the cut's far side; what is not is never looked at.
        outer: float32 H×W, pixels to the cut there, 0 elsewhere.
        background_px: pixels beside a cut that may be mixed.
        times: by how much hairs are wider and cuts farther off than in a picture of 960 pixels.
    """
    half, zone_px = round(_HALF_WIDTH * times), FRONT_PX * times
    radius = round(_AROUND_PX * times / 2)
    # In a gap the middle stands out from what is mixed on both sides.
    size = 2 * (half + round(_MIXED_PX * times)) + 1
    opened = cv2.morphologyEx(
        background.view(np.uint8), cv2.MORPH_OPEN, np.ones((size, size), np.uint8)
    )
    background = background & (opened > 0)
    zone = background & (outer < zone_px)
    if not zone.any():
        return zone
    clear, faint = np.zeros((2, *zone.shape), np.bool_)

    def tell(window: Window) -> None:
        part = window.outer
        here, own = zone[part], background[part]
        colour = cv2.GaussianBlur(rgb[part], (0, 0), _SMOOTH_PX)
        stands_out = _stands_out(colour, own, half)
        # Every other pixel is enough to tell what is usual, and makes things half as wide.
        wide = cv2.max(_stands_out(colour[::2, ::2], own[::2, ::2], half), stands_out[::2, ::2])
        mean, spread, known = _usual(wide, (own & (outer[part] >= zone_px))[::2, ::2], radius)
        rows, columns = (places // 2 for places in np.nonzero(here))
        found, more = stands_out[here] - mean[rows, columns], spread[rows, columns]
        for share, out in ((1.0, clear), (_FAINT, faint)):
            marked = np.zeros_like(here)
            least = np.float32(share) * (_STANDS_OUT + _UNUSUAL * more)
            marked[here] = known[rows, columns] & (found > least)
            out[window.inner] = marked[window.within]

    each_window(tell, zone, 2 * radius + 8 * half)
    faint &= ~followed(faint & (outer >= zone_px - 1), faint, zone_px)
    faint = followed(faint & (outer < background_px), faint, zone_px)
    return followed(clear & faint & (outer >= background_px), faint, zone_px)


def own_colour(rgb: ByteImage, front: ByteImage, back: ByteImage) -> ByteImage:
    """The colour of a mark's pixels: the near side's, or what is seen where it and the background
    make nothing like that.

    Args:
        rgb, front, back: uint8 N×3, of the photo and as first guesses of both sides.
    """
    seen, near, far = (colour.astype(np.float32) for colour in (rgb, front, back))
    step = near - far
    share = ((seen - far) * step).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1)
    left = np.abs(seen - far - np.clip(share, 0, 1)[:, None] * step).max(axis=1)
    return np.where(left[:, None] > _STANDS_OUT, rgb, front)


def _usual(stands_out: ByteImage, counts: Mask, radius: int) -> tuple[FloatImage, FloatImage, Mask]:
    """Mean and standard deviation of what stands out around each pixel, float32 H×W, and whether
    there is enough that counts.
    """
    ours = stands_out * counts
    count = box_sum(counts, radius)
    known = count > np.float32(_FEWEST * (2 * radius + 1) ** 2)
    np.maximum(count, 1, out=count)
    mean = box_sum(ours, radius) / count
    square = box_sum(np.square(ours, dtype=np.float32), radius) / count
    return mean, np.sqrt(np.maximum(square - mean * mean, 0)), known


def _stands_out(colour: ByteImage, background: Mask, half: int) -> ByteImage:
    """By how many levels thin things are brighter or darker than what is around, uint8 H×W.

    The greater top-hat (Meyer 1979) of all channels, among the background's pixels alone.
    """
    square = np.ones((2 * half + 1, 2 * half + 1), np.uint8)
    own = cv2.merge([background.view(np.uint8) * np.uint8(255)] * 3)
    low = cv2.erode(colour | ~own, square) & own
    high = cv2.dilate(colour & own, square) | ~own
    bright = cv2.subtract(colour, cv2.dilate(low, square))
    dark = cv2.subtract(cv2.erode(high, square), colour)
    blue, green, red = cv2.split(cv2.max(bright, dark) & own)
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
