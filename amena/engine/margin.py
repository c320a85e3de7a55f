"""The picture beyond its border, which the camera sees when it moves."""

from __future__ import annotations

import cv2
import numpy as np

from amena.engine.types import ByteImage, FloatImage

#: Pixels over which the margin loses its detail, and how far its tone is blurred, up to that size.
_MARGIN_FADE, _MARGIN_BLUR, _MARGIN_SIZE = 12.0, 4.0, 960


def extend_photo(rgb: ByteImage, margin: tuple[int, int]) -> ByteImage:
    """The photo with a margin: its mirror image, which soon fades into the tone of the border.

    What lies out there is unknown; sharp detail would claim more than a hint of its tone, and what
    a mirror shows is the less likely to be there the farther out it is.
    """
    mx, my = margin
    mirrored = cv2.copyMakeBorder(rgb, my, my, mx, mx, cv2.BORDER_REFLECT_101)
    height, width = mirrored.shape[:2]
    x, y = np.arange(width)[None], np.arange(height)[:, None]
    beyond_x = np.maximum(np.maximum(mx - x, x - (width - 1 - mx)), 0)
    beyond_y = np.maximum(np.maximum(my - y, y - (height - 1 - my)), 0)
    scale = max(1.0, max(rgb.shape) / _MARGIN_SIZE)
    top, bottom = (_border_tone(part, scale) for part in (rgb, rgb[::-1]))
    left, right = (_border_tone(part.swapaxes(0, 1), scale) for part in (rgb, rgb[:, ::-1]))
    corners = (mx, mx), (0, 0)
    everything = slice(None)
    for rows, cols, tone in (
        (slice(my), everything, np.pad(top, corners, "edge")[None]),
        (slice(height - my, None), everything, np.pad(bottom, corners, "edge")[None]),
        (slice(my, height - my), slice(mx), left[:, None]),
        (slice(my, height - my), slice(width - mx, None), right[:, None]),
    ):
        strip = mirrored[rows, cols]
        distance = np.hypot(beyond_x[:, cols], beyond_y[rows])[..., None]
        sharp = np.exp((1 - distance) / (_MARGIN_FADE * scale)).astype(np.float32)
        strip[:] = tone + (strip - tone) * sharp + 0.5
    return np.asarray(mirrored, np.uint8)


def _border_tone(rgb: ByteImage, scale: float) -> FloatImage:
    """Blurred colour of the first row, float32 W×3."""
    sigma = _MARGIN_BLUR * scale
    band = np.ascontiguousarray(rgb[: 4 * round(sigma) + 1])
    return np.asarray(cv2.GaussianBlur(band, (0, 0), sigma)[0], np.float32)
