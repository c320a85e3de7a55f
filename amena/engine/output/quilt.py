"""Many views in one picture: quilts for Looking Glass displays, wiggle GIFs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image

from amena.engine.types import ByteImage

#: Views of a quilt across and down, and the size of one: those of a Looking Glass Portrait, which
#: the others take as well. The aspect is the views' width by height.
QUILT: Final = (8, 6)
TILE: Final = (420, 560)
#: Views of a quilt, and its (width, height).
VIEWS: Final = QUILT[0] * QUILT[1]
SIZE: Final = (QUILT[0] * TILE[0], QUILT[1] * TILE[1])
#: Views of a wiggle, there and back, and milliseconds that each is shown.
WIGGLE: Final = (-0.5, 0.0, 0.5, 0.0)
_WIGGLE_PACE, _WIGGLE_SIDE = 130, 640


def write_quilt(views: Iterator[ByteImage], path: Path) -> None:
    """Write the views of `QUILT` as one PNG: from bottom left, the leftmost camera, to top right.

    Every view is shown whole; where its shape is another than the display's, black surrounds it.

    Args:
        views: uint8 H×W×3 from left to right.
        path: file to write; its name must end in `_qs8x6a0.75`, by which displays read it.
    """
    Image.fromarray(next(quilts(views))).save(path, "PNG", compress_level=4)


def quilts(views: Iterable[ByteImage]) -> Iterator[ByteImage]:
    """The views as quilts, uint8 of `SIZE`: each `VIEWS` of them one, as `write_quilt` tells."""
    across, down = QUILT
    width, height = TILE
    views = iter(views)
    while tiles := [fitted(view, TILE) for view in islice(views, VIEWS)]:
        quilt = np.zeros((down * height, across * width, 3), np.uint8)
        for index, view in enumerate(tiles):
            row, column = down - 1 - index // across, index % across
            top = row * height + (height - view.shape[0]) // 2
            left = column * width + (width - view.shape[1]) // 2
            quilt[top : top + view.shape[0], left : left + view.shape[1]] = view
        yield quilt


def write_wiggle(views: Iterator[ByteImage], path: Path) -> None:
    """Write the views of `WIGGLE` as a GIF that swings between them forever."""
    frames = [fitted(view, (_WIGGLE_SIDE, _WIGGLE_SIDE)) for view in views]
    # One palette for all, made of all: one for each frame would flicker.
    palette = Image.fromarray(np.vstack(frames)).quantize(256, Image.Quantize.MEDIANCUT)
    dithered = [
        Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
        for frame in frames
    ]
    dithered[0].save(
        path,
        "GIF",
        save_all=True,
        append_images=dithered[1:],
        duration=_WIGGLE_PACE,
        loop=0,
        optimize=False,
    )


def fitted(view: ByteImage, size: tuple[int, int]) -> ByteImage:
    """The view as large as it may be within (width, height), but not enlarged."""
    height, width = view.shape[:2]
    scale = min(1.0, size[0] / width, size[1] / height)
    if scale == 1:
        return view
    small = round(width * scale), round(height * scale)
    return np.asarray(cv2.resize(view, small, interpolation=cv2.INTER_AREA), np.uint8)
