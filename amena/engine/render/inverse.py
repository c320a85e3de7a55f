"""Where an output pixel comes from: the inverse of a smooth layer's motion under a pose.

The line of sight through an output pixel meets the plane of inverse depth h at a position
p(h) = p₀ + h·p₁. The layer says which inverse depth q it has there, so h solves h = q(p(h)). It is
found by fixed-point iteration, hₙ₊₁ = q(p(hₙ)), roughly on a coarse lattice first, then on the
lattice asked for. No layer is so steep that this would not contract. Several poses are looked at
together on the coarse lattice: arrays as small as those of one cost more to handle than to compute,
and those of all would go through the memory at every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.render.workspace import Workspace
from amena.engine.types import FloatImage, LayeredDepthImage

#: Steps of the iteration on the coarse lattice, then on the fine one.
_COARSE_STEPS, _FINE_STEPS = 5, 2
#: Fine cells a side of a coarse one.
_COARSE = 4
#: Samples of so many poses that they stay in a core's cache from step to step.
_TOGETHER = 1 << 17
#: Pixels of a row that `cv2.remap` takes.
_LONGEST_ROW = 32_766

_Value = TypeVar("_Value", np.float32, np.uint8)
#: Layer position where h = 0 (x, y) and its change with h (x, y), in units of the layer's grid.
#: The four broadcast to each other.
_Lines = tuple[FloatImage, FloatImage, FloatImage, FloatImage]


@dataclass(frozen=True)
class Lattice:
    """Sample points on the output: N tiles of one size, each cut into cells of `step` pixels.

    Samples lie in the middles of the cells. One more ring of them lies around every tile, so that
    `enlarge` has neighbours everywhere.

    Attributes:
        left, top: float32 N, the tiles' first pixels.
        cells: (across, down), of a tile.
        step: pixels a side of a cell.
    """

    left: FloatImage
    top: FloatImage
    cells: tuple[int, int]
    step: int

    @property
    def x(self) -> FloatImage:
        """Output columns of the samples, float32 N×1×(across + 2)."""
        return (self.left[:, None] + self._middles(self.cells[0]))[:, None, :]

    @property
    def y(self) -> FloatImage:
        """Output rows of the samples, float32 N×(down + 2)×1."""
        return (self.top[:, None] + self._middles(self.cells[1]))[:, :, None]

    def _middles(self, count: int) -> FloatImage:
        return ((np.arange(-1, count + 1) + 0.5) * self.step - 0.5).astype(np.float32)

    def enlarge(self, samples: FloatImage, out: FloatImage) -> FloatImage:
        """Values at the tiles' pixels, float32 N×height×width, from those at the samples.

        Args:
            samples: float32, as in `of_each_tile`.
            out: memory to work in, float32 N×(height + 2·step)×(width + 2·step).
        """
        step = self.step
        count, rows, cols = self.shape[0], self.shape[1] * step, self.shape[2] * step
        # Columns of neighbouring tiles mix in the rings alone, which are cut off.
        wide = out.reshape(rows, count, cols)
        cv2.resize(samples[0], (count * cols, rows), dst=wide.reshape(rows, count * cols))
        return wide.swapaxes(0, 1)[:, step:-step, step:-step]

    def of_each_tile(self, samples: FloatImage) -> FloatImage:
        """Samples 1×rows×(N·columns) as N×rows×columns, a view: the tiles lie side by side, since
        OpenCV and numpy are slow on rows as short as a tile's.
        """
        count, rows, cols = self.shape
        return samples.reshape(rows, count, cols).swapaxes(0, 1)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The samples': N, down + 2, across + 2."""
        return len(self.left), self.cells[1] + 2, self.cells[0] + 2

    @property
    def stored(self) -> tuple[int, int, int]:
        """The shape in which they lie in memory, see `of_each_tile`."""
        count, rows, cols = self.shape
        return 1, rows, count * cols


def rough_depths(
    image: LayeredDepthImage, q: FloatImage, poses: NDArray[np.float64], step: int
) -> FloatImage:
    """Inverse depth at samples four cells apart, over the whole output.

    Args:
        image: the scene.
        q: float32, a layer's inverse depth at its vertices.
        poses: float64 P×4×4.
        step: canvas pixels between two vertices.

    Returns:
        float32 P×rows×columns, for `SightLines.sources`.
    """
    across, down = (-(-side // (_COARSE * step)) for side in image.photo_size)
    first = np.zeros(1, np.float32)
    lattice = Lattice(first, first, (across, down), _COARSE * step)
    depths = np.full((len(poses), *lattice.shape[1:]), q.mean())
    workspace = Workspace()
    together = max(1, _TOGETHER // lattice.shape[1] // lattice.shape[2])
    for start in range(0, len(poses), together):
        some = np.s_[start : start + together]
        lines = SightLines(image, poses[some], step, workspace)
        lines.meet_from(q, lattice, depths[some])
    return depths


class SightLines:
    """The lines of sight of one pose, or of several."""

    def __init__(
        self,
        image: LayeredDepthImage,
        poses: NDArray[np.float64],
        step: int,
        workspace: Workspace,
    ) -> None:
        """`poses`: P×4×4; `step`: canvas pixels between two vertices, see `grid_disparity`."""
        self._step, self._margin, self._size = step, image.margin, image.photo_size
        self._workspace = workspace
        # pose · (u, v, 1, h) = λ·(s, t, 1), with A the pose's left 3×3 and b its last column, is
        # (u, v, 1) = λ·A⁻¹·(s, t, 1) − h·A⁻¹·b; the third row gives λ.
        self._turn = np.asarray(np.linalg.inv(poses[:, :3, :3]), np.float64)
        self._shift = (self._turn @ poses[:, :3, 3:])[..., 0]

    def sources(
        self,
        q: FloatImage,
        lattice: Lattice,
        rough: FloatImage,
        origin: tuple[int, int] = (0, 0),
    ) -> tuple[FloatImage, FloatImage]:
        """Canvas positions (x, y), in pixels, that the samples come from.

        Args:
            q: float32, a layer's inverse depth at its vertices.
            lattice: the samples; tiles begin at whole cells of the output.
            rough: float32 rows×columns, of the one pose, from `rough_depths`.
            origin: the canvas pixel (x, y) that counts as (0, 0).

        Returns:
            float32 1×(down + 2)×(N·(across + 2)) each, see `Lattice.of_each_tile`, in the
            workspace's memory: for use before the next call.
        """
        lines = self._lines(lattice)
        h = self._enlarged(rough, lattice)
        for _ in range(_FINE_STEPS):
            h = _sample(q, *self._meet(lines, h), h)
        # From units of the grid to pixels: vertex 0 lies half a pixel before the first.
        step = np.float32(self._step)
        left, top = (np.float32(at + 0.5) for at in origin)
        for line in lines:
            line *= step
        x, y, _, _ = lines
        x -= left
        y -= top
        return self._meet(lines, h)

    def meet_from(self, q: FloatImage, lattice: Lattice, h: FloatImage) -> FloatImage:
        """The fixed point from first values `h`, which it overwrites: float32 P×rows×columns."""
        lines = self._lines(lattice)
        for _ in range(_COARSE_STEPS):
            h = _sample(q, *self._meet(lines, h), h)
        return h

    def _enlarged(self, rough: FloatImage, lattice: Lattice) -> FloatImage:
        """h at the samples, from the wider lattice over the whole output."""
        # Enlarged, its first sample lies _COARSE cells before the output; a tile's, one cell.
        first = _COARSE - 1
        i, j = ((at / lattice.step).astype(np.intp) + first for at in (lattice.top, lattice.left))
        _, rows, cols = lattice.shape
        # Tiles at the border reach beyond the output; nobody sees what is there.
        high, wide = (_COARSE * side for side in rough.shape)
        reached = max(high, int(i.max()) + rows), max(wide, int(j.max()) + cols)
        fine = self._workspace.floats("fine", reached)
        cv2.resize(rough, (wide, high), dst=fine[:high, :wide])
        fine[:high, wide:] = fine[:high, wide - 1 : wide]
        fine[high:] = fine[high - 1]
        windows = np.lib.stride_tricks.sliding_window_view(fine, (rows, cols))
        h = self._workspace.floats("h", lattice.stored)
        lattice.of_each_tile(h)[:] = windows[i, j]
        return h

    def _meet(self, lines: _Lines, h: FloatImage) -> tuple[FloatImage, FloatImage]:
        """Where the lines of sight are at inverse depth h, on the layer."""
        x, y = (self._workspace.floats(name, h.shape) for name in ("x", "y"))
        for at, start, change in ((x, lines[0], lines[2]), (y, lines[1], lines[3])):
            np.multiply(h, change, out=at)
            at += start
        return x, y

    def _lines(self, lattice: Lattice) -> _Lines:
        width, height = self._size
        long_side = float(max(self._size))
        s = (lattice.x - np.float32((width - 1) / 2)) / np.float32(long_side)
        t = (lattice.y - np.float32((height - 1) / 2)) / np.float32(long_side)
        u, v, w = (_plane(self._turn[:, row], s, t) for row in range(3))
        scale = np.float32(long_side / self._step)
        starts, changes = [], []
        for axis, along in enumerate((u, v)):
            at = along / w * scale
            ahead, aside = (_of_each(self._shift[:, k]) for k in (2, axis))
            centre = self._margin[axis] + self._size[axis] / 2
            starts.append(at + np.float32(centre / self._step))
            # A camera that does not go forward moves all of a plane alike.
            changes.append(at * ahead - aside * scale if ahead.any() else -aside * scale)
        x, y, dx, dy = (
            self._spread(f"line {k}", line, lattice) for k, line in enumerate((*starts, *changes))
        )
        return x, y, dx, dy

    def _spread(self, name: str, line: FloatImage, lattice: Lattice) -> FloatImage:
        """A line's values once for each sample of many tiles, which numpy is quicker with than with
        what a tile's columns or rows have in common.
        """
        if len(lattice.left) == 1 or line.shape[1:] == (1, 1):
            return line
        spread = self._workspace.floats(name, lattice.stored)
        np.copyto(lattice.of_each_tile(spread), line)
        return spread


def _plane(rows: NDArray[np.float64], s: FloatImage, t: FloatImage) -> FloatImage:
    """rows (P×3) · (s, t, 1), spread out only along the axes it depends on."""
    value = _of_each(rows[:, 2])
    for factor, axis in ((rows[:, 0], s), (rows[:, 1], t)):
        if factor.any():
            value = value + _of_each(factor) * axis
    return value


def _of_each(pose: NDArray[np.float64]) -> FloatImage:
    """A number of each pose, float32 P×1×1, to broadcast against samples."""
    return pose.astype(np.float32)[:, None, None]


def _sample(values: FloatImage, x: FloatImage, y: FloatImage, out: FloatImage) -> FloatImage:
    """Bilinear, at N×rows×columns positions; beyond the edge its value. Returns `out`, filled."""
    count, rows, cols = out.shape
    together = count if rows * cols <= _LONGEST_ROW else 1
    for start in range(0, count, together):
        some = np.s_[start : start + together]
        cv2.remap(
            values,
            flat(x[some]),
            flat(y[some]),
            cv2.INTER_LINEAR,
            dst=flat(out[some]),
            borderMode=cv2.BORDER_REPLICATE,
        )
    return out


def flat(tiles: NDArray[_Value]) -> NDArray[_Value]:
    """N×rows×columns(×channels) in the two dimensions that OpenCV takes.

    Several tiles get a row each, of no more than `_LONGEST_ROW` pixels: OpenCV is slow on short
    rows.
    """
    count, rows, cols, *channels = tiles.shape
    return tiles[0] if count == 1 else tiles.reshape(count, rows * cols, *channels)
