"""Textured meshes of the layers: one coarse grid per layer, drawn far to near."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import inverse_depth
from amena.engine.geometry.grid import grid_disparity, grid_step
from amena.engine.types import ByteImage, Layer, LayeredDepthImage


@dataclass(frozen=True)
class TexturedMesh:
    """A layer as triangles.

    Attributes:
        points: float32 N×3, (u, v, q): image position from the optical centre in units of the
            photo's long side, and inverse depth. The scene position is (u, v, 1) / q.
        uv: float32 N×2, texture coordinates in [0, 1], (0, 0) = upper left corner.
        triangles: uint32 M×3, indices into `points`.
        rgb: uint8 H×W×3, the texture's colour.
        alpha: uint8 H×W, or None for an opaque layer.
    """

    points: NDArray[np.float32]
    uv: NDArray[np.float32]
    triangles: NDArray[np.uint32]
    rgb: ByteImage
    alpha: ByteImage | None


def build_meshes(image: LayeredDepthImage, every: int = 1) -> list[TexturedMesh]:
    """One mesh per layer, farthest first.

    Triangles under fully transparent texture are left out.

    Args:
        image: the layers.
        every: keep every k-th grid line (the last one always), for a smaller mesh.
    """
    return [
        _sheet_mesh(image, layer, opaque=index == 0, every=every)
        for index, layer in enumerate(image.layers)
    ]


def cropped_texture(
    mesh: TexturedMesh, uv: NDArray[np.float32]
) -> tuple[ByteImage, NDArray[np.float32]]:
    """The part of the texture that is used, uint8 RGB or RGBA, and `uv` (N×2) within that part."""
    if mesh.alpha is None:
        return mesh.rgb, uv
    height, width = mesh.alpha.shape
    size = np.array([width, height])
    start = np.floor(uv.min(axis=0) * size).astype(int)
    stop = np.minimum(np.ceil(uv.max(axis=0) * size).astype(int), size)
    window = np.s_[start[1] : stop[1], start[0] : stop[0]]
    # Colour that nothing shows of is blanked, to keep the file small. It reaches some pixels beyond
    # the alpha, so that smaller mip levels do not bleed black into the rim.
    seen = cv2.dilate((mesh.alpha[window] > 0).astype(np.uint8), np.ones((17, 17), np.uint8))
    pixels = np.dstack([mesh.rgb[window] * seen[..., None], mesh.alpha[window]])
    within = np.clip((uv * size - start) / (stop - start), 0, 1)
    return pixels, within.astype(np.float32)


def _sheet_mesh(
    image: LayeredDepthImage, layer: Layer, *, opaque: bool, every: int
) -> TexturedMesh:
    height, width = layer.disparity.shape
    step = grid_step(image.photo_size)
    q = inverse_depth(grid_disparity(layer, step))
    rows, cols = _kept(q.shape[0], every), _kept(q.shape[1], every)
    # The last cells of a scene that was made for other steps reach beyond its canvas.
    x, y = np.meshgrid(np.minimum(cols * step, width), np.minimum(rows * step, height))
    photo_width, photo_height = image.photo_size
    long_side = max(image.photo_size)
    u = (x - image.margin[0] - photo_width / 2) / long_side
    v = (y - image.margin[1] - photo_height / 2) / long_side
    points = np.stack([u, v, q[np.ix_(rows, cols)]], axis=-1).reshape(-1, 3)
    uv = np.stack([x / width, y / height], axis=-1).reshape(-1, 2)
    cells = np.ones((len(rows) - 1, len(cols) - 1), np.bool_)
    if not opaque:
        cells = _cells_with_alpha(layer.alpha, rows * step, cols * step)
    return TexturedMesh(
        points.astype(np.float32),
        uv.astype(np.float32),
        _triangles(cells),
        layer.rgb,
        None if opaque else layer.alpha,
    )


def _kept(count: int, every: int) -> NDArray[np.intp]:
    return np.unique(np.append(np.arange(0, count, every), count - 1))


def _cells_with_alpha(
    alpha: ByteImage, rows: NDArray[np.intp], cols: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """Which grid cells see any alpha, one pixel around included (bilinear sampling reaches it)."""
    visible = cv2.dilate((alpha > 0).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.int32)
    by_row = np.add.reduceat(visible, rows[:-1], axis=0)
    return np.asarray(np.add.reduceat(by_row, cols[:-1], axis=1) > 0)


def _triangles(cells: NDArray[np.bool_]) -> NDArray[np.uint32]:
    stride = cells.shape[1] + 1
    i, j = np.nonzero(cells)
    corner = i * stride + j
    first = np.stack([corner, corner + stride, corner + 1], axis=1)
    second = np.stack([corner + 1, corner + stride, corner + stride + 1], axis=1)
    return np.stack([first, second], axis=1).reshape(-1, 3).astype(np.uint32)
