"""The CPU renderer: every sheet is warped as a whole by the inverse of its motion.

A sheet is smooth, so where an output pixel comes from is found by a short fixed-point iteration on
a coarse grid; `cv2.remap` then does the work at full size. Frames are independent of each other
and come from a few threads, since OpenCV releases the interpreter lock.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.camera import CameraPath, Pose, inverse_depth
from amena.engine.render.base import grid_disparity, grid_step, homogeneous_rows
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

_ITERATIONS = 6


@dataclass(frozen=True)
class _Sheet:
    """A layer made ready: inverse depth on the grid; colour, premultiplied unless opaque.

    `origin` is the canvas position (x, y) of the texture's first pixel: what is transparent all
    around is cut off.
    """

    q: FloatImage
    texture: ByteImage
    opaque: bool
    origin: tuple[int, int] = (0, 0)


class WarpRenderer:
    """Renders by backward warping on the CPU."""

    name = "warp"

    def __init__(self, threads: int | None = None) -> None:
        """`threads`: frames in flight at once; by default one per core, at most eight."""
        self.threads = threads or min(8, os.cpu_count() or 1)

    def render(self, image: LayeredDepthImage, path: CameraPath) -> Iterator[ByteImage]:
        """See `Renderer.render`."""
        sheets = [_prepare(image, index) for index in range(len(image.layers))]
        with ThreadPoolExecutor(self.threads, thread_name_prefix="warp") as pool:
            ahead: deque[Future[ByteImage]] = deque()
            try:
                for pose in path.poses:
                    ahead.append(pool.submit(_frame, image, sheets, pose))
                    if len(ahead) > self.threads:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            finally:
                for future in ahead:
                    future.cancel()


def _prepare(image: LayeredDepthImage, index: int) -> _Sheet:
    layer = image.layers[index]
    q = inverse_depth(grid_disparity(layer, grid_step(image.photo_size)))
    if index == 0:
        return _Sheet(q, layer.rgb, opaque=True)
    x, y, width, height = cv2.boundingRect(layer.alpha)
    window = np.s_[y : y + height, x : x + width]
    weight = layer.alpha[window].astype(np.float32)[..., None] / 255
    colour = (layer.rgb[window] * weight + 0.5).astype(np.uint8)
    return _Sheet(q, np.dstack([colour, layer.alpha[window]]), opaque=False, origin=(x, y))


def _frame(image: LayeredDepthImage, sheets: list[_Sheet], pose: Pose) -> ByteImage:
    step = grid_step(image.photo_size)
    lines = _sight_lines(image, pose, step)
    width, height = image.photo_size
    frame = np.empty((height, width, 3), np.uint8)
    for sheet in sheets:
        coarse = _source_map(lines, sheet, step)
        if sheet.opaque:
            x, y = (_enlarge(part, (0, 0, width, height), step) for part in coarse)
            cv2.remap(
                sheet.texture, x, y, cv2.INTER_LINEAR, dst=frame, borderMode=cv2.BORDER_REPLICATE
            )
            continue
        left, top, right, bottom = _seen(coarse, sheet, step, (width, height))
        if left >= right or top >= bottom:
            continue
        box = (left, top, right - left, bottom - top)
        x, y = (_enlarge(part, box, step) for part in coarse)
        warped = cv2.remap(sheet.texture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        part = frame[top:bottom, left:right]
        part[:] = _over(warped, part)
    return frame


def _over(near: NDArray[np.uint8], far: ByteImage) -> ByteImage:
    """Premultiplied RGBA over RGB."""
    rest = cv2.merge([255 - near[..., 3]] * 3)
    return np.asarray(cv2.add(near[..., :3], cv2.multiply(far, rest, scale=1 / 255)), np.uint8)


@dataclass(frozen=True)
class _SightLines:
    """Where each output pixel's line of sight passes at inverse depth h, on the coarse grid.

    The canvas position is (x + h·dx, y + h·dy) pixels.
    """

    x: FloatImage
    y: FloatImage
    dx: FloatImage
    dy: FloatImage


def _sight_lines(image: LayeredDepthImage, pose: Pose, step: int) -> _SightLines:
    """Solve pose · (u, v, 1, h) = λ·(target, 1) for (u, v, λ): linear in h for a given target."""
    rows, (cx, cy), long_side = homogeneous_rows(pose, image)
    width, height = image.photo_size
    # The coarse grid covers the output frame and one step more.
    out_x = np.arange(-step, width + 2 * step, step) - 0.5
    out_y = np.arange(-step, height + 2 * step, step) - 0.5
    s = ((out_x + image.margin[0] - cx) / long_side)[None, :]
    t = ((out_y + image.margin[1] - cy) / long_side)[:, None]
    # Without λ: two equations, (row_x − s·row_w) · (u, v, 1, h) = 0 and the same for y and t.
    a, b = (rows[0][k] - s * rows[2][k] for k in (0, 1))
    c, d = (rows[1][k] - t * rows[2][k] for k in (0, 1))
    determinant = a * d - b * c
    lines = []
    for k, offset_x, offset_y in ((2, cx, cy), (3, 0.0, 0.0)):
        e, f = rows[0][k] - s * rows[2][k], rows[1][k] - t * rows[2][k]
        lines.append((b * f - d * e) / determinant * long_side + offset_x)
        lines.append((c * e - a * f) / determinant * long_side + offset_y)
    x, y, dx, dy = (np.ascontiguousarray(line, np.float32) for line in lines)
    return _SightLines(x, y, dx, dy)


def _source_map(lines: _SightLines, sheet: _Sheet, step: int) -> tuple[FloatImage, FloatImage]:
    """Texture position (float32 each, pixels) that the coarse grid's output pixels come from."""
    # Positions are kept in units of the sheet's grid until the end.
    scale, shift = np.float32(1 / step), np.float32(0.5 / step)
    x, y = lines.x * scale + shift, lines.y * scale + shift
    dx, dy = lines.dx * scale, lines.dy * scale
    h: FloatImage = np.full(x.shape, sheet.q.mean(), np.float32)
    for _ in range(_ITERATIONS):
        h = cv2.remap(
            sheet.q, x + h * dx, y + h * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    left, top = sheet.origin
    return lines.x + h * lines.dx - np.float32(left), lines.y + h * lines.dy - np.float32(top)


def _seen(
    coarse: tuple[FloatImage, FloatImage], sheet: _Sheet, step: int, size: tuple[int, int]
) -> tuple[int, int, int, int]:
    """The part (left, top, right, bottom) of the output in which a texture may be seen."""
    x, y = coarse
    height, width = sheet.texture.shape[:2]
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    left, top, cells_x, cells_y = cv2.boundingRect(inside.astype(np.uint8))
    if not cells_x:
        return 0, 0, 0, 0
    # Sample i lies at output pixel (i − 1)·step − ½; between two of them the map is linear.
    return (
        max((left - 2) * step - 1, 0),
        max((top - 2) * step - 1, 0),
        min((left + cells_x) * step + 1, size[0]),
        min((top + cells_y) * step + 1, size[1]),
    )


def _enlarge(coarse: NDArray[np.float32], box: tuple[int, int, int, int], step: int) -> FloatImage:
    """Bilinear interpolation of a coarse map (first sample at −step − ½) at every output pixel.

    `box` is the part of the output wanted: left, top, width, height.
    """
    left, top, width, height = box
    scale = 1 / step
    # cv2.warpAffine maps output pixel x to coarse position (x + step + ½)/step.
    matrix = np.array([[scale, 0, 1 + (left + 0.5) * scale], [0, scale, 1 + (top + 0.5) * scale]])
    return np.asarray(
        cv2.warpAffine(
            coarse, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        ),
        np.float32,
    )
