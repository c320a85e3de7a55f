"""What depth peeling takes off a picture: a surface, and the classes of the pixels around it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from amena.engine.layering.matte import BAND_PX, CRISP_BAND_PX, band_width
from amena.engine.pixels.windows import around, each_wanted
from amena.engine.types import Box, FloatImage, Mask

#: Pixels that two layers share where one surface passes from one to the other.
OVERLAP_PX = 2
#: Pixels over which a layer fades where it and what lies behind are alike.
_FADE_PX = 12.0


@dataclass(frozen=True)
class UnknownBand:
    """The pixels beside a cut whose colour may be a mixture, as a trimap's unknown region.

    Attributes:
        foreground_px: pixels on the foreground side that may show the background's colour.
        background_px: pixels on the background side that may show the foreground's colour, or a
            depth in between.
        chroma_px: pixels on both sides into which the other side's chroma may have bled.
    """

    foreground_px: float = BAND_PX
    background_px: float = BAND_PX
    chroma_px: float = 0

    @property
    def soft(self) -> bool:
        """Whether the cuts may lie beside the photo's silhouettes, as those of estimates do."""
        return self.foreground_px > CRISP_BAND_PX


@dataclass(frozen=True)
class DepthLayer:
    """The nearest surface of a picture, and how the picture's pixels are classified.

    Attributes:
        foreground: bool H×W, what the layer carries.
        deferred: bool H×W, on the foreground side of a cut too, but below the envelope of something
            nearer: left to a later peel.
        background: bool H×W, all else.
        distance: float32 H×W, pixels to the nearest cut, as far as anybody asks.
        hidden: bool H×W, where what lies behind has to be made up.
        disoccluded: bool H×W, the part of it that a moving camera brings into sight.
        opaque: bool H×W, where the layer must not fade; all that is hidden, and more.
        disparity: float32 H×W, the layer's own, everywhere.
    """

    foreground: Mask
    deferred: Mask
    background: Mask
    distance: FloatImage
    hidden: Mask
    disoccluded: Mask
    opaque: Mask
    disparity: FloatImage

    @property
    def inner(self) -> FloatImage:
        """Pixels to the cut on the foreground side, float32 H×W; 0 elsewhere."""
        return np.where(self.foreground, self.distance, np.float32(0))

    @property
    def outer(self) -> FloatImage:
        """Pixels to the cut on the background side, float32 H×W; 0 elsewhere."""
        return np.where(self.background, self.distance, np.float32(0))

    def background_band(self, width: float, look_px: float = 0) -> Mask:
        """The background's pixels, bool H×W, within `width` of a cut; never all of a thing that is
        thin as far as `look_px` around.
        """
        outer = self.outer
        return self.background & (outer < band_width(outer, width, look_px))

    @property
    def fade(self) -> FloatImage:
        """Alpha, float32 H×W in [0, 1]: 0 deep inside, where it and what lies behind are alike."""
        fade = np.zeros(self.opaque.shape, np.float32)
        reach = math.ceil(OVERLAP_PX + _FADE_PX)

        def measure(part: Box) -> None:
            outer, within = around(part, reach, fade.shape)
            beyond = cv2.distanceTransform(
                (~self.opaque[outer]).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3
            )[within]
            fade[part] = np.clip(1 - (beyond - OVERLAP_PX) / _FADE_PX, 0, 1)

        each_wanted(measure, self.opaque, reach)
        return fade
