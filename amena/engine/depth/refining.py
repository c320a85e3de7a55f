"""Given maps with holes, filled from an estimate, those of few levels, smoothed (`levels`), and
those in which near and far are swapped.

Phones and stereo cameras write black where they could not measure, which reads as “farthest” or,
in maps whose black is near, as “nearest”. What a person or a good camera has made has such
plateaus, too: the sky. A hole is told from them by three signs: its rim is a cliff nearly all
around, the estimate sees no such thing there, and its outline does not follow the photo's edges
throughout.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.depth.levels import levels, smoothed
from amena.engine.depth.robust import line, rank_correlation
from amena.engine.photo.depth_image import normalised
from amena.engine.pixels.fill import push_pull
from amena.engine.types import Box, ByteImage, Disparity, FloatImage, Mask

logger = logging.getLogger(__name__)

#: Values within this of either end may stand for “not measured”: JPEG spreads them a little.
_END: Final = 3.5 / 255
#: Least share of the picture that a hole takes; smaller ones count where there is such a one.
_LARGE, _SMALL = 0.003, 0.00002
#: A map with more holes than this is a cut-out before nothing, or of no use.
_MOST: Final = 0.4
#: What surrounds a hole is this far from its value at least, in disparity, at so much of its rim.
_CLIFF: Final = 0.1
_ALL_AROUND: Final = 0.75
#: Inside a hole the estimate goes on at least this share of the way to what surrounds it.
_GOES_ON: Final = 0.7
#: Ranks of map and estimate correlate at least so well, or the estimate is no judge of the map.
_JUDGE: Final = 0.5
#: Ranks that correlate less than this say the opposite of each other: no true map was found to.
_OPPOSITE: Final = -0.7
#: All plateaus with what surrounds them, in pictures: what is beyond that is left as it is.
_LOOKED_AT: Final = 10
#: Width of the rim that is looked at, and of what belongs to a hole around it, of the long side.
_RIM, _AROUND = 0.016, 0.008
_OUTLIERS: Final = 0.001
#: An outline of which more lies within two pixels of edges that are stronger than half the photo's
#: pixels' is a silhouette.
_ON_EDGES: Final = 0.985


def refined(
    given: Disparity, rgb: ByteImage, estimate: Disparity
) -> tuple[Disparity, tuple[str, ...]]:
    """A given map the right way round, with its holes filled or without the stairs of its few
    levels.

    Args:
        given: of a camera or a person, H×W.
        rgb: uint8 H×W×3, the photo.
        estimate: of the same photo.

    Returns:
        The map, stretched to the whole range anew if holes or levels were changed, and what was
        done or found: `depth_swapped` of a map in a file whose near and far are swapped, which is
        turned; `depth_opposite` of one that a person sent, who may mean it; `depth_holes` or
        `depth_levels`.
    """
    guess = estimate.values
    if not _is_opposite(given, guess):
        return _mended(given, rgb, guess)
    if given.source != "embedded":
        mended, done = _mended(given, rgb, guess)
        return mended, ("depth_opposite", *done)
    turned = np.asarray(1 - given.values, np.float32)
    logger.info("A map in a file has near and far swapped, and was turned.")
    mended, done = _mended(replace(given, values=turned, black=1 - given.black), rgb, guess)
    return mended, ("depth_swapped", *done)


def _is_opposite(given: Disparity, guess: FloatImage) -> bool:
    """Whether what a map calls near is far by the estimate, throughout."""
    measured = np.abs(given.values - given.black) > _END
    known = given.values[measured]
    return known.size >= 1000 and rank_correlation(known, guess[measured]) < _OPPOSITE


def _mended(
    given: Disparity, rgb: ByteImage, guess: FloatImage
) -> tuple[Disparity, tuple[str, ...]]:
    values = np.ascontiguousarray(given.values, np.float32)
    if levels(values) is not None:
        # Each of its levels is a plateau, so that holes cannot be told from them.
        smooth = smoothed(values, _near_edges(rgb))
        even = None if smooth is None else normalised(smooth)
        if even is not None:
            return replace(given, values=even), ("depth_levels",)
    plateaus = _plateaus(values, given.black)
    if not plateaus.any():
        return given, ()
    measured = np.abs(values - given.black) > _END
    known, model = values[measured], guess[measured]
    if known.size < 1000 or rank_correlation(known, model) < _JUDGE:
        return given, ()
    slope, offset = line(model, known, _END)
    base = np.asarray(slope * guess + offset, np.float32)
    hole = _holes(values, base, _near_edges(rgb), plateaus, given.black)
    if not 0 < hole.mean() < _MOST:
        return given, ()
    around = _disc(_AROUND * max(values.shape))
    known_there = cv2.dilate(hole.view(np.uint8), around) == 0
    filled = base + push_pull(np.where(known_there, values - base, 0), known_there)
    stretched = normalised(np.asarray(filled, np.float32), _OUTLIERS)
    if stretched is None:
        return given, ()
    logger.info("Holes in the given map filled: %.1f %%", 100 * hole.mean())
    return replace(given, values=stretched), ("depth_holes",)


def _plateaus(values: FloatImage, end: float) -> Mask:
    """Where the map is at that end of its range, with cliffs all around."""
    at_end = np.abs(values - end) <= _END
    found = np.zeros(values.shape, np.bool_)
    if at_end.mean() < _LARGE:
        return found
    _, label, stats, _ = cv2.connectedComponentsWithStats(at_end.view(np.uint8), connectivity=4)
    most = int(stats[1:, cv2.CC_STAT_AREA].max())
    if most < _LARGE * values.size:
        return found
    left = _LOOKED_AT * values.size
    # The largest first: a map of thousands of plateaus that each go around it is no camera's.
    for one in 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable"):
        if stats[one, cv2.CC_STAT_AREA] < _SMALL * values.size or left < 0:
            break
        box, part, rim = _surroundings(label, stats[one], one)
        left -= part.size
        if rim.any() and (np.abs(values[box][rim] - end) > _CLIFF).mean() > _ALL_AROUND:
            found[box] |= part
    return found


def _holes(values: FloatImage, base: FloatImage, edges: Mask, plateaus: Mask, end: float) -> Mask:
    """Those of the plateaus in which the estimate goes on as it is around them, if there is a large
    one among them that is no silhouette.

    None where most of what lies at this end is as near, or as far, as the estimate says: it means
    what it says, and the estimate has missed the rest, as the sky between branches.
    """
    hole = np.zeros(values.shape, np.bool_)
    count, label, stats, _ = cv2.connectedComponentsWithStats(
        plateaus.view(np.uint8), connectivity=4
    )
    sure = False
    for one in range(1, count):
        box, part, rim = _surroundings(label, stats[one], one)
        level = np.quantile(np.abs(values[box][rim] - end), 0.25)
        inside = float(np.median(np.abs(base[box][part] - end)))
        if inside <= _GOES_ON * level:
            continue
        hole[box] |= part
        if stats[one, cv2.CC_STAT_AREA] >= _LARGE * values.size:
            outline = cv2.morphologyEx(part.view(np.uint8), cv2.MORPH_GRADIENT, _disc(1))
            sure |= bool(edges[box][outline > 0].mean() <= _ON_EDGES)
    meant = (np.abs(values - end) <= _END) & ~hole
    return hole if sure and hole.sum() > meant.sum() else np.zeros_like(hole)


def _near_edges(rgb: ByteImage) -> Mask:
    """Where the photo has an edge within two pixels that is stronger than those of half of it."""
    smooth = cv2.GaussianBlur(rgb, (0, 0), 1.0)
    slope = cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)).max(axis=2)
    strongest = cv2.dilate(slope, np.ones((5, 5), np.uint8))
    return np.asarray(strongest > np.median(strongest), np.bool_)


def _surroundings(
    label: NDArray[np.int32], stats: NDArray[np.int32], one: int | np.integer
) -> tuple[Box, Mask, Mask]:
    """A component: the box around it, its mask there, and its rim's without what borders it."""
    height, width = label.shape
    reach = max(3, round(_RIM * max(height, width)))
    left, top, across, down, _ = (int(each) for each in stats)
    box = (
        slice(max(0, top - reach), min(height, top + down + reach)),
        slice(max(0, left - reach), min(width, left + across + reach)),
    )
    part = label[box] == one
    distance = cv2.distanceTransform((~part).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return box, part, (distance > reach / 2) & (distance <= reach)


def _disc(radius: float) -> ByteImage:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
