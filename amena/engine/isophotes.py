"""Where to look for a hidden pixel's colour: mirrored at the hole's rim, along the edges that end
there.

A plain mirror folds every slanted line at the rim. Looking back along the direction in which
colours stay the same (the isophotes; the idea of coherence transport, Bornemann & März 2007) lets
lines go straight on. Where no clear direction ends at the rim, the mirror is the plain one.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import FloatImage, Mask

#: Radii over which directions are gathered, pixels, with the weight of each: the near rim decides.
_RADII = ((4.0, 1.0), (8.0, 0.25), (16.0, 0.06))
#: Squared gradient (levels per pixel) that counts as clear.
_CLEAR = 20.0
#: Cosine between edge and rim normal under which an edge runs along the rim, not across it.
_ACROSS, _ACROSS_FULL = 0.35, 0.55
#: Distances beyond these bounds need not be exact.
_INSIDE, _OUTSIDE = 64.0, 200.0


@dataclass(frozen=True)
class Sources:
    """Where each pixel that is not known finds its colour.

    Attributes:
        x, y: float32 H×W, coordinates to read from; they may lie outside the picture.
        along: float32 H×W in [0, 1], 1 = read along a clear edge, 0 = plain mirror.
        distance: float32 H×W, pixels to the nearest known one.
    """

    x: FloatImage
    y: FloatImage
    along: FloatImage
    distance: FloatImage


def find_sources(rgb: NDArray[np.uint8], known: Mask) -> Sources:
    """Mirror all that is not known at the rim of what is, along the edges that end there.

    Args:
        rgb: uint8 H×W×3; read only where `known`.
        known: bool H×W; at least one pixel must be True.
    """
    distance, to_rim, normal_x, normal_y = _rim(known)
    edge_x, edge_y, clarity = _edges(rgb, known)
    across = edge_x * normal_x + edge_y * normal_y
    outwards = np.where(across < 0, -1, 1)
    along = clarity * np.clip((np.abs(across) - _ACROSS) / (_ACROSS_FULL - _ACROSS), 0, 1)
    x = cv2.GaussianBlur(normal_x + (edge_x * outwards - normal_x) * along, (0, 0), 1.5)
    y = cv2.GaussianBlur(normal_y + (edge_y * outwards - normal_y) * along, (0, 0), 1.5)
    length = np.maximum(np.sqrt(x * x + y * y), 1e-3)
    # The rim is taken for straight: along a slanted direction it lies further away.
    step = 2 * to_rim / np.maximum((x * normal_x + y * normal_y) / length, 0.3) / length
    rows, cols = np.indices(known.shape, np.float32)
    return Sources(
        np.asarray(cols - step * x, np.float32),
        np.asarray(rows - step * y, np.float32),
        np.asarray(along, np.float32),
        distance,
    )


def _rim(known: Mask) -> tuple[FloatImage, FloatImage, FloatImage, FloatImage]:
    """Distance to the known pixels; to their smoothed rim; and the normal that points away."""
    away = cv2.distanceTransform(
        (~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, dstType=cv2.CV_32F
    )
    inside = cv2.distanceTransform(
        known.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE, dstType=cv2.CV_32F
    )
    signed = np.clip(np.where(known, 0.5 - inside, away - 0.5), -_INSIDE, _OUTSIDE)
    smooth = cv2.GaussianBlur(signed.astype(np.float32), (0, 0), 3.0)
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    length = np.maximum(np.sqrt(x * x + y * y), 1e-3)
    to_rim = (np.maximum(signed, 0.5) + np.maximum(smooth, 0.5)) / 2
    return (
        np.asarray(away, np.float32),
        np.asarray(to_rim, np.float32),
        np.asarray(x / length, np.float32),
        np.asarray(y / length, np.float32),
    )


def _edges(rgb: NDArray[np.uint8], known: Mask) -> tuple[FloatImage, FloatImage, FloatImage]:
    """Direction (unit vector) and clarity in [0, 1] of the edges among the known pixels nearby."""
    smooth = masked_blur(rgb, known, sigma=1.0)
    # Gradients at the rim itself would see where the known pixels end.
    weight = cv2.erode(known.astype(np.float32), np.ones((3, 3), np.uint8))
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    products = [_sum_channels(x * x), _sum_channels(x * y), _sum_channels(y * y)]
    weighted = cv2.merge([*(product * weight for product in products), weight])
    xx, xy, yy = cv2.split(_gather(np.asarray(weighted, np.float32)))
    # The angle of the strongest gradient is half that of (xx − yy, 2 xy).
    apart = np.maximum(np.sqrt((xx - yy) ** 2 + 4 * xy * xy), 1e-6)
    double = np.clip((xx - yy) / apart, -1, 1)
    cosine, sine = np.sqrt((1 + double) / 2), np.sqrt((1 - double) / 2)
    clarity = apart / (xx + yy + _CLEAR)
    # The edge runs across the gradient.
    return (
        np.asarray(np.where(xy < 0, sine, -sine), np.float32),
        np.asarray(cosine, np.float32),
        np.asarray(clarity, np.float32),
    )


def _sum_channels(image: NDArray[np.float32]) -> FloatImage:
    return np.asarray(cv2.transform(image, np.ones((1, 3), np.float32)), np.float32)


def _gather(weighted: FloatImage) -> FloatImage:
    """Weighted means over `_RADII`; the last channel holds the weights. Worked out at 1/2 size."""
    height, width = weighted.shape[:2]
    half = cv2.resize(weighted, (-(-width // 2), -(-height // 2)), interpolation=cv2.INTER_AREA)
    gathered = np.zeros((*half.shape[:2], 3), np.float32)
    for radius, share in _RADII:
        blurred = _wide_blur(np.asarray(half, np.float32), radius / 2)
        gathered += share * blurred[..., :3] / (blurred[..., 3:] + 1e-3)
    return np.asarray(cv2.resize(gathered, (width, height), interpolation=cv2.INTER_LINEAR))


def _wide_blur(image: FloatImage, sigma: float) -> FloatImage:
    """Gaussian blur, worked out on a smaller picture where that is exact enough."""
    height, width = image.shape[:2]
    factor = max(1, int(sigma // 2))
    size = -(-width // factor), -(-height // factor)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def masked_blur(rgb: NDArray[np.uint8], known: Mask, sigma: float) -> FloatImage:
    """Gaussian blur of the known pixels alone; float32 H×W×3, 0 far from them."""
    weight = known.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    summed = cv2.GaussianBlur(rgb * weight[..., None], (0, 0), sigma)
    return np.asarray(summed / np.maximum(total, 1e-4)[..., None], np.float32)
