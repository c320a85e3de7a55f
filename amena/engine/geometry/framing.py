"""The part of the picture that the frames of a path show: the photo's own, and no more.

As the camera moves, a strip beyond the photo's border comes into sight, wherever the border lies
off the focus plane. It is made up, and in textured pictures it is seen. A frame a few hundredths
smaller, and not quite in the middle, shows none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import CameraPath, inverse_depth
from amena.engine.types import FloatImage

#: By how much a frame is magnified at most. What a long way shows beyond that is made up.
MAX_ZOOM: Final = 1.045
#: Poses of a path and pixels of a border that are looked at: both change slowly.
_POSES, _BORDER = 24, 256
#: A strip less wide than this share of the long side is a rounding error.
_NO_GAP: Final = 1e-5
#: Axis and end of the left, the right, the top and the bottom.
_SIDES: Final = ((0, 0), (0, 1), (1, 0), (1, 1))


@dataclass(frozen=True)
class Framing:
    """Which part of the view a frame shows.

    Attributes:
        zoom: magnification; 1 shows the whole view.
        x, y: the frame's middle, in units of the long side from the view's.
    """

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @property
    def values(self) -> tuple[float, float, float]:
        """Zoom, x and y, rounded to a hundredth of a pixel or so."""
        return round(self.zoom, 6), round(self.x, 6), round(self.y, 6)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The 4×4 that a pose is multiplied with from the left."""
        matrix = np.diag([self.zoom, self.zoom, 1.0, 1.0])
        matrix[:2, 2] = -self.zoom * self.x, -self.zoom * self.y
        return matrix

    def applied(self, path: CameraPath) -> CameraPath:
        """The path as seen in this frame."""
        return replace(path, poses=self.matrix @ path.poses)

    def removed(self, path: CameraPath) -> CameraPath:
        """The path without this frame, in which it was seen."""
        return replace(path, poses=np.linalg.inv(self.matrix) @ path.poses)


@dataclass(frozen=True)
class Border:
    """A photo's border, as points in space.

    Attributes:
        half: width and height of the photo, halved, in units of its long side.
        long_side: of the photo, in pixels.
        points: (u, v, 1, q), float64 4×N, of the left, the right, the top and the bottom.
    """

    half: NDArray[np.float64]
    long_side: int
    points: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, disparity: FloatImage) -> Border:
        """The border of a photo of that disparity, float32 H×W in [0, 1]."""
        height, width = disparity.shape
        half = np.array([width, height]) / max(height, width) / 2
        points = tuple(_border(disparity, half, axis, side) for axis, side in _SIDES)
        return cls(half, max(height, width), points)


def needed_framing(paths: Sequence[CameraPath], border: Border) -> Framing:
    """The largest frame of the photo's shape in which no pose shows anything beyond its border.

    It may be larger than a frame that `MAX_ZOOM` allows, and is never larger than the photo.

    Args:
        paths: camera paths that share one frame, as two eyes do.
        border: the photo's.
    """
    half = border.half
    poses = np.concatenate([path.poses[:: max(1, len(path) // _POSES)] for path in paths])
    # How far the photo's border comes into the view, on its left and right, and top and bottom.
    inwards = np.zeros((2, 2))
    for (axis, side), points in zip(_SIDES, border.points, strict=True):
        moved = poses[:, :3] @ points
        at = (moved[:, axis] / moved[:, 2]) * (1 if side else -1)
        inwards[axis, side] = max(0.0, half[axis] - at.min())
    if inwards.max() <= _NO_GAP:
        return Framing()
    inwards += 1 / border.long_side  # sampling reads beside a pixel
    share = float(np.min((2 * half - inwards.sum(axis=1)) / (2 * half)))
    share = max(share, 0.1)
    # Along the side that has room to spare the frame stays as close to the middle as it can.
    spare = half * (1 - share)
    low, high = inwards[:, 0] - spare, spare - inwards[:, 1]
    middle = np.clip(0, np.minimum(low, high), np.maximum(low, high))
    return Framing(1 / share, float(middle[0]), float(middle[1]))


def limited(framing: Framing, size: tuple[int, int]) -> Framing:
    """The frame of a picture of (width, height), but no smaller than `MAX_ZOOM` allows."""
    zoom = min(framing.zoom, MAX_ZOOM)
    # The photo's own camera sees nothing beyond the border.
    spare = np.array(size) / max(size) / 2 * (1 - 1 / zoom)
    x, y = np.clip((framing.x, framing.y), -spare, spare)
    return Framing(zoom, float(x), float(y))


def _border(
    disparity: FloatImage, half: NDArray[np.float64], axis: int, side: int
) -> NDArray[np.float64]:
    """Points (u, v, 1, q) along a border, float64 4×N. Axis 0: left or right; 1: top or bottom."""
    lines = disparity if axis else disparity.T
    line = lines[-side]
    every = max(1, len(line) // _BORDER)
    # What lies between the points that are looked at counts as well: both its ends.
    line = line[: len(line) // every * every].reshape(-1, every)
    along = ((np.arange(len(line)) + 0.5) / len(line) * 2 - 1) * half[1 - axis]
    points = []
    for depth in (line.min(axis=1), line.max(axis=1)):
        point = np.ones((4, len(along)))
        point[axis], point[1 - axis] = half[axis] * (1 if side else -1), along
        point[3] = inverse_depth(depth)
        points.append(point)
    return np.concatenate(points, axis=1)
