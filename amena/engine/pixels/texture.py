"""Texture for what was filled: patches of its known surroundings, where the fill lacks detail.

A fill that is right on average is smooth, and a smooth band beside a silhouette looks like smoke.
Its tone stays. What is added to it is what the photo has beyond its own tone somewhere close by:
where that goes on best with what is known at the rim (exemplars, Criminisi et al. 2004; a few
common shifts rather than a search, He and Sun 2012). It is added up to the energy that detail has
beside the hole, so that sky and blurred backgrounds stay as smooth as they are.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.fill import nearest_known
from amena.engine.types import Box, ByteImage, FloatImage, Mask

#: Long side in pixels that the lengths below are meant for. They grow with the picture.
_LONG_SIDE = 960
#: Pixels along a side of a cell, in which patches are compared; cells of a part, which has a shift.
_CELL, _PART = 2, 4
#: The standard deviation in cells of the blur that makes the tone. What is finer is texture.
_TONE = 1.5
#: The shifts that are tried: lengths in cells, and the number of directions.
_LENGTHS, _DIRECTIONS = (6, 10, 16, 24, 32), 16
#: Difference in levels beyond which cells are equally unlike; what a cell of length costs.
_UNLIKE, _FAR = 64, 0.2
#: Weights with which a part and its neighbours are compared, along a side.
_AROUND = np.array([0.25, 0.5, 1.0, 0.5, 0.25], np.float32)
#: Share of a cell that must be known to be copied from.
_SURE = 0.99
#: Standard deviations in cells over which energy is averaged: in the hole, beside it, between both.
_NEAR, _WIDE, _SMOOTH = 2.5, 4.0, 1.0
#: Rows of cells that are squared at a time.
_ROWS = 64
#: Energy (squared levels) that no gain is worked out for.
_FAINT = 0.5
#: How much a patch may be amplified, and its strongest detail against what is usual beside it.
_LOUDEST, _STRONGEST = 1.1, 1.6

#: Rows and columns of pixels.
Places = tuple[NDArray[np.intp], ...]


def add_texture(filled: ByteImage, hole: Mask, known: Mask) -> ByteImage:
    """Give what was filled the texture of what is known beside it.

    Args:
        filled: uint8 H×W×3; read only where `hole` or `known`.
        hole: bool H×W, pixels that were filled.
        known: bool H×W, pixels that may be looked at; disjoint from `hole`.

    Returns:
        uint8 H×W×3, equal to `filled` outside `hole`. The same bits every time.
    """
    if not hole.any():
        return filled
    side = _CELL * max(1, round(max(hole.shape) / _LONG_SIDE))
    box = _surroundings(hole, side)
    part, missing, usable = filled[box], hole[box], known[box]
    seen, share = _cells(part * usable[..., None], side), _cells(usable, side)
    sure, made = share > _SURE, (_cells(missing, side) > 0) & (share <= _SURE)
    if not made.any() or not sure.any():
        return filled
    either = missing | usable
    tone = _blurred(_cells(part * either[..., None], side), _cells(either, side))
    tone_known = _blurred(seen, share)
    luma = _luma(np.asarray(seen / np.maximum(share, 1e-3)[..., None], np.float32))
    shifts = _best_shifts(luma, _luma(tone), _luma(tone_known), sure, made) * side
    places = np.nonzero(missing)
    detail = _detail(part, _enlarged(tone_known, side, missing.shape), usable)
    target = _energy_beside(detail, sure, side)
    patches = _patches(detail, usable, shifts, places, side * _PART)
    del detail  # of a large picture 170 MB, as much as what is enlarged below
    usual = np.sqrt(_enlarged(target, side, missing.shape)[places])
    size = np.sqrt(_products(patches, patches))
    patches *= np.minimum(1, _STRONGEST * usual / np.maximum(size, 1e-3))[:, None]
    own = part[places] - _enlarged(tone, side, missing.shape)[places]
    gain = _enlarged(_gain(own, patches, target, places, side), side, missing.shape)[places]
    out = filled.copy()
    out[box][places] = np.clip(part[places] + gain[:, None] * patches + 0.5, 0, 255)
    return out


def _surroundings(hole: Mask, side: int) -> Box:
    """The part of the picture that holds all pixels of the hole, and what may be copied to them."""
    reach, lattice = (max(_LENGTHS) + 4 * _PART) * side, side * _PART
    spans = []
    for axis in (1, 0):
        inside = np.flatnonzero(hole.any(axis=axis))
        start = max(int(inside[0]) - reach, 0) // lattice * lattice
        spans.append(slice(start, min(int(inside[-1]) + 1 + reach, hole.shape[1 - axis])))
    return spans[0], spans[1]


def _cells(values: NDArray[Any], side: int) -> FloatImage:
    """Means over cells, float32; what lies beyond the picture counts as 0."""
    height, width = values.shape[:2]
    # Whole parts, so that every cell lies in one.
    below, right = -height % (side * _PART), -width % (side * _PART)
    whole = cv2.copyMakeBorder(
        values.view(np.uint8), 0, below, 0, right, cv2.BORDER_CONSTANT, value=0
    ).astype(np.float32)
    size = (width + right) // side, (height + below) // side
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)


def _enlarged(cells: FloatImage, side: int, shape: tuple[int, ...]) -> FloatImage:
    """Cells → pixels, linear between the cells' centres."""
    size = cells.shape[1] * side, cells.shape[0] * side
    whole = cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[: shape[0], : shape[1]], np.float32)


def _blurred(total: FloatImage, share: FloatImage) -> FloatImage:
    """The tone: a Gaussian blur of what counts alone."""
    weight = cv2.GaussianBlur(share, (0, 0), _TONE)
    blurred = cv2.GaussianBlur(total, (0, 0), _TONE)
    return np.asarray(blurred / np.maximum(weight, 1e-3)[..., None], np.float32)


def _detail(photo: ByteImage, tone: FloatImage, usable: Mask) -> FloatImage:
    """What the photo has beyond its tone, 0 where it must not be looked at; overwrites `tone`."""
    detail = cv2.subtract(photo, tone, tone, None, cv2.CV_32F)
    detail[~usable] = 0
    return np.asarray(detail, np.float32)


def _products(first: FloatImage, second: FloatImage) -> FloatImage:
    """Sums of products over the channels: float32 N."""
    return np.asarray(np.einsum("ij,ij->i", first, second), np.float32)


def _luma(rgb: FloatImage) -> ByteImage:
    """Whole levels: sums over them are exact."""
    luma = cv2.transform(rgb, np.array([[0.299, 0.587, 0.114]], np.float32))
    return np.asarray(np.clip(np.rint(luma), 0, 255), np.uint8)


def _best_shifts(
    photo: ByteImage, tone: ByteImage, tone_known: ByteImage, sure: Mask, made: Mask
) -> NDArray[np.intp]:
    """For every part the shift (rows, columns; cells) to where its texture is taken from.

    Known cells are compared with the photo itself, so that texture goes on at the rim, filled ones
    by their tone.

    Returns:
        intp h×w×2, (0, 0) where there is no source.
    """
    height, width = photo.shape
    most = max(_LENGTHS)

    def framed(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        framed_: NDArray[np.uint8] = np.pad(values, most)
        return framed_

    here = np.where(made, tone, photo)
    made_, counts = made.astype(np.uint8), np.where(made | sure, 255, 0).astype(np.uint8)
    size = width // _PART, height // _PART
    # A source is judged by the middle of the part: pixel by pixel it is only read where known.
    usable = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    there, there_tone, there_usable = framed(photo), framed(tone_known), framed(usable)
    weight = cv2.sepFilter2D(_part_means(counts // 255, size), -1, _AROUND, _AROUND)
    best = np.full(size[::-1], np.inf, np.float32)
    shifts = np.zeros((*size[::-1], 2), np.intp)
    for number, length in enumerate(_LENGTHS):
        for direction in range(_DIRECTIONS):
            angle = 2 * math.pi * (direction + number % 2 / 2) / _DIRECTIONS
            down, right = round(length * math.sin(angle)), round(length * math.cos(angle))
            at = np.s_[most + down : most + down + height, most + right : most + right + width]
            apart = cv2.absdiff(here, there[at])
            cv2.copyTo(cv2.absdiff(here, there_tone[at]), made_, apart)
            apart = cv2.min(apart, _UNLIKE) & counts
            cost = cv2.sepFilter2D(_part_means(apart, size), -1, _AROUND, _AROUND)
            cost += _FAR * length * weight
            middle = there_usable[at][_PART // 2 :: _PART, _PART // 2 :: _PART] > 0
            better = middle & (cost < best)
            best[better] = cost[better]
            shifts[better] = down, right
    return shifts


def _part_means(cells: NDArray[Any], size: tuple[int, int]) -> FloatImage:
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_AREA), np.float32)


def _patches(
    detail: FloatImage, usable: Mask, shifts: NDArray[np.intp], places: Places, part: int
) -> FloatImage:
    """Detail for every pixel of the hole, float32 N×3; neighbouring parts pass into each other."""
    height, width = usable.shape
    total, weight = np.zeros((len(places[0]), 3), np.float32), np.zeros(len(places[0]), np.float32)
    ends = []
    for place, count in zip(places, shifts.shape[:2], strict=True):
        position = np.clip((place + 0.5) / part - 0.5, 0, count - 1).astype(np.float32)
        first = position.astype(np.intp)
        share = position - first
        ends.append(((first, 1 - share), (np.minimum(first + 1, count - 1), share)))
    for row, row_share in ends[0]:
        for column, column_share in ends[1]:
            shift = shifts[row, column]
            y = np.clip(places[0] + shift[:, 0], 0, height - 1)
            x = np.clip(places[1] + shift[:, 1], 0, width - 1)
            counts = row_share * column_share * usable[y, x]
            total += detail[y, x] * counts[:, None]
            weight += counts
    return np.asarray(total / np.maximum(weight, 0.25)[:, None], np.float32)


def _energy_beside(detail: FloatImage, sure: Mask, side: int) -> FloatImage:
    """Energy of the known detail nearest to each cell: squared levels, float32 h×w."""
    energy = np.empty(sure.shape, np.float32)
    right = sure.shape[1] * side - detail.shape[1]
    # Some rows of cells at a time: the squares of a large picture's detail take 170 MB.
    for top in range(0, len(energy), _ROWS):
        out = energy[top : top + _ROWS]
        part = detail[top * side : (top + len(out)) * side]
        squared = cv2.transform(cv2.multiply(part, part), np.ones((1, 3), np.float32))
        below = len(out) * side - len(part)
        squared = cv2.copyMakeBorder(squared, 0, below, 0, right, cv2.BORDER_CONSTANT, value=0)
        cv2.resize(squared, out.shape[::-1], dst=out, interpolation=cv2.INTER_AREA)
    # Cells at the rim would see the silhouette.
    inner = cv2.erode(sure.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    inner = inner if inner.any() else sure.astype(np.float32)
    mean = cv2.GaussianBlur(energy * inner, (0, 0), _WIDE)
    mean /= np.maximum(cv2.GaussianBlur(inner, (0, 0), _WIDE), 1e-3)
    _, nearest = nearest_known(inner > 0)
    return np.asarray(cv2.GaussianBlur(mean.ravel()[nearest], (0, 0), _SMOOTH), np.float32)


def _gain(
    own: FloatImage, patches: FloatImage, target: FloatImage, places: Places, side: int
) -> FloatImage:
    """How much of the patches the fill's own detail lacks, float32 h×w.

    |own + g·patch|² has the energy of the target on average; g ≥ 0.
    """
    cell = places[0] // side * target.shape[1] + places[1] // side

    def mean(values: FloatImage) -> FloatImage:
        total = np.bincount(cell, values, target.size).reshape(target.shape).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(total, (0, 0), _NEAR) / count, np.float32)

    pixels = np.bincount(cell, minlength=target.size).reshape(target.shape).astype(np.float32)
    count = np.maximum(cv2.GaussianBlur(pixels, (0, 0), _NEAR), 1e-2)
    energy, both = mean(_products(patches, patches)), mean(_products(own, patches))
    lacking = np.maximum(target - mean(_products(own, own)), 0)
    gain = (np.sqrt(both * both + energy * lacking) - both) / np.maximum(energy, _FAINT)
    gain = np.where(lacking > 0, np.clip(gain, 0, _LOUDEST), 0).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(gain, (0, 0), _SMOOTH), np.float32)
