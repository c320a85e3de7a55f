"""Classical filling of holes: smooth values by push-pull, texture mirrored at the rim."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.isophotes import find_sources, masked_blur
from amena.engine.types import FloatImage, Mask

#: Below this weight a pyramid cell counts as empty.
_EMPTY = 1e-4
#: Pixels around a hole that are looked at.
_REACH = 96
#: Windows begin and end at multiples of this: six pyramid levels, and two tiles of the network.
_LATTICE = 192
#: Pixels over which detail fades into the smooth part.
_DETAIL_REACH = 48.0


def push_pull(values: NDArray[Any], known: Mask) -> FloatImage:
    """Fill what is unknown with a smooth membrane through what is known.

    Averages of the known pixels are pulled up a pyramid until every hole is covered, then pushed
    back down (Gortler et al. 1996, The Lumigraph, §3.4.3). Time is linear in the pixels.

    Args:
        values: H×W or H×W×C, any numeric type; read only where `known`.
        known: bool H×W; at least one pixel must be True.

    Returns:
        float32 of the shape of `values`; equal to it where `known`.
    """
    image = np.where(known if values.ndim == 2 else known[..., None], values, 0).astype(np.float32)
    weight = known.astype(np.float32)
    return _fill_level(image, weight)


def _fill_level(image: FloatImage, weight: FloatImage) -> FloatImage:
    """`image` is already multiplied by `weight`; returns the filled level."""
    height, width = weight.shape
    if weight.min() >= 1 - _EMPTY or max(height, width) < 2:
        return image / _spread(np.maximum(weight, _EMPTY), image)
    half = ((width + 1) // 2, (height + 1) // 2)
    coarse_weight = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
    coarse_image = cv2.resize(image, half, interpolation=cv2.INTER_AREA)
    # A cell that saw any known pixel well enough counts in full: distant averages must not leak in.
    full = np.minimum(coarse_weight * 4, 1.0)
    ratio = full / np.maximum(coarse_weight, _EMPTY)
    coarse = _fill_level(coarse_image * _spread(ratio, coarse_image), full)
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(image + fine * _spread(1 - weight, image), np.float32)


def _spread(weight: FloatImage, like: FloatImage) -> FloatImage:
    return weight if like.ndim == 2 else weight[..., None]


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
    window = fill_window(hole, known)
    smooth, detail = smooth_and_detail(rgb[window], hole[window], known[window])
    out = rgb.copy()
    inner = hole[window]
    out[window][inner] = np.clip((smooth + detail)[inner] + 0.5, 0, 255).astype(np.uint8)
    return out


def fill_window(hole: Mask, known: Mask) -> tuple[slice, slice]:
    """The part of the picture that filling has to look at: the hole and what lies around it.

    Both masks must hold a pixel; the window then holds pixels of both. It lies on a lattice, so
    that a hole which grows a little does not shift the pyramids and tiles in it.
    """
    rows, cols = np.flatnonzero(hole.any(axis=1)), np.flatnonzero(hole.any(axis=0))
    top, left = (max(side[0] - _REACH, 0) // _LATTICE * _LATTICE for side in (rows, cols))
    bottom, right = (-(-(side[-1] + _REACH + 1) // _LATTICE) * _LATTICE for side in (rows, cols))
    window = np.s_[top:bottom, left:right]
    return window if known[window].any() else np.s_[: hole.shape[0], : hole.shape[1]]


def smooth_and_detail(
    rgb: NDArray[np.uint8], hole: Mask, known: Mask
) -> tuple[FloatImage, FloatImage]:
    """The two parts of `fill_texture`, for the same arguments; `known` must hold a pixel.

    Returns:
        float32 H×W×3 smooth part, equal to `rgb` where known: a membrane, and the tone at the rim
        where an edge leads there; float32 H×W×3 detail, 0 outside the hole. Units as in `rgb`.
    """
    source = find_sources(rgb, known)
    weight = known.astype(np.float32)
    membrane = push_pull(rgb, known)
    found = cv2.remap(weight, source.x, source.y, cv2.INTER_LINEAR)
    colour = cv2.remap(rgb * weight[..., None], source.x, source.y, cv2.INTER_LINEAR)
    colour /= np.maximum(found, _EMPTY)[..., None]
    blurred = masked_blur(rgb, known, sigma=3.0)
    tone = cv2.remap(blurred, source.x, source.y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Single usable pixels among unusable ones would be specks.
    usable = cv2.erode(np.clip(2 * found - 1, 0, 1), np.ones((3, 3), np.uint8)) * hole
    strength = usable * np.exp(-source.distance / _DETAIL_REACH)
    smooth = membrane + (tone - membrane) * (strength * source.along)[..., None]
    detail = (colour - tone) * strength[..., None]
    return np.asarray(smooth, np.float32), np.asarray(detail, np.float32)
