"""Classical filling of holes: smooth values by push-pull, texture mirrored at the rim."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import FloatImage, Mask

#: Below this weight a pyramid cell counts as empty.
_EMPTY = 1e-4
#: Pixels around a hole that are looked at.
_REACH = 96


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

    Detail is what the photo has beyond a blur of itself, read from the mirror image of the hole's
    pixel at the nearest known pixel; where the mirror falls on something unknown, none is added.

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
    membrane, detail = membrane_and_detail(rgb[window], hole[window], known[window])
    out = rgb.copy()
    inner = hole[window]
    out[window][inner] = np.clip((membrane + detail)[inner] + 0.5, 0, 255).astype(np.uint8)
    return out


def fill_window(hole: Mask, known: Mask) -> tuple[slice, slice]:
    """The part of the picture that filling has to look at: the hole and what lies around it.

    Both masks must hold a pixel; the window then holds pixels of both.
    """
    rows, cols = np.nonzero(hole)
    top, left = max(rows.min() - _REACH, 0), max(cols.min() - _REACH, 0)
    window = np.s_[top : rows.max() + _REACH + 1, left : cols.max() + _REACH + 1]
    return window if known[window].any() else np.s_[: hole.shape[0], : hole.shape[1]]


def membrane_and_detail(
    rgb: NDArray[np.uint8], hole: Mask, known: Mask
) -> tuple[FloatImage, FloatImage]:
    """The two parts of `fill_texture`, for the same arguments; `known` must hold a pixel.

    Returns:
        float32 H×W×3 membrane, equal to `rgb` where known, smooth elsewhere; float32 H×W×3
        mirrored detail, 0 outside the hole. Units are those of `rgb`.
    """
    height, width = hole.shape
    membrane = push_pull(rgb, known)
    detail = np.zeros_like(membrane)
    blurred = _masked_blur(rgb, known, sigma=3.0)
    distance, nearest = nearest_known(known)
    rows, cols = np.nonzero(hole)
    near_rows, near_cols = np.divmod(nearest[rows, cols], width)
    mirror_rows = np.clip(2 * near_rows - rows, 0, height - 1)
    mirror_cols = np.clip(2 * near_cols - cols, 0, width - 1)
    usable = known[mirror_rows, mirror_cols]
    mirrored = rgb[mirror_rows, mirror_cols].astype(np.float32) - blurred[mirror_rows, mirror_cols]
    fade = usable * np.exp(-distance[rows, cols] / 48.0)
    detail[rows, cols] = mirrored * fade[:, None]
    return membrane, detail


def _masked_blur(rgb: NDArray[np.uint8], known: Mask, sigma: float) -> FloatImage:
    weight = known.astype(np.float32)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    summed = cv2.GaussianBlur(rgb * weight[..., None], (0, 0), sigma)
    return np.asarray(summed / np.maximum(total, _EMPTY)[..., None], np.float32)
