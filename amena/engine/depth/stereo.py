"""Depth measured from both eyes of a stereo photo, and drawn on by an estimate where none is seen.

The second eye's picture is brought onto the rows of the first (`rectification`). Semi-global
matching (Hirschmüller 2008) from the left and from the right gives the shift of each pixel; what
both agree on, where the picture has texture, is sure. Both the shift and an estimate are linear in
1/z, so a robust line joins them: sure pixels keep what was measured, and elsewhere the estimate
goes on from there, by a membrane of the differences.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from amena.engine.depth.rectification import rectified
from amena.engine.depth.robust import line, rank_correlation
from amena.engine.photo.depth_image import normalised
from amena.engine.pixels.fill import push_pull
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo

logger = logging.getLogger(__name__)

#: Long side at which is matched, in pixels: enough for the layout, edges come from the photo.
_LONG_SIDE: Final = 960
#: Pixels around one that are compared; penalties for small and large jumps, for each of them.
_BLOCK, _SMALL_JUMP, _LARGE_JUMP = 5, 8, 32
#: Both directions agree within so many pixels.
_AGREEMENT: Final = 1.0
#: Mean gradient along the row, in levels, below which nothing tells one place from the next.
_TEXTURE: Final = 2.0
#: Least share of sure pixels, and spread of their shifts in pixels, for which it is worth while.
_ENOUGH, _SPREAD = 0.12, 4.0
#: Shifts beyond this share of the width are mistakes.
_WIDEST: Final = 0.3
#: Rank correlation with the estimate from which on the eyes must have been exchanged.
_EXCHANGED: Final = -0.4
_OUTLIERS: Final = 0.001


def measured(photo: Photo, estimate: Disparity) -> Disparity | None:
    """The disparity of a stereo photo, at the photo's size.

    Args:
        photo: with its `second_eye`.
        estimate: of `photo.rgb` alone, H×W.

    Returns:
        Disparity of source `stereo`; None where the second eye tells too little: it is another
        picture, hardly differs, or too few places are found again.
    """
    eye = photo.second_eye
    if eye is None:
        return None
    # From here to the end the photo is the left eye's.
    turned = [np.rot90(each, eye.turn) for each in (photo.rgb, eye.rgb, estimate.values)]
    height, width = turned[0].shape[:2]
    scale = min(1.0, _LONG_SIDE / max(width, height))
    size = round(width * scale), round(height * scale)
    first, second, guess = (
        cv2.resize(np.ascontiguousarray(each), size, interpolation=cv2.INTER_AREA)
        for each in turned
    )
    straight = rectified(first, second)
    if straight is None:
        logger.info("Second view left aside, it shows something else")
        return None
    shifts, sure = _matched(first, _as_bright(straight.rgb, first), straight.shifts)
    values = _joined(shifts, sure, np.asarray(guess, np.float32))
    if values is None:
        return None
    values = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    values = np.ascontiguousarray(np.rot90(values, -eye.turn))
    values = normalised(np.asarray(values, np.float32), _OUTLIERS)
    return (
        None if values is None else replace(estimate, values=values, source="stereo", metres=None)
    )


def _as_bright(rgb: ByteImage, like: ByteImage) -> ByteImage:
    """A picture with the brightness and contrast of another in each channel: lenses differ."""
    (mean, spread), (wanted, contrast) = (
        (each.mean((0, 1), np.float64), each.std((0, 1), np.float64)) for each in (rgb, like)
    )
    gain = contrast / np.maximum(spread, 1)
    return np.asarray(((rgb - mean) * gain + wanted + 0.5).clip(0, 255), np.uint8)


def _matched(
    left: ByteImage, right: ByteImage, expected: tuple[float, float]
) -> tuple[FloatImage, Mask]:
    """Shift of each pixel of the left view, x_left − x_right in pixels, and where it is sure.

    Args:
        left, right: uint8 H×W×3, on the same rows.
        expected: least and greatest shift.
    """
    width = left.shape[1]
    room = 8 + 0.1 * (expected[1] - expected[0])
    low = int(np.floor(max(expected[0] - room, -_WIDEST * width)))
    high = min(expected[1] + room, _WIDEST * width)
    count = max(16, int(np.ceil((high - low) / 16)) * 16)
    # Beyond the border is drawn on, so that columns near it are matched as well.
    before, behind = max(0, low + count), max(0, -low)
    views = [
        cv2.copyMakeBorder(each, 0, 0, before, behind, cv2.BORDER_REPLICATE)
        for each in (left, right)
    ]
    inner = slice(before, before + width)
    matcher = cv2.StereoSGBM.create(
        minDisparity=low,
        numDisparities=count,
        blockSize=_BLOCK,
        P1=_SMALL_JUMP * 3 * _BLOCK**2,
        P2=_LARGE_JUMP * 3 * _BLOCK**2,
        preFilterCap=31,
        uniquenessRatio=5,
        speckleWindowSize=100,
        speckleRange=2,
        mode=cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    )
    forth = _shifts(matcher, *views)[:, inner]
    back = _shifts(matcher, *(each[:, ::-1] for each in views[::-1]))[:, ::-1][:, inner]
    columns = np.arange(width, dtype=np.float32)[None] - forth
    rows = np.repeat(np.arange(left.shape[0], dtype=np.float32)[:, None], width, 1)
    seen = cv2.remap(
        np.ascontiguousarray(back), columns, rows, cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_CONSTANT, borderValue=float("nan"),
    )  # fmt: skip
    with np.errstate(invalid="ignore"):
        agreed = np.abs(seen - forth) <= _AGREEMENT
    grey = cv2.cvtColor(left, cv2.COLOR_RGB2GRAY)
    slope = np.abs(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3)) / 4
    sure = agreed & (cv2.blur(slope, (2 * _BLOCK - 1, 2 * _BLOCK - 1)) > _TEXTURE)
    return forth, np.asarray(sure, np.bool_)


def _shifts(matcher: cv2.StereoSGBM, one: ByteImage, other: ByteImage) -> FloatImage:
    found = matcher.compute(np.ascontiguousarray(one), np.ascontiguousarray(other))
    shifts = np.asarray(found, np.float32) / np.float32(16)
    shifts[found < 16 * matcher.getMinDisparity()] = np.nan  # what the matcher calls invalid
    return shifts


def _joined(shifts: FloatImage, sure: Mask, guess: FloatImage) -> FloatImage | None:
    """The shifts where they are sure, the estimate carried on from them elsewhere."""
    share = float(sure.mean())
    if share < _ENOUGH:
        logger.info("Second view left aside, %.0f %% of it is sure", 100 * share)
        return None
    known, model = shifts[sure], guess[sure]
    low, high = np.percentile(known, (2, 98))
    if high - low < _SPREAD:
        logger.info("Second view left aside, it differs by %.1f pixels", high - low)
        return None
    if rank_correlation(known, model) < _EXCHANGED:
        shifts, known = -shifts, -known
    slope, offset = line(model, known)
    base = slope * guess + offset
    difference = push_pull(np.where(sure, shifts - base, 0), sure)
    return np.asarray(base + difference, np.float32)
