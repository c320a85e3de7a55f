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

from amena.engine.pixels.windows import each_strip
from amena.engine.types import Box, FloatImage, Mask

#: Directions are looked for in a picture reduced to about this long side, at least by two: they are
#: smooth, and the same photo gives the same ones at any size.
_LONG_SIDE = 512
#: Radii over which directions are gathered, pixels of the reduced picture, with the weight of each:
#: the near rim decides.
_RADII = ((2.0, 1.0), (4.0, 0.25), (8.0, 0.06))
#: Squared gradient (levels per pixel of the reduced picture) that counts as clear.
_CLEAR = 80.0
#: Cosine between edge and rim normal under which an edge runs along the rim, not across it.
_ACROSS, _ACROSS_FULL = 0.35, 0.55
#: Distances in the reduced picture beyond these bounds need not be exact.
_INSIDE, _OUTSIDE = 32.0, 100.0


@dataclass(frozen=True)
class Reduced:
    """A picture reduced to the size at which directions are looked for.

    Attributes:
        rgb: float32 h×w×3, sums of the known colours, as shares of a cell.
        weight: float32 h×w in [0, 1], how much of each cell is known.
        factor: pixels along a side of a cell.
    """

    rgb: FloatImage
    weight: FloatImage
    factor: int

    def blurred(self, sigma: float) -> FloatImage:
        """Gaussian blur of what is known alone; float32 h×w×3, 0 far from it."""
        total = cv2.GaussianBlur(self.weight, (0, 0), sigma)
        mean = cv2.GaussianBlur(self.rgb, (0, 0), sigma)
        return np.asarray(mean / np.maximum(total, 1e-4)[..., None], np.float32)


def reduce(rgb: NDArray[np.uint8], known: Mask) -> Reduced:
    """Reduce a picture in which only `known` pixels count.

    Args:
        rgb: uint8 H×W×3; read only where `known`.
        known: bool H×W; at least one pixel must be True.
    """
    height, width = known.shape
    factor = 2 ** max(1, round(np.log2(max(height, width) / _LONG_SIDE)))
    size = -(-height // factor), -(-width // factor)
    total, share = np.empty((*size, 3), np.float32), np.empty(size, np.float32)

    def mean(part: Box) -> None:
        rows = slice(part[0].start // factor, -(-part[0].stop // factor))
        weight = known[part].astype(np.float32)
        # With whole cells it does not depend on the picture's size what is where.
        below = (rows.stop - rows.start) * factor - len(weight)
        right = size[1] * factor - width
        for values, out in ((rgb[part] * weight[..., None], total), (weight, share)):
            whole = cv2.copyMakeBorder(values, 0, below, 0, right, cv2.BORDER_CONSTANT, value=0)
            across, down = size[1], rows.stop - rows.start
            cv2.resize(whole, (across, down), dst=out[rows], interpolation=cv2.INTER_AREA)

    # Strips begin where cells do: both are powers of two.
    each_strip(mean, known.shape)
    return Reduced(total, share, factor)


@dataclass(frozen=True)
class Sources:
    """Where to look for the colour of pixels that are not known.

    Attributes:
        x, y: float32 H×W, coordinates to read from; they may lie outside the picture.
        along: float32 H×W in [0, 1], 1 = read along a clear edge, 0 = plain mirror.
        distance: float32 H×W, pixels to the rim of what is known.
    """

    x: FloatImage
    y: FloatImage
    along: FloatImage
    distance: FloatImage


@dataclass(frozen=True)
class Directions:
    """Where to look, at the reduced size.

    Attributes:
        cells: float32 h×w×4: way to go per pixel of distance, x and y; distance to the rim in
            cells; how far along an edge.
        factor: pixels along a side of a cell.
    """

    cells: FloatImage
    factor: int

    def sources(self, box: Box) -> Sources:
        """The sources of a part that begins at whole cells.

        Its outermost `factor` pixels are not exact if the picture goes on beyond them.
        """
        rows, cols = box
        size = rows.stop - rows.start, cols.stop - cols.start
        top, bottom, left, right = (
            rows.start // self.factor,
            -(-rows.stop // self.factor),
            cols.start // self.factor,
            -(-cols.stop // self.factor),
        )
        cells = np.ascontiguousarray(self.cells[top:bottom, left:right])
        whole = (right - left) * self.factor, (bottom - top) * self.factor
        enlarged = cv2.resize(cells, whole, interpolation=cv2.INTER_LINEAR)
        x, y, to_rim, along = cv2.split(enlarged[: size[0], : size[1]])
        distance = np.maximum(to_rim * self.factor, 0.5)
        y_here = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        x_here = np.arange(cols.start, cols.stop, dtype=np.float32)[None]
        # Mirrored: as far behind the rim as the pixel lies before it.
        return Sources(x_here - 2 * distance * x, y_here - 2 * distance * y, along, distance)


def find_directions(reduced: Reduced) -> Directions:
    """Mirror all that is not known at the rim of what is, along the edges that end there.

    A pixel p at the distance d from the rim is read at p − 2·d·v / (v·n), where n is the normal of
    the rim and v the direction: n itself, or that of a clear edge which meets the rim.

    Args:
        reduced: the picture, as `reduce` makes it.
    """
    to_rim, normal_x, normal_y = _rim(reduced.weight > 0.5)
    edge_x, edge_y, clarity = _edges(reduced)
    across = edge_x * normal_x + edge_y * normal_y
    outwards = np.where(across < 0, -1, 1)
    along = clarity * np.clip((np.abs(across) - _ACROSS) / (_ACROSS_FULL - _ACROSS), 0, 1)
    x = cv2.GaussianBlur(normal_x + (edge_x * outwards - normal_x) * along, (0, 0), 0.75)
    y = cv2.GaussianBlur(normal_y + (edge_y * outwards - normal_y) * along, (0, 0), 0.75)
    length = np.maximum(np.sqrt(x * x + y * y), 1e-3)
    # The rim is taken for straight: along a slanted direction it lies further away.
    length *= np.maximum((x * normal_x + y * normal_y) / length, 0.3)
    cells = np.dstack([x / length, y / length, to_rim, along])
    return Directions(np.asarray(cells, np.float32), reduced.factor)


def _rim(known: Mask) -> tuple[FloatImage, FloatImage, FloatImage]:
    """Distance to the smoothed rim of the known pixels, and the normal that points away."""
    signed = np.where(known, 0.5 - _distance(known), _distance(~known) - 0.5)
    signed = np.clip(signed, -_INSIDE, _OUTSIDE)
    smooth = cv2.GaussianBlur(signed.astype(np.float32), (0, 0), 1.5)
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    length = np.maximum(np.sqrt(x * x + y * y), 1e-3)
    return smooth, np.asarray(x / length, np.float32), np.asarray(y / length, np.float32)


def _distance(mask: Mask) -> FloatImage:
    """Pixels to the nearest one that is not in the mask, float32 H×W, the same bits every time.

    OpenCV's last bits depend on where an array lies in memory; squared, distances are whole. Where
    all is in the mask it says anything, at times too much to be squared: here it is the sum of the
    sides, more than any distance.
    """
    if mask.all():
        return np.full(mask.shape, sum(mask.shape), np.float32)
    distance = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.sqrt(np.rint(distance * distance)), np.float32)


def _edges(reduced: Reduced) -> tuple[FloatImage, FloatImage, FloatImage]:
    """Direction (unit vector) and clarity in [0, 1] of the edges among the known pixels nearby.

    The direction is the eigenvector of the smaller eigenvalue of the structure tensor Σ ∇I ∇Iᵀ
    (Förstner and Gülch 1987), and the clarity (λ₁ − λ₂) / (λ₁ + λ₂ + c).
    """
    smooth = reduced.blurred(0.5)
    # Gradients at the rim itself would see where the known pixels end.
    sure = cv2.erode(reduced.weight, np.ones((3, 3), np.uint8))
    x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
    y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
    products = [_sum_channels(x * x), _sum_channels(x * y), _sum_channels(y * y)]
    weighted = cv2.merge([*(product * sure for product in products), sure])
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
    """Weighted means over `_RADII`; the last channel holds the weights."""
    gathered = np.zeros((*weighted.shape[:2], 3), np.float32)
    for radius, share in _RADII:
        blurred = _wide_blur(weighted, radius)
        gathered += share * blurred[..., :3] / (blurred[..., 3:] + 1e-3)
    return gathered


def _wide_blur(image: FloatImage, sigma: float) -> FloatImage:
    """Gaussian blur, worked out on a smaller picture where that is exact enough."""
    height, width = image.shape[:2]
    factor = max(1, int(sigma // 2))
    size = -(-width // factor), -(-height // factor)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
