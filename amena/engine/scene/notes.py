"""What a person should know about their 3D photo, as codes that a page words in its language.

Light: numpy alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Literal

import numpy as np

from amena.engine.depth.window import window
from amena.engine.options import STRENGTHS
from amena.engine.types import Disparity, FloatImage

#: Code → what it says. The codes are stable: pages and programs may rely on them.
NOTES: Final = {
    "little_depth": "Near and far hardly differ in most of the photo, so little moves.",
    "motion_reduced": "The camera goes less far than asked (or than usual): more would show gaps.",
    "large_hidden_area": "Much of some frames had to be made up, because nothing is known there.",
    "stretched": "Some surfaces are visibly drawn out where depth changes steeply.",
    "depth_from_file": "The depth is what the phone stored in the photo.",
    "depth_from_pair": "The depth was measured from both views of the stereo photo.",
    "second_view_unused": "The second view told too little: the depth was estimated from one.",
    "depth_uploaded": "The depth is the map that was sent.",
    "depth_holes": "The depth map had holes, which were filled from an estimate.",
    "depth_swapped": "Near and far were swapped in the file's depth, and were turned round.",
    "depth_opposite": "What is near in the depth map seems to be far in the photo.",
    "depth_levels": "The depth map had few grey levels, whose stairs were smoothed.",
    "depth_edited": "The depth was touched up by hand.",
    "border": "The photo has a uniform border, which stays still and is no part of the scene.",
    "spherical": "The photo shows the whole round, and was taken as a flat picture.",
    "first_frame": "The photo is animated: its first frame was taken.",
    "first_page": "The file has several pages: the first one was taken.",
    "exif_ignored": "The EXIF data is damaged: the photo may stand the wrong way up.",
    "colours_ignored": "What describes the colours is damaged: they may be a little off.",
    "enlarged": "The photo is smaller than the video and was enlarged.",
}

#: Spread of disparity (5th to 95th percentile) below which a photo has little depth.
_LITTLE_DEPTH = 0.3
#: An automatic motion of natural strength is small below this share of the long side.
_SMALL_AMPLITUDE = 0.035
_MUCH_INPAINTING = 0.05
_STRETCHED = 1.5
#: Names of what was passed over, which differ by format. What else may be (texts, end markers)
#: changes nothing that is seen.
_EXIF: Final = frozenset({"EXIF", "eXIf"})
_COLOURS: Final = frozenset({"ICC", "iCCP", "cICP", "gAMA", "cHRM", "sRGB"})


def notes(
    disparity: Disparity,
    *,
    asked: float | Literal["auto"],
    amplitude: float,
    strength: str = "natural",
    shown_inpainting: float,
    stretch: float,
    original_size: tuple[int, int],
    size: tuple[int, int],
    ignored: Collection[str] = (),
) -> tuple[str, ...]:
    """The codes from `NOTES` that hold, in that order.

    Args:
        disparity: of the photo.
        asked: the amplitude that was asked for.
        amplitude: the amplitude of the motion, as a share of the long side.
        strength: how strong an automatic motion should be.
        shown_inpainting: largest share of a frame that shows what was made up.
        stretch: by how much a visible surface is drawn out at most; 1 = not at all.
        original_size: (width, height) of the uploaded picture.
        size: (width, height) of the video.
        ignored: what was passed over in the file, as `Photo.ignored` has it.
    """
    usual = _SMALL_AMPLITUDE * STRENGTHS[strength]
    wanted = usual if asked == "auto" else asked - 1e-6
    holds = {
        "little_depth": _spread(disparity.values) < _LITTLE_DEPTH,
        "motion_reduced": amplitude < wanted,
        "large_hidden_area": shown_inpainting > _MUCH_INPAINTING,
        "stretched": stretch > _STRETCHED,
        "depth_from_file": disparity.source == "embedded",
        "depth_from_pair": disparity.source == "stereo",
        "second_view_unused": "second_eye" in ignored,
        "depth_uploaded": disparity.source == "uploaded",
        "depth_holes": "depth_holes" in ignored,
        "depth_swapped": "depth_swapped" in ignored,
        "depth_opposite": "depth_opposite" in ignored,
        "depth_levels": "depth_levels" in ignored,
        "depth_edited": disparity.edited,
        "border": window(disparity.values) is not None,
        "spherical": "projection" in ignored,
        "first_frame": "animation" in ignored,
        "first_page": "pages" in ignored,
        "exif_ignored": not _EXIF.isdisjoint(ignored),
        "colours_ignored": not _COLOURS.isdisjoint(ignored),
        "enlarged": max(original_size) < max(size),
    }
    return tuple(code for code in NOTES if holds[code])


def _spread(values: FloatImage) -> float:
    low, high = np.percentile(values[::4, ::4], (5, 95))
    return float(high - low)
