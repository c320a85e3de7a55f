"""The picture beyond its border, which the camera sees when it moves.

What lies out there is unknown. What meets the border goes on as it was heading: edges straight, a
smooth gradient for some pixels more. The farther out, the wider the blur: colours drawn out into
stripes would be seen, and detail would claim more than a hint of the tone. A bit of texture is
mirrored, along the edges too.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, FloatImage

#: The lengths below are pixels of a photo up to this long side; they grow with larger ones.
_SIZE = 960
#: Rows behind the border that tell where edges are heading, and the blur of that along the border.
_ROWS, _ALONG = 4.0, 6.0
#: Squared gradient (levels per pixel) that counts as clear; flattest heading, columns per row.
_CLEAR, _FLATTEST = 20.0, 1.5
#: Blur along the border: at first, growth per pixel, and how much of that clear edges are spared.
_BLUR, _GROWTH, _SPARED = 0.7, 0.75, 0.7
#: Blurred borders at hand, each of twice the blur of the one before.
_LEVELS = 6
#: Shares of the first rows in the border's tone.
_TONE = np.array([0.5, 0.3, 0.2], np.float32)
#: Rows behind the border that tell of a gradient, and for how many pixels that goes on.
_FALL, _GRADIENT_PX = 8.0, 8.0
#: Steepest gradient that goes on, levels per pixel: steeper ones are edges.
_STEEPEST = 0.3
#: Variance, levels squared, beside which a gradient is not seen.
_NOISE = 0.5
#: Share of the mirrored texture that is added, pixels over which it fades, and the blur it lacks.
_TEXTURE, _TEXTURE_REACH, _TEXTURE_BLUR = 0.7, 16.0, 3.0
#: Texture from a depth that differs by this belongs to something else.
_APART = 0.05


def extend(
    rgb: ByteImage, disparity: FloatImage, margin: tuple[int, int]
) -> tuple[ByteImage, FloatImage]:
    """A photo and its disparity with a margin around them.

    Args:
        rgb: uint8 H×W×3.
        disparity: float32 H×W in [0, 1].
        margin: (x, y) pixels to add on each side.

    Returns:
        uint8 (H + 2y)×(W + 2x)×3 and float32 of the same size.
    """
    x, y = margin
    height, width = disparity.shape
    scale = max(1.0, max(rgb.shape) / _SIZE)
    colour = np.empty((height + 2 * y, width + 2 * x, 3), np.uint8)
    level = np.empty(colour.shape[:2], np.float32)
    rows, cols = slice(y, y + height), slice(x, x + width)
    colour[rows, cols], level[rows, cols] = rgb, disparity
    # Each border in turn is turned to the top; the last two see the corners of the first two.
    for turns, count, box in (
        (1, x, np.s_[rows, : cols.stop]),
        (3, x, np.s_[rows, :]),
        (0, y, np.s_[: rows.stop, :]),
        (2, y, np.s_[:, :]),
    ):
        if count:
            turned, turned_level = np.rot90(colour[box], -turns), np.rot90(level[box], -turns)
            seen = slice(count, count + round(max(count, 24 * scale) + 8 * scale))
            turned[:count], turned_level[:count] = _beyond(
                np.ascontiguousarray(turned[seen]),
                np.ascontiguousarray(turned_level[seen]),
                count,
                scale,
            )
    return colour, level


def _beyond(
    rgb: ByteImage, disparity: FloatImage, width: int, scale: float
) -> tuple[ByteImage, FloatImage]:
    """`width` rows above a picture's first ones: uint8 width×W×3 and float32 width×W."""
    band = rgb.astype(np.float32)
    distance = np.arange(width, 0, -1, dtype=np.float32)[:, None]
    columns = np.arange(rgb.shape[1], dtype=np.float32)[None]
    heading, clarity = _headings(band, disparity, scale)
    # Looking back along the heading at its own column, a pixel lands where the heading may differ.
    heading = _at(heading, columns + distance * heading)
    landing = columns + distance * heading
    level = _nearest(disparity, landing, np.zeros_like(landing))

    blur = _BLUR + _GROWTH * distance / scale * (1 - _SPARED * _at(clarity, landing))
    tone = _tones(band, scale, landing, np.asarray(blur, np.float32))
    length = _GRADIENT_PX * scale
    inside = float(_TONE @ np.arange(len(_TONE)))  # where the tone was taken
    onward = inside + length * (1 - np.exp(-distance / length))
    tone += _at(_gradient(band, scale), landing) * onward[..., None]

    mirrored = columns + 2 * distance * heading
    rows = np.repeat(distance, rgb.shape[1], axis=1)
    apart = (_nearest(disparity, mirrored, rows) - level) / _APART
    share = _TEXTURE * np.exp(-distance / (_TEXTURE_REACH * scale) - apart * apart)
    texture = band - cv2.GaussianBlur(band, (0, 0), _TEXTURE_BLUR * scale)
    border = cv2.BORDER_REFLECT_101
    tone += share[..., None] * cv2.remap(
        texture, mirrored, rows, cv2.INTER_LINEAR, borderMode=border
    )
    return np.clip(tone + 0.5, 0, 255).astype(np.uint8), level


def _headings(
    band: FloatImage, disparity: FloatImage, scale: float
) -> tuple[FloatImage, FloatImage]:
    """Where the edges that meet the border are heading, and how clearly, in [0, 1]: float32 W.

    A heading is the number of columns per row, seen inwards. Steps in disparity are edges as well.
    """
    count = len(band)
    both = np.dstack([band, 255 * disparity[:count]])
    smooth = cv2.GaussianBlur(both, (0, 0), scale)
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=scale / 8)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=scale / 8)
    weight = np.exp(-((np.arange(count) / (_ROWS * scale)) ** 2) / 2).astype(np.float32)
    weight[0] = 1e-6  # its gradient sees where the picture ends
    weight /= weight.sum()
    sums = [np.einsum("r,rwc->w", weight, a * b) for a, b in ((x, x), (x, y), (y, y))]
    xx, xy, yy = _along(np.stack(sums, axis=1), _ALONG * scale).T
    total = xx + yy + _CLEAR
    clarity = np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / total
    # Along the heading colours change least; where nothing is clear, it is straight out.
    heading = np.clip(-xy / (xx + 0.1 * yy + 0.05 * _CLEAR), -_FLATTEST, _FLATTEST) * clarity
    # Edges along the border do not meet it.
    meeting = np.clip(2 * xx / total - 0.3, 0, 1)
    return np.asarray(heading, np.float32), np.asarray(clarity * meeting, np.float32)


def _tones(band: FloatImage, scale: float, at: FloatImage, blur: FloatImage) -> FloatImage:
    """The border's colour at these columns, blurred along it by so many pixels: N×W×3."""
    first = band[: len(_TONE)]
    share = _TONE[: len(first), None, None]
    border = (first * share).sum(axis=0) / share.sum()
    sigmas = (_BLUR * scale * 2**level for level in range(_LEVELS))
    blurred = np.stack([_along(border, sigma) for sigma in sigmas])
    level = np.log2(blur / _BLUR).astype(np.float32)
    return np.asarray(
        cv2.remap(blurred, at, level, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _gradient(band: FloatImage, scale: float) -> FloatImage:
    """Levels per pixel by which the border's tone changes outwards: float32 W×3.

    A line of least squares through the rows behind the border, weighted by exp(−row / `_FALL`). Its
    slope counts by the share of the rows' variance that the line explains, which is small in
    texture.
    """
    part = band[: round(2 * _FALL * scale)]
    rows = np.arange(len(part), dtype=np.float32)
    weight = np.exp(-rows / (_FALL * scale))
    weight /= weight.sum()
    rows -= weight @ rows
    spread = float(weight @ (rows * rows)) + 1e-6
    mean = np.einsum("r,rwc->wc", weight, part)
    variance = np.einsum("r,rwc->wc", weight, (part - mean) ** 2)
    inwards = np.einsum("r,rwc->wc", weight * rows, part) / spread
    inwards, variance = (_along(each, _ALONG * scale) for each in (inwards, variance))
    explained = (inwards**2).sum(axis=1) * spread / (variance.sum(axis=1) + _NOISE)
    steepest = _STEEPEST / scale
    return np.asarray(np.clip(-inwards * explained[:, None], -steepest, steepest), np.float32)


def _along(values: NDArray[Any], sigma: float) -> FloatImage:
    """W×C values, blurred along the border."""
    row = np.ascontiguousarray(values[None], np.float32)
    return np.asarray(
        cv2.GaussianBlur(row, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)[0], np.float32
    )


def _at(values: FloatImage, columns: FloatImage) -> FloatImage:
    """What stands at these columns of a row, float32 W or W×C."""
    row, zero = np.ascontiguousarray(values[None]), np.zeros_like(columns)
    return np.asarray(
        cv2.remap(row, columns, zero, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
        np.float32,
    )


def _nearest(values: FloatImage, x: FloatImage, y: FloatImage) -> FloatImage:
    """The pixels next to these positions, so that steps stay steps."""
    return np.asarray(
        cv2.remap(values, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE), np.float32
    )
