"""Strands: what of the near side lies beyond a cut that has passed it by, told by its colour.

Where a photo was enlarged no tips are looked for (`depth.tips`): its blur and noise would get hard
edges of depth. Tufts, fronds and lumps that a silhouette cuts off are left on the background, stay
behind as ghosts, and fills go on with them. Here they only widen the unknown band, as far as they
reach (Chuang et al. 2001): the near layer carries as much of each pixel as its colour says.
"""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.depth.colour_models import colour_fit
from amena.engine.layering.matte import FRONT_PX, band_width
from amena.engine.pixels.windows import Window, each_window
from amena.engine.types import ByteImage, FloatImage, Mask

#: Pixels to all sides whose colours tell the two sides apart.
_AROUND_PX = 24
#: Blur against the photo's noise, in pixels.
_SMOOTH_PX = 0.7
#: Strands may have gaps of one pixel less.
_HOP_PX = 3
#: Squared distance from the background's colours, in variances of all three channels, and what a
#: pixel must cost more there than among the foreground's.
_UNLIKE, _CLEARER = 12.0, 2.0


def find_strands(
    rgb: ByteImage,
    foreground: Mask,
    background: Mask,
    inner: FloatImage,
    outer: FloatImage,
    foreground_px: float,
    background_px: float,
) -> Mask:
    """The background's pixels, bool H×W, that look like the foreground and hang together with it.

    They are looked for as far as the foreground's colour is known. What goes on beyond is the
    background's own.

    Args:
        rgb: uint8 H×W×3.
        foreground, background: bool H×W, the sides; what is neither is left alone.
        inner, outer: float32 H×W, pixels to the cut, on the foreground and on the background side;
            0 elsewhere.
        foreground_px, background_px: pixels beside a cut that may be mixed, on either side.
    """
    zone = background & (outer < FRONT_PX)
    if not zone.any():
        return zone
    pure = foreground & (inner >= band_width(inner, foreground_px)) & (inner < _AROUND_PX)
    beyond = background & (outer >= FRONT_PX)
    colour = cv2.GaussianBlur(rgb, (0, 0), _SMOOTH_PX)
    own = np.zeros_like(zone)

    def tell(window: Window) -> None:
        part = window.outer
        as_near, as_far = (
            colour_fit(colour[part], each[part], zone[part], _AROUND_PX) for each in (pure, beyond)
        )
        unlike = as_near.known & as_far.known & (as_far.distance > _UNLIKE)
        here = np.zeros_like(zone[part])
        here[zone[part]] = unlike & (as_far.cost - as_near.cost > _CLEARER)
        own[window.inner] = here[window.within]

    each_window(tell, zone, _AROUND_PX)
    endless = followed(own & (outer >= FRONT_PX - 1), own)
    return followed(own & (outer < background_px), own & ~endless)


def followed(start: Mask, through: Mask, zone_px: float = FRONT_PX) -> Mask:
    """What hangs together with a start through a mask, over twice the width of the zone."""
    kernel = np.ones((2 * _HOP_PX + 1, 2 * _HOP_PX + 1), np.uint8)
    allowed = through.view(np.uint8)
    reached = start.view(np.uint8) & allowed
    for _ in range(2 * -(-int(zone_px) // _HOP_PX)):
        reached = cv2.dilate(reached, kernel) & allowed
    return reached.view(np.bool_)
