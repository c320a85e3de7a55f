"""Classical filling of holes: smooth values by push-pull, texture mirrored at the rim."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.isophotes import find_directions, reduce
from amena.engine.pixels.windows import (
    LATTICE,
    Window,
    around,
    each_strip,
    each_wanted,
    each_window,
    lattice_cells,
)
from amena.engine.types import Box, FloatImage, Mask

#: Below this weight a pixel counts as empty.
_EMPTY = 1e-4
#: Pyramid levels from which on values are rounded: cells of 16 pixels.
_ROUNDED_FROM = 4
#: What coarse levels of a membrane of colours are rounded to, in levels.
COLOUR_QUANTUM = 1 / 4
#: Blur of a tone without its texture, pixels of the reduced picture.
_TONE = 1.5
#: How often each level of a membrane is smoothed, the finest first.
_SMOOTHING = (0, 3, 6)
#: Pixels over which detail fades into the smooth part.
_DETAIL_REACH = 48.0


def push_pull(
    values: NDArray[Any], known: Mask, quantum: float | None = None, wanted: Mask | None = None
) -> FloatImage:
    """Fill what is unknown with a smooth membrane through what is known.

    A membrane f solves Δf = 0 where `known` is False, with f = `values` on the known pixels. It is
    approximated in linear time: w-weighted averages of the known pixels, Σwf / Σw, are pulled up a
    pyramid until every hole is covered, then pushed back down (Gortler et al. 1996, The Lumigraph,
    §3.4.3), and each level is smoothed where it was filled.

    Args:
        values: H×W or H×W×C, any numeric type; read only where `known`.
        known: bool H×W; at least one pixel must be True.
        quantum: quantisation step of the coarse levels, so that what is known far away changes
            nothing at all; pixels are then off by about as much. None: no rounding.
        wanted: bool H×W, the pixels that are asked for. Elsewhere the result may be anything.

    Returns:
        float32 of the shape of `values`; equal to it where `known`.
    """
    if values.dtype != np.uint8:
        values = np.asarray(values, np.float32)
    return _fill_level(np.ascontiguousarray(values), known, quantum, 0, wanted)


def _looked_at(x: FloatImage, y: FloatImage, shape: tuple[int, ...]) -> Box:
    """The part of a picture from which these places (pixels) are interpolated; at least a pixel."""
    box = []
    for places, side in ((y, shape[0]), (x, shape[1])):
        first = min(max(math.floor(places.min()), 0), side - 1)
        box.append(slice(first, min(max(math.floor(places.max()) + 2, first + 1), side)))
    return box[0], box[1]


def _fill_level(
    values: NDArray[Any], known: Mask, quantum: float | None, level: int, wanted: Mask | None = None
) -> FloatImage:
    """The filled level, float32. `values` are uint8 or float32."""
    height, width = known.shape
    mask = known.view(np.uint8)
    if known.all() or max(height, width) < 2:
        return np.asarray(cv2.copyTo(values, mask), np.float32).reshape(values.shape)
    # Whole cells of two by two, whatever the size: what is where does not depend on the border.
    half = (height + 1) // 2, (width + 1) // 2
    mean = np.empty((*half, *values.shape[2:]), np.float32)
    some = np.empty(half, np.bool_)

    def pull(part: Box) -> None:
        rows = slice(part[0].start // 2, (part[0].stop + 1) // 2)
        weight = known[part].astype(np.float32)
        seen = cv2.copyTo(values[part], mask[part]).astype(np.float32)
        size = half[1], rows.stop - rows.start
        share, total = (
            cv2.resize(_even(each), size, interpolation=cv2.INTER_AREA) for each in (weight, seen)
        )
        # A cell that saw any known pixel counts in full: distant averages must not leak in.
        np.divide(total, _spread(np.maximum(share, _EMPTY), total), out=mean[rows])
        np.greater(share, 0, out=some[rows])

    each_strip(pull, known.shape)
    below = None if wanted is None else _reduced(wanted, half)
    coarse = _fill_level(mean, some, quantum, level + 1, below)
    if quantum and level + 1 >= _ROUNDED_FROM:
        coarse = np.rint(coarse / np.float32(quantum)) * np.float32(quantum)
    filled = np.zeros(values.shape, np.float32)
    # Without this the membrane would show the cells, and where they happen to lie.
    smoothing = _SMOOTHING[min(level, len(_SMOOTHING) - 1)]

    def push(part: Box) -> None:
        outer, within = around(part, smoothing, known.shape)
        cells, inside = around((_halved(outer[0]), _halved(outer[1])), 1, half)
        size = 2 * (cells[1].stop - cells[1].start), 2 * (cells[0].stop - cells[0].start)
        fine = cv2.resize(coarse[cells], size, interpolation=cv2.INTER_LINEAR)
        top, left = (
            2 * each.start + whole.start % 2 for each, whole in zip(inside, outer, strict=True)
        )
        rows, cols = (whole.stop - whole.start for whole in outer)
        surface = np.ascontiguousarray(fine[top : top + rows, left : left + cols])
        own, where = values[outer].astype(np.float32, copy=False), mask[outer]
        cv2.copyTo(own, where, surface)
        for _ in range(smoothing):
            surface = cv2.GaussianBlur(surface, (3, 3), 0)
            cv2.copyTo(own, where, surface)
        filled[part] = surface[within]

    if wanted is None:
        each_strip(push, known.shape)
    else:
        each_wanted(push, wanted)
    return filled


def _reduced(wanted: Mask, half: tuple[int, int]) -> Mask:
    """What is wanted of the next coarser level, of the size `half`, and more than it looks around
    for that.
    """
    grown = cv2.dilate(lattice_cells(wanted).view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    size = LATTICE // 2
    return np.ascontiguousarray(grown.repeat(size, 0).repeat(size, 1)[: half[0], : half[1]])


def _halved(pixels: slice) -> slice:
    return slice(pixels.start // 2, (pixels.stop + 1) // 2)


def _even(part: FloatImage) -> FloatImage:
    """The same with another row or column of zeros where their number is odd."""
    height, width = part.shape[:2]
    if height % 2 or width % 2:
        part = cv2.copyMakeBorder(part, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT, value=0)
    return part


def _spread(weight: FloatImage, like: FloatImage) -> FloatImage:
    return weight if like.ndim == 2 else weight[..., None]


def distance_to(known: Mask, most: int) -> FloatImage:
    """Distance to the nearest known pixel, float32 H×W in pixels; 0 where known.

    What is `most` pixels away or more is only said to be that.
    """
    distance = np.full(known.shape, most, np.float32)

    def measure(part: Box) -> None:
        outer, within = around(part, most, known.shape)
        unknown = (~known[outer]).view(np.uint8)
        near = cv2.distanceTransform(unknown, cv2.DIST_L2, cv2.DIST_MASK_5)[within]
        np.minimum(near, most, out=distance[part])

    each_wanted(measure, known, most)
    return distance


def nearest_known(known: Mask) -> tuple[FloatImage, NDArray[np.intp]]:
    """Distance to, and flat index of, the nearest known pixel.

    Returns:
        float32 H×W distances in pixels (0 where known), intp H×W indices into the flat image.
    """
    unknown = np.where(known, 0, 255).astype(np.uint8)
    distance, labels = cv2.distanceTransformWithLabels(
        unknown, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # Label k belongs to the k-th zero pixel, but OpenCV does not promise the order: look it up.
    owner = np.zeros(int(labels.max()) + 1, np.intp)
    positions = np.flatnonzero(known)
    owner[labels.ravel()[positions]] = positions
    return np.asarray(distance, np.float32), owner[labels]


def fill_texture(rgb: NDArray[np.uint8], hole: Mask, known: Mask) -> NDArray[np.uint8]:
    """Fill `hole` from `known` pixels alone: a membrane for the tone, mirrored detail for texture.

    Detail is what the photo has beyond a blur of itself, read from the other side of the hole's
    rim (see `isophotes`); where nothing is known there, none is added.

    Args:
        rgb: uint8 H×W×3.
        hole: bool H×W, pixels to fill.
        known: bool H×W, pixels that may be looked at; disjoint from `hole`.

    Returns:
        uint8 H×W×3, equal to `rgb` outside `hole`.
    """
    if not hole.any() or not known.any():
        return rgb.copy()
    smooth, detail = smooth_and_detail(rgb, hole, known, hole)
    out = rgb.copy()
    out[hole] = np.clip(smooth[hole] + detail[hole] + 0.5, 0, 255).astype(np.uint8)
    return out


def smooth_and_detail(
    rgb: NDArray[np.uint8], hole: Mask, known: Mask, wanted: Mask | None = None
) -> tuple[FloatImage, FloatImage]:
    """The two parts of `fill_texture`, for the same arguments; `known` must hold a pixel.

    Args:
        rgb, hole, known: as for `fill_texture`.
        wanted: bool H×W, where the smooth part is asked for; None: everywhere.

    Returns:
        float32 H×W×3 smooth part, equal to `rgb` where known: a membrane, and the tone at the rim
        where an edge leads there; float32 H×W×3 detail, 0 outside the hole. Units as in `rgb`.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="membrane") as beside:
        membrane = beside.submit(push_pull, rgb, known, COLOUR_QUANTUM, wanted)
        reduced = reduce(rgb, known)
        directions, blurred = find_directions(reduced), reduced.blurred(_TONE)
    smooth, detail = membrane.result(), np.zeros(rgb.shape, np.float32)

    def look(window: Window) -> None:
        source = directions.sources(window.outer)
        x, y = source.x, source.y
        # No more of the picture as floats than is looked at: of all of it they take 190 MB at 4K.
        there = _looked_at(x, y, known.shape)
        weight = known[there].astype(np.float32)
        here = x - np.float32(there[1].start), y - np.float32(there[0].start)
        found = cv2.remap(weight, *here, cv2.INTER_LINEAR)
        colour = cv2.remap(rgb[there] * weight[..., None], *here, cv2.INTER_LINEAR)
        colour /= np.maximum(found, _EMPTY)[..., None]
        small_x, small_y = ((each + 0.5) / reduced.factor - 0.5 for each in (x, y))
        border = cv2.BORDER_REPLICATE
        tone = cv2.remap(blurred, small_x, small_y, cv2.INTER_LINEAR, borderMode=border)
        # Single usable pixels among unusable ones would be specks.
        usable = cv2.erode(np.clip(2 * found - 1, 0, 1), np.ones((3, 3), np.uint8))
        strength = usable * hole[window.outer] * np.exp(-source.distance / _DETAIL_REACH)
        towards_tone = (tone - smooth[window.outer]) * (strength * source.along)[..., None]
        smooth[window.inner] += towards_tone[window.within]
        detail[window.inner] = ((colour - tone) * strength[..., None])[window.within]

    each_window(look, hole, directions.factor)
    return smooth, detail
