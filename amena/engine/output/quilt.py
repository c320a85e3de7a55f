"""Many views in one picture: quilts for Looking Glass displays, lenticular prints, wiggle GIFs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.types import ByteImage

#: Views of a quilt across and down, and the size of one: those of a Looking Glass Portrait, which
#: the others take as well. The aspect is the views' width by height.
QUILT: Final = (8, 6)
_TILE: Final = (420, 560)
#: Lenses an inch and dots an inch of a lenticular print, and its long side in inches.
LENSES, DOTS = 60, 600
_INCHES: Final = 6.0
#: Views of a lenticular print: as many as there are dots under a lens.
LENTICULAR: Final = DOTS // LENSES
#: Views of a wiggle, there and back, and milliseconds that each is shown.
WIGGLE: Final = (-0.5, 0.0, 0.5, 0.0)
_WIGGLE_PACE, _WIGGLE_SIDE = 130, 640
_WHITE: Final = 255


def write_quilt(views: Iterator[ByteImage], path: Path) -> None:
    """Write the views of `QUILT` as one PNG: from bottom left, the leftmost camera, to top right.

    Every view is shown whole; where its shape is another than the display's, black surrounds it.

    Args:
        views: uint8 H×W×3 from left to right.
        path: file to write; its name must end in `_qs8x6a0.75`, by which displays read it.
    """
    across, down = QUILT
    width, height = _TILE
    quilt = np.zeros((down * height, across * width, 3), np.uint8)
    for index in range(across * down):
        view = _fitted(next(views), _TILE)
        row, column = down - 1 - index // across, index % across
        top = row * height + (height - view.shape[0]) // 2
        left = column * width + (width - view.shape[1]) // 2
        quilt[top : top + view.shape[0], left : left + view.shape[1]] = view
    Image.fromarray(quilt).save(path, "PNG", compress_level=4)


def write_lenticular(views: Iterator[ByteImage], strip: Path, interlaced: Path) -> None:
    """Write the views of a lenticular print: in a row, and interlaced for the printer.

    Under each lens lie the columns of all views, the leftmost camera's at the right, since a lens
    turns left and right around. In the bands above and below
    the picture the two middle views are white and the others black: with the sheet in place a band
    is wholly white from the front; stripes in it show that sheet and print are not parallel.

    Args:
        views: `LENTICULAR` of uint8 H×W×3, from left to right.
        strip: JPEG for the row, for printing services that interlace themselves.
        interlaced: PNG for the print, of `DOTS` an inch (stated in it) for `LENSES` an inch.
    """
    first = next(views)
    scale = _INCHES * DOTS / max(first.shape)
    height = round(first.shape[0] * scale)
    lenses = round(first.shape[1] * scale) // LENTICULAR
    picture = np.empty((height, lenses * LENTICULAR, 3), np.uint8)
    row = []
    for index in range(LENTICULAR):
        view = first if index == 0 else next(views)
        row.append(_fitted(view, (_WIGGLE_SIDE, _WIGGLE_SIDE)))
        # Each lens shows one column of a view, so a view is reduced to that many.
        columns = cv2.resize(view, (lenses, height), interpolation=cv2.INTER_AREA)
        picture[:, LENTICULAR - 1 - index :: LENTICULAR] = columns
    Image.fromarray(np.hstack(row)).save(strip, "JPEG", quality=92)
    Image.fromarray(_marked(picture)).save(
        interlaced, "PNG", compress_level=4, dpi=(DOTS, DOTS), icc_profile=None
    )


def write_wiggle(views: Iterator[ByteImage], path: Path) -> None:
    """Write the views of `WIGGLE` as a GIF that swings between them forever."""
    frames = [_fitted(view, (_WIGGLE_SIDE, _WIGGLE_SIDE)) for view in views]
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


def _fitted(view: ByteImage, size: tuple[int, int]) -> ByteImage:
    """The view as large as it may be within (width, height), but not enlarged."""
    height, width = view.shape[:2]
    scale = min(1.0, size[0] / width, size[1] / height)
    if scale == 1:
        return view
    small = round(width * scale), round(height * scale)
    return np.asarray(cv2.resize(view, small, interpolation=cv2.INTER_AREA), np.uint8)


def _marked(picture: ByteImage) -> NDArray[np.uint8]:
    """The print with alignment marks: a band above and below, white in the middle views."""
    band = np.zeros((DOTS // 8, picture.shape[1], 3), np.uint8)
    middle = LENTICULAR // 2
    for column in range(middle - 1, middle + 1):
        band[:, column::LENTICULAR] = _WHITE
    gap = np.full((DOTS // 16, picture.shape[1], 3), _WHITE, np.uint8)
    return np.vstack([gap, band, gap, picture, gap, band, gap])
