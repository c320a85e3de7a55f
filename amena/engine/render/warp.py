"""The CPU renderer: every layer is warped by the inverse of its motion.

A layer is smooth, so where an output pixel comes from is found on a lattice as wide as its vertices
lie apart; `cv2.remap` then does the work at full size. The farthest layer is warped as a whole,
nearer ones in the tiles of the frame that may show them: bands along silhouettes, a fraction
of the picture. Frames are independent of each other and come from a few threads, since OpenCV
and numpy release the interpreter lock.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import CameraPath, Pose, inverse_depth
from amena.engine.geometry.grid import grid_disparity, grid_step
from amena.engine.render.inverse import Lattice, SightLines, flat, rough_depths
from amena.engine.render.visible import Tiles, Visible
from amena.engine.render.workspace import Workspace
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

#: Cells of the lattice a side of a tile.
_TILE = 16
#: Tiles warped at once: bounds the memory.
_BATCH = 512
#: Most pixels of the parts in which the farthest layer is warped; smaller ones take longer.
_BAND = 2_200_000


@dataclass(frozen=True)
class _Layer:
    """A layer made ready.

    Attributes:
        q: float32, inverse depth at the vertices.
        texture: uint8 H×W×4, colour premultiplied with alpha, and alpha. Four channels also where
            nothing is transparent: OpenCV samples four several times faster than three.
        rough: float32 P×rows×columns, see `rough_depths`; of all poses of the path.
        visible: tells which tiles may show it; None for the farthest layer.
        origin: canvas position (x, y) of the texture's first pixel: what is transparent all around
            is cut off.
    """

    q: FloatImage
    texture: NDArray[np.uint8]
    rough: FloatImage
    visible: Visible | None = None
    origin: tuple[int, int] = (0, 0)

    def batches(self, pose: Pose, side: int, among: tuple[slice, slice]) -> Iterator[Tiles]:
        """The tiles of `side` pixels that may show it, of some rows and columns of them, `_BATCH`
        at a time.
        """
        if self.visible is None:
            return
        rows, cols = self.visible.tiles(pose, side)
        asked = (rows >= among[0].start) & (rows < among[0].stop)
        asked &= (cols >= among[1].start) & (cols < among[1].stop)
        rows, cols = rows[asked], cols[asked]
        for start in range(0, len(rows), _BATCH):
            yield rows[start : start + _BATCH], cols[start : start + _BATCH]


class WarpRenderer:
    """Renders by backward warping on the CPU."""

    name = "warp"

    def __init__(self, threads: int | None = None) -> None:
        """`threads`: frames in flight at once; by default one per core, at most eight."""
        self.threads = threads or min(8, len(os.sched_getaffinity(0)))

    def render(self, image: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """As `base.Renderer.render`."""
        workspaces: SimpleQueue[Workspace] = SimpleQueue()
        for _ in range(self.threads):
            workspaces.put(Workspace())

        def draw(index: int) -> ByteImage:
            workspace = workspaces.get()
            try:
                return _Frame(image, path, index, workspace).draw(layers)
            finally:
                workspaces.put(workspace)

        with ThreadPoolExecutor(self.threads, thread_name_prefix="warp") as pool:
            prepare = partial(_prepare, image, path.poses)
            layers = list(pool.map(prepare, range(len(image.layers))))
            ahead: deque[Future[ByteImage]] = deque()
            try:
                for index in range(len(path)):
                    ahead.append(pool.submit(draw, index))
                    if len(ahead) > self.threads:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()


def _prepare(image: LayeredDepthImage, poses: NDArray[np.float64], index: int) -> _Layer:
    layer = image.layers[index]
    step = grid_step(image.photo_size)
    q = inverse_depth(grid_disparity(layer, step))
    rough = rough_depths(image, q, poses, step)
    if index == 0:
        return _Layer(q, cv2.cvtColor(layer.rgb, cv2.COLOR_RGB2RGBA), rough)
    x, y, width, height = cv2.boundingRect(layer.alpha)
    window = np.s_[y : y + height, x : x + width]
    alpha = np.ascontiguousarray(layer.alpha[window])
    colour = cv2.multiply(layer.rgb[window], cv2.merge([alpha] * 3), scale=1 / 255)
    texture = cv2.merge([*cv2.split(colour), alpha])
    return _Layer(q, texture, rough, Visible(image, layer.alpha, q, step), (x, y))


class _Frame:
    """One frame being drawn."""

    def __init__(
        self,
        image: LayeredDepthImage,
        path: CameraPath,
        index: int,
        workspace: Workspace,
    ) -> None:
        self._step = grid_step(image.photo_size)
        self._side = _TILE * self._step
        self._crop = path.drawn(image.photo_size)
        self._pose, self._index, self._workspace = path.poses[index], index, workspace
        self._lines = SightLines(image, path.poses[index : index + 1], self._step, workspace)

    def draw(self, layers: list[_Layer]) -> ByteImage:
        """All layers, far to near: uint8 H×W×3."""
        side, (rows, cols) = self._side, self._crop.box
        # Whole tiles; what lies beyond the crop is cut off at the end.
        i, j = rows.start // side, cols.start // side
        down, across = -(-rows.stop // side) - i, -(-cols.stop // side) - j
        canvas = self._workspace.bytes("canvas", (down * side, across * side, 4))
        tiles = canvas.reshape(down, side, across, side, 4).swapaxes(1, 2)
        drawn = canvas[: rows.stop - i * side, : cols.stop - j * side]
        back, *nearer = layers
        # In bands, so that maps of large frames need no memory of their size.
        height = side * max(1, _BAND // (side * drawn.shape[1]))
        for top in range(0, len(drawn), height):
            band = drawn[top : top + height]
            self._draw_whole(back, band, (j * side, i * side + top))
        for layer in nearer:
            for batch in layer.batches(self._pose, side, np.s_[i : i + down, j : j + across]):
                under = batch[0] - i, batch[1] - j
                tiles[under] = _over(self._draw_tiles(layer, batch), tiles[under])
        seen = drawn[rows.start - i * side :, cols.start - j * side :]
        return np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGBA2RGB), np.uint8)

    def _draw_whole(self, layer: _Layer, out: NDArray[np.uint8], origin: tuple[int, int]) -> None:
        """The layer everywhere in a part of the frame that begins at `origin` (x, y)."""
        height, width = out.shape[:2]
        cells = -(-width // self._step), -(-height // self._step)
        left, top = (np.full(1, at, np.float32) for at in origin)
        x, y = self._maps(layer, Lattice(left, top, cells, self._step))
        cv2.remap(
            layer.texture,
            x[0, :height, :width],
            y[0, :height, :width],
            cv2.INTER_LINEAR,
            dst=out,
            borderMode=cv2.BORDER_REPLICATE,
        )

    def _draw_tiles(self, layer: _Layer, tiles: Tiles) -> NDArray[np.uint8]:
        """The layer in N tiles of the frame, uint8 N×side×side×4."""
        rows, cols = (at.astype(np.float32) * self._side for at in tiles)
        x, y = self._maps(layer, Lattice(cols, rows, (_TILE, _TILE), self._step))
        drawn = self._workspace.bytes("drawn", (*x.shape, 4))
        cv2.remap(
            layer.texture,
            flat(x),
            flat(y),
            cv2.INTER_LINEAR,
            dst=flat(drawn),
            borderMode=cv2.BORDER_CONSTANT,
        )
        return drawn

    def _maps(self, layer: _Layer, lattice: Lattice) -> tuple[FloatImage, FloatImage]:
        """The texture's pixels (x, y) that the tiles' pixels come from: float32 N×height×width."""
        maps = []
        rough = layer.rough[self._index]
        sources = self._lines.sources(layer.q, lattice, rough, layer.origin)
        for axis, samples in enumerate(sources):
            count, rows, cols = lattice.shape
            shape = count, rows * self._step, cols * self._step
            maps.append(lattice.enlarge(samples, self._workspace.floats(f"map {axis}", shape)))
        return maps[0], maps[1]


def _over(near: NDArray[np.uint8], far: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Premultiplied RGBA over opaque RGBA, of equal shape N×side×side×4; overwrites `near`."""
    flat_near, flat_far = flat(near), flat(far)
    rest = cv2.bitwise_not(cv2.extractChannel(flat_near, 3))
    cv2.multiply(flat_far, cv2.merge([rest] * 4), dst=flat_far, scale=1 / 255)
    cv2.add(flat_near, flat_far, dst=flat_near)
    return near
