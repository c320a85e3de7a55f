"""The second view of a stereo photo: where it lies in the file.

Read are:
- two pictures in one JPEG (Multi-Picture Format, CIPA DC-007), of the type “disparity”, or of no
  type and alike in size;
- both views in one picture, where the segment of a JPS file says how (JPEG stereoscopic, VRex), or
  where a person does;
- the stereo pair of a HEIC (entity group `ster`, ISO/IEC 23008-12), as Apple's spatial photos.

Nothing is told from looks: a picture of two like halves may be just that.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from PIL import Image
from PIL.MpoImagePlugin import MpoImageFile

from amena.engine.errors import EngineError
from amena.engine.photo.boxes import read_items, top_boxes, with_primary
from amena.engine.photo.file import PhotoFile, decoder_errors, no_warnings, open_photo
from amena.engine.photo.jpeg import lists_more_pictures, read_jpeg
from amena.engine.photo.xmp import is_auxiliary

logger = logging.getLogger(__name__)

_PICTURES, _NUMBER = 0xB002, 0xB101
_PAIR, _UNTYPED = "Multi-Frame Image: (Disparity)", "Undefined"
#: How a JPS describes its picture: kind, layouts, and flags.
_STEREOSCOPIC, _SIDE_BY_SIDE, _OVER_UNDER = 1, 2, 3
_HALF_HEIGHT, _HALF_WIDTH, _LEFT_FIRST = 1, 2, 4

#: (left, top, right, bottom) as shares of the upright picture.
Part = tuple[float, float, float, float]
_LEFT, _RIGHT, _TOP, _BOTTOM = (0, 0, 0.5, 1), (0.5, 0, 1, 1), (0, 0, 1, 0.5), (0, 0.5, 1, 1)


@dataclass(frozen=True)
class Halves:
    """Both views in one picture.

    Attributes:
        left, right: the part of either eye.
        stretch: (across, down) by which a view is as large as its part.
    """

    left: Part
    right: Part
    stretch: tuple[int, int] = (1, 1)


@dataclass(frozen=True)
class OtherPicture:
    """The second view as a picture of its own, oriented as the first; `turn` as in `SecondEye`."""

    opened: PhotoFile
    turn: int


#: `stereo` of `Options` → what it means; `auto` and `none` are none of them.
LAYOUTS: Final[dict[str, Halves]] = {
    "sbs": Halves(_LEFT, _RIGHT),
    "sbs-half": Halves(_LEFT, _RIGHT, (2, 1)),
    "cross-eyed": Halves(_RIGHT, _LEFT),
    "tab": Halves(_TOP, _BOTTOM),
}


def find_second_eye(data: bytes, opened: PhotoFile, stereo: str) -> Halves | OtherPicture | None:
    """Where the second view lies; None where there is none.

    What is malformed is ignored with a note in the log.

    Args:
        data: the whole file.
        opened: the same file as `open_photo` opened it.
        stereo: one of `options.STEREO`.
    """
    if stereo in LAYOUTS:
        return LAYOUTS[stereo]
    if stereo == "none":
        return None
    for finder in (_jps, _multi_picture, _spatial):
        try:
            with decoder_errors(), no_warnings():
                found = finder(data, opened)
        except EngineError as error:
            logger.info("A second view was ignored: %s", error.__cause__ or error.message)
            continue
        if found is not None:
            return found
    return None


def stored_part(opened: PhotoFile, part: Part) -> Part:
    """A half of the upright picture, as it lies in the stored one."""
    quarters = Image.fromarray(np.array([[0, 1], [2, 3]], np.uint8))
    upright = np.asarray(opened.turned_upright(quarters))
    left, top, right, bottom = (round(2 * side) for side in part)
    rows, columns = np.divmod(upright[top:bottom, left:right], 2)
    return (
        float(columns.min()) / 2,
        float(rows.min()) / 2,
        (float(columns.max()) + 1) / 2,
        (float(rows.max()) + 1) / 2,
    )


def _jps(data: bytes, opened: PhotoFile) -> Halves | None:
    if opened.kind != "JPEG":
        return None
    described = read_jpeg(data).stereo
    # Behind the head: the length of what follows, separation, flags, layout, kind.
    if described is None or len(described) < 6 or described[5] != _STEREOSCOPIC:
        return None
    flags, layout = described[3], described[4]
    stretch = 2 if flags & _HALF_WIDTH else 1, 2 if flags & _HALF_HEIGHT else 1
    halves = {_SIDE_BY_SIDE: (_LEFT, _RIGHT), _OVER_UNDER: (_TOP, _BOTTOM)}.get(layout)
    if halves is None:
        return None
    left, right = halves if flags & _LEFT_FIRST else halves[::-1]
    return Halves(left, right, stretch)


def _multi_picture(data: bytes, opened: PhotoFile) -> OtherPicture | None:
    if opened.kind != "JPEG" or not lists_more_pictures(data):
        return None
    pictures = MpoImageFile(io.BytesIO(data))
    about: dict[int, Any] = pictures.mpinfo or {}
    listed = about[_PICTURES]
    if len(listed) < 2:
        return None
    kind = listed[1]["Attribute"]["MPType"]
    if kind not in (_PAIR, _UNTYPED):
        return None
    pictures.seek(1)
    stored = data[pictures.offset : pictures.offset + listed[1]["Size"]]
    if kind == _UNTYPED:
        second = read_jpeg(stored)
        if second.gain_map or is_auxiliary(second.xmp()):
            return None  # a depth map or gain map of the picture's own size
    # Views are numbered from the left one on; where they are not, the first is the left one.
    return _other(stored, opened, is_right=about.get(_NUMBER, 1) != 2)


def _spatial(data: bytes, opened: PhotoFile) -> OtherPicture | None:
    if opened.kind != "HEIF":
        return None
    meta = next(box for box in top_boxes(data) if box.kind == b"meta")
    items = read_items(data, meta)
    for left, right in items.pairs:
        if items.primary in (left, right) and left != right:
            second = right if items.primary == left else left
            stored = with_primary(data, meta, second)
            properties = items.properties.get(second, ())
            turned = next((body[0] & 3 for kind, body in properties if kind == b"irot"), 0)
            return _other(stored, opened, items.primary == left, turned)
    return None


def _other(data: bytes, opened: PhotoFile, is_right: bool, turned: int = 0) -> OtherPicture:
    """`turned`: quarter turns counter-clockwise that the decoder makes."""
    second = open_photo(data)
    if second.size != opened.size:
        raise ValueError("the second view has another size")
    # A mark on the side of the second view shows where that side has come to.
    mark = np.zeros((3, 3), np.uint8)
    mark[1, 2 if is_right else 0] = 1
    upright = np.asarray(opened.turned_upright(Image.fromarray(np.rot90(mark, turned))))
    turn = next(turn for turn in range(4) if np.rot90(upright, turn)[1, 2])
    return OtherPicture(replace(second, orientation=opened.orientation), turn)
