"""Gaps: what of the background is seen between things that are close to each other.

Beside a cut pixels are mistrusted, and in corners and notches all of them may be mixed. But a gap
between leaves, hairs or fingers shows the background itself, and of all that fills know it is the
closest. Its colours tell it: they are those of the wide background around, and not those of the
near side.
"""

from __future__ import annotations

import numpy as np

from amena.engine.depth.colour_models import colour_fit
from amena.engine.pixels.windows import Window, each_window
from amena.engine.types import ByteImage, Mask

#: Pixels to all sides whose colours tell the two sides apart.
_AROUND_PX = 24
#: Squared distance from the background's colours, in variances of all three channels, that most of
#: its own pixels have at most, and what a pixel must cost more among the near side's.
_ALIKE, _CLEARER = 4.0, 2.0


def seen_in_gaps(rgb: ByteImage, narrow: Mask, near: Mask, far: Mask) -> Mask:
    """The pixels of narrow gaps that show the background unmixed, bool H×W.

    Args:
        rgb: uint8 H×W×3.
        narrow: bool H×W, pixels in the middle of gaps, corners and notches.
        near, far: bool H×W, pixels that are sure to be of the near side and of the background.
    """
    seen = np.zeros_like(narrow)

    def tell(window: Window) -> None:
        here = narrow[window.outer].copy()
        as_near, as_far = (
            colour_fit(rgb[window.outer], each[window.outer], here, _AROUND_PX)
            for each in (near, far)
        )
        alike = as_near.known & as_far.known & (as_far.distance < _ALIKE)
        here[here] = alike & (as_near.cost - as_far.cost > _CLEARER)
        seen[window.inner] = here[window.within]

    each_window(tell, narrow, _AROUND_PX)
    return seen
