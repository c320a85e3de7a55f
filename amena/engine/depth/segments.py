"""Long straight segments of a photo, and which of them may be upright in space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.grouping import grouped
from amena.engine.types import ByteImage, Mask

_Numbers = NDArray[np.float64]

#: Long side, in pixels, of the picture that is searched.
_SEARCHED: Final = 480
#: Least length of a segment, of the long side.
_LENGTH: Final = 0.07
#: Pieces of at least such a length are joined where no gap between them is wider, and they lie so
#: close to one line.
_PIECE, _GAP, _OFF = 0.03, 0.05, 0.003
#: Pieces that are compared with each other, the longest ones; a wall of small bricks has thousands.
_MOST: Final = 500
#: Sideways steps for one down: of what may be an upright, and by how much one may miss the point
#: where they meet. So many at least must agree about that.
_SLANT, _MISSES, _AGREE = 0.25, 0.03, 2
#: What counts as far from the others while the point is looked for: at first, and then.
_ROUGHLY, _CLOSELY = 0.05, 0.015
#: Weights of a camera without roll and of uprights that are parallel, in lengths of segments.
_LEVEL: Final = (9e-4, 3e-4)


@dataclass(frozen=True)
class Segments:
    """Straight segments of a photo.

    Attributes:
        ends: N×2×2, (x, y) of the upper and lower end, in long sides.
        upright: bool N, whether it may be upright in space.
        convergence: one over the distance, in long sides, of the point above the photo in which
            the uprights meet; negative below it.
    """

    ends: _Numbers
    upright: Mask
    convergence: float

    def along(self) -> _Numbers:
        """N×2, from the upper to the lower end."""
        return np.asarray(self.ends[:, 1] - self.ends[:, 0])

    def places(self, at: _Numbers, beside: float) -> _Numbers:
        """N×len(at)×2: the places `at` shares of each segment, that far beside it."""
        along = self.along()
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1) / length(along)[:, None]
        on = self.ends[:, None, 0] + at[:, None] * along[:, None]
        return np.asarray(on + beside * normal[:, None])


def length(vectors: _Numbers) -> _Numbers:
    """Of N vectors, N×2."""
    return np.asarray(np.hypot(vectors[:, 0], vectors[:, 1]))


def find_segments(rgb: ByteImage) -> Segments:
    """Long segments of a photo (uint8 H×W×3) by LSD (von Gioi et al. 2010), their pieces joined."""
    factor = min(1.0, _SEARCHED / max(rgb.shape))
    size = [max(1, round(side * factor)) for side in rgb.shape[1::-1]]
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    found = cv2.createLineSegmentDetector().detect(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))[0]
    if found is None:
        return Segments(np.zeros((0, 2, 2)), np.zeros(0, np.bool_), 0.0)
    # The middle of the first pixel is at half a pixel.
    ends = (found.reshape(-1, 2, 2).astype(np.float64) + 0.5) / max(small.shape)
    own = length(ends[:, 1] - ends[:, 0])
    longest = np.argsort(-own, kind="stable")[:_MOST]
    ends = _joined(ends[longest[own[longest] >= _PIECE]])
    ends = ends[length(ends[:, 1] - ends[:, 0]) >= _LENGTH]
    lower_first = ends[:, 0, 1] > ends[:, 1, 1]
    ends[lower_first] = ends[lower_first, ::-1]
    return Segments(ends, *_uprights(ends, rgb.shape[1] / max(rgb.shape)))


def _joined(ends: _Numbers) -> _Numbers:
    """Pieces of one line put together: made level one by one they would be a stair."""
    along = ends[:, 1] - ends[:, 0]
    own = length(along)
    unit = along / own[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    # How far along each piece (rows) the two ends of each piece (columns) are, and how far beside.
    on, off = (
        [
            axis @ end.T - (axis * ends[:, 0]).sum(axis=1)[:, None]
            for end in (ends[:, 0], ends[:, 1])
        ]
        for axis in (unit, normal)
    )
    near = (np.maximum(*on) > -_GAP) & (np.minimum(*on) < own[:, None] + _GAP)
    for each in off:
        near &= np.abs(each) < _OFF
    # The longer piece knows better where the line goes.
    one, other = np.nonzero(near & (own[:, None] >= own))
    group = grouped(len(ends), one, other)
    alone = np.bincount(group, minlength=len(ends))[group] == 1
    wholes = (_whole(ends[group == each]) for each in np.unique(group[~alone]))
    return np.concatenate([ends[alone], *wholes])


def _whole(pieces: _Numbers) -> _Numbers:
    """From end to end of all pieces, 1×2×2; the pieces as they are where they go around a curve."""
    points = pieces.reshape(-1, 2)
    away = points - points.mean(axis=0)
    unit = np.linalg.eigh(away.T @ away)[1][:, 1]
    on = away @ unit
    if length(away - on[:, None] * unit).max() > _OFF:
        return pieces
    return np.asarray(points.mean(axis=0) + np.array([[[on.min()], [on.max()]]]) * unit)


def _uprights(ends: _Numbers, width: float) -> tuple[Mask, float]:
    """Which segments may be upright, and how their pictures converge.

    Lines through one point far above or below are slanted in proportion to where they are: slant =
    roll + convergence · x, fitted with Cauchy weights and a weak prior of a level camera.
    """
    along = ends[:, 1] - ends[:, 0]
    slant = along[:, 0] / np.maximum(along[:, 1], 1e-6)
    x = ends[:, :, 0].mean(axis=1) - width / 2
    steep = np.abs(slant) < _SLANT
    if steep.sum() < _AGREE:
        return np.zeros(len(ends), np.bool_), 0.0
    columns = np.stack([np.ones_like(x), x], axis=1)
    own = length(along) * steep
    weight, rest, convergence = own / (1 + (slant / _ROUGHLY) ** 2), slant, 0.0
    for _ in range(15):
        weighted = columns * weight[:, None]
        roll, convergence = np.linalg.solve(
            weighted.T @ columns + np.diag(_LEVEL), weighted.T @ slant
        )
        rest = slant - roll - convergence * x
        weight = own / (1 + (rest / _CLOSELY) ** 2)
    upright = steep & (np.abs(rest) < _MISSES)
    return np.asarray(upright & (upright.sum() >= _AGREE)), float(convergence)
