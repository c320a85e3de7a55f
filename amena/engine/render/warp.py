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
from amena.engine.render.base import GRID_STEP, grid_disparity, homogeneous_rows
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

_ITERATIONS = 6


@dataclass(frozen=True)
class _Sheet:
    """A layer made ready: inverse depth on the grid; colour, premultiplied unless opaque."""

    q: FloatImage
    texture: ByteImage
    opaque: bool


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
    q = inverse_depth(grid_disparity(layer))
    if index == 0:
        return _Sheet(q, layer.rgb, opaque=True)
    weight = layer.alpha.astype(np.float32)[..., None] / 255
    colour = (layer.rgb * weight + 0.5).astype(np.uint8)
    return _Sheet(q, np.dstack([colour, layer.alpha]), opaque=False)


def _frame(image: LayeredDepthImage, sheets: list[_Sheet], pose: Pose) -> ByteImage:
    frame: ByteImage | None = None
    for sheet in sheets:
        x, y = _source_map(image, sheet.q, pose)
        warped = cv2.remap(
            sheet.texture, x, y, cv2.INTER_LINEAR, borderMode=_border(sheet), borderValue=0
        )
        frame = warped if frame is None else _over(warped, frame)
    assert frame is not None  # noqa: S101 - there is always a farthest layer
    return np.asarray(frame, np.uint8)


def _border(sheet: _Sheet) -> int:
    return cv2.BORDER_REPLICATE if sheet.opaque else cv2.BORDER_CONSTANT


def _over(near: NDArray[np.uint8], far: ByteImage) -> ByteImage:
    """Premultiplied RGBA over RGB."""
    rest = cv2.merge([255 - near[..., 3]] * 3)
    return np.asarray(cv2.add(near[..., :3], cv2.multiply(far, rest, scale=1 / 255)), np.uint8)


def _source_map(
    image: LayeredDepthImage, q: FloatImage, pose: Pose
) -> tuple[FloatImage, FloatImage]:
    """Canvas position (float32 H×W each, pixels) that every output pixel of a sheet comes from."""
    rows, (cx, cy), long_side = homogeneous_rows(pose, image)
    width, height = image.photo_size
    # The coarse grid covers the output frame and one step more.
    out_x = np.arange(-GRID_STEP, width + 2 * GRID_STEP, GRID_STEP, dtype=np.float32) - 0.5
    out_y = np.arange(-GRID_STEP, height + 2 * GRID_STEP, GRID_STEP, dtype=np.float32) - 0.5
    target_u = (out_x[None, :] + image.margin[0] - cx) / long_side
    target_v = (out_y[:, None] + image.margin[1] - cy) / long_side
    shape = (len(out_y), len(out_x))
    u = np.broadcast_to(target_u, shape).astype(np.float32)
    v = np.broadcast_to(target_v, shape).astype(np.float32)
    m = rows.astype(np.float32)
    to_grid = long_side / GRID_STEP
    offset_x, offset_y = (cx + 0.5) / GRID_STEP, (cy + 0.5) / GRID_STEP
    for _ in range(_ITERATIONS):
        here = cv2.remap(
            q, u * to_grid + offset_x, v * to_grid + offset_y, cv2.INTER_LINEAR, borderMode=1
        )
        w = m[2, 0] * u + m[2, 1] * v + m[2, 2] + m[2, 3] * here
        new_u = (m[0, 0] * u + m[0, 1] * v + m[0, 2] + m[0, 3] * here) / w
        new_v = (m[1, 0] * u + m[1, 1] * v + m[1, 2] + m[1, 3] * here) / w
        u = u + (target_u - new_u)
        v = v + (target_v - new_v)
    return (
        _enlarge(u * long_side + cx, width, height),
        _enlarge(v * long_side + cy, width, height),
    )


def _enlarge(coarse: NDArray[np.float32], width: int, height: int) -> FloatImage:
    """Bilinear interpolation of a coarse map (first sample at −step − ½) at every output pixel."""
    scale = 1 / GRID_STEP
    # cv2.warpAffine maps output pixel x to coarse position (x + step + ½)/step.
    matrix = np.array([[scale, 0, 1 + 0.5 * scale], [0, scale, 1 + 0.5 * scale]])
    return np.asarray(
        cv2.warpAffine(
            coarse, matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        ),
        np.float32,
    )
