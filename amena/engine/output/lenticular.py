"""Prints for a sheet of lenses: each lens covers a column of every view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, PngImagePlugin

from amena.engine.colour_space import profile_of
from amena.engine.options import Lenticular
from amena.engine.output.quilt import fitted
from amena.engine.types import SRGB, ByteImage, ColourSpace

#: (width, height) that a view has at most in the row of views.
_IN_ROW: Final = (640, 640)
#: Inches that a band of alignment marks is high, and the white around it.
_BAND, _GAP = 1 / 8, 1 / 16
_WHITE: Final = 255


def write_lenticular(
    views: Iterator[ByteImage],
    strip: Path,
    interlaced: Path,
    sheet: Lenticular,
    space: ColourSpace = SRGB,
) -> None:
    """Write the views of a lenticular print: in a row, and interlaced for the printer.

    Under each lens lie the columns of all views, the leftmost camera's at the right, since a lens
    turns left and right around. A sheet's pitch need not be a whole number of dots: each dot takes
    the view that its place under the lens asks for. In the bands above and below the picture the
    views in the middle are white and the others black: with the sheet in place a band is wholly
    white from the front; stripes in it show that sheet and print are not parallel, or that the
    pitch is another.

    Args:
        views: `sheet.views` of uint8 H×W×3, from left to right.
        strip: JPEG for the row, for printing services that interlace themselves.
        interlaced: PNG for the print, which states its dots an inch.
        sheet: lenses, dots and size.
        space: of the views.
    """
    first = next(views)
    height, width = (round(side * sheet.dots / max(first.shape)) for side in first.shape[:2])
    # Where every column of dots lies, in lenses: which lens it is under, and which view it shows.
    place = (np.arange(width) + 0.5) * sheet.lpi / sheet.dpi
    lens = place.astype(int)
    shown = sheet.views - 1 - (place % 1 * sheet.views).astype(int)
    band, gap = (round(inches * sheet.dpi) for inches in (_BAND, _GAP))
    top = gap + band + gap
    print_ = np.full((height + 2 * top, width, 3), _WHITE, np.uint8)
    picture = print_[top : top + height]
    row = []
    for index in range(sheet.views):
        view = first if index == 0 else next(views)
        row.append(fitted(view, _IN_ROW))
        # Each lens shows one column of a view, so a view is reduced to that many.
        columns = cv2.resize(view, (int(lens[-1]) + 1, height), interpolation=cv2.INTER_AREA)
        picture[:, shown == index] = columns[:, lens[shown == index]]
    aside = np.abs(shown - (sheet.views - 1) / 2) >= 1
    for start in (gap, height + 2 * top - gap - band):
        print_[start : start + band, aside] = 0
    told = PngImagePlugin.PngInfo()
    told.add_text("Description", f"{sheet.lpi:g} LPI, {sheet.dpi} DPI, {sheet.views} views")
    icc = profile_of(space)
    Image.fromarray(np.hstack(row)).save(strip, "JPEG", quality=92, icc_profile=icc)
    Image.fromarray(print_).save(
        interlaced,
        "PNG",
        compress_level=4,
        dpi=(sheet.dpi, sheet.dpi),
        pnginfo=told,
        icc_profile=icc,
    )
