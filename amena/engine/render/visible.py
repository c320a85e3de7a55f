"""Which parts of a frame may show a layer that is transparent in most places."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import Pose
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

#: Cells of the layer's grid a side of a block.
_BLOCK = 8

#: Rows and columns of tiles of a frame.
Tiles = tuple[NDArray[np.intp], NDArray[np.intp]]


class Visible:
    """The blocks of a layer that have any alpha, as boxes in space whose corners a pose moves."""

    def __init__(
        self, image: LayeredDepthImage, alpha: ByteImage, q: FloatImage, step: int
    ) -> None:
        """Find the blocks.

        Args:
            image: the scene.
            alpha: uint8, the layer's, on the scene's canvas.
            q: float32, the layer's inverse depth at its vertices.
            step: canvas pixels between two vertices.
        """
        self._size = image.photo_size
        side = _BLOCK * step
        # One pixel more all around: bilinear sampling reaches that far.
        reached = cv2.dilate(alpha, np.ones((3, 3), np.uint8))
        height, width = alpha.shape
        reached = np.pad(reached, ((0, -height % side), (0, -width % side)))
        rows, cols = (count // side for count in reached.shape)
        i, j = np.nonzero(reached.reshape(rows, side, cols, side).any(axis=(1, 3)))
        x, y = np.stack([j, j + 1]) * side, np.stack([i, i + 1]) * side
        around = np.ones((_BLOCK + 3, _BLOCK + 3), np.uint8)
        middle = tuple(
            np.minimum(at * _BLOCK + _BLOCK // 2, count - 1)
            for at, count in zip((i, j), q.shape, strict=True)
        )
        depth = np.stack([cv2.erode(q, around)[middle], cv2.dilate(q, around)[middle]])
        self._corners = self._boxes(x, y, depth, image)

    def _boxes(
        self,
        x: NDArray[np.intp],
        y: NDArray[np.intp],
        depth: FloatImage,
        image: LayeredDepthImage,
    ) -> NDArray[np.float32]:
        """The eight corners (u, v, 1, q) of all blocks: float32 4×8×N."""
        (mx, my), (width, height) = image.margin, self._size
        # Edges of blocks lie half-way between pixels.
        u = (x - mx - width / 2) / max(self._size)
        v = (y - my - height / 2) / max(self._size)
        corners = [
            (u[a], v[b], np.ones_like(u[a]), depth[c])
            for a in (0, 1)
            for b in (0, 1)
            for c in (0, 1)
        ]
        return np.stack([np.stack(corner) for corner in corners], axis=1, dtype=np.float32)

    def tiles(self, pose: Pose, side: int) -> Tiles:
        """Tiles of `side` pixels, counted from the frame's upper left, that may show the layer."""
        width, height = self._size
        u, v, w = np.tensordot(pose[:3].astype(np.float32), self._corners, axes=1)
        long_side = np.float32(max(self._size))
        x, y = (
            along / w * long_side + np.float32((side - 1) / 2)
            for along, side in ((u, width), (v, height))
        )
        rows, cols = -(-height // side), -(-width // side)
        # Every block adds 1 to the tiles from its first to its last: a sum over a sum of corners.
        top, bottom = _span(y, side, rows)
        left, right = _span(x, side, cols)
        seen = (top < bottom) & (left < right)
        above, below = (at[seen] * (cols + 1) for at in (top, bottom))
        before, after = left[seen], right[seen]
        count = (rows + 1) * (cols + 1)
        more = np.bincount(np.concatenate([above + before, below + after]), minlength=count)
        less = np.bincount(np.concatenate([above + after, below + before]), minlength=count)
        marks = (more - less).reshape(rows + 1, cols + 1)
        rows_seen, cols_seen = np.nonzero(marks.cumsum(axis=0).cumsum(axis=1)[:-1, :-1])
        return rows_seen, cols_seen


#: Pixels by which a renderer may be off.
_SLACK = 0.25


def _span(
    positions: NDArray[np.float32], side: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First tile and the one after the last with pixels between the least and largest position."""
    first = np.ceil(positions.min(axis=0) - _SLACK) // side
    last = np.floor(positions.max(axis=0) + _SLACK) // side + 1
    return first.clip(0, count).astype(np.intp), last.clip(0, count).astype(np.intp)
