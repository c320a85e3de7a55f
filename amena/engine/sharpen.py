"""Move depth edges onto colour edges, so that no foreground colour hangs on background depth.

An estimated disparity is soft at silhouettes and off by some pixels. Around every jump the pixels
are sorted into near and far by colour, in the spirit of trimap matting: the sure pixels on both
sides give local colour models, the unsure ones between them are classified, with the estimate as
the prior. Everything is box filters on whole images.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, Disparity, FloatImage, Mask

#: Smallest difference in disparity, over the search window, that can be a silhouette.
MIN_JUMP = 0.08
#: A jump is a step, not a slope, if a window twice as wide sees at most this much more.
_STEP_RATIO = 1.4
#: A step is looked at this many pixels to all sides; it is crisp if its steepest place, with the
#: pixels next to it, holds this share of it.
_STEP_RADIUS, _CRISP = 3, 0.68

#: What to do about the silhouettes of a map.
Silhouettes = Literal["look", "sharpen", "keep"]


def sharpen(disparity: Disparity, rgb: ByteImage, silhouettes: Silhouettes = "look") -> Disparity:
    """Sharpen the silhouettes of a disparity map along the photo's colour edges.

    Args:
        disparity: as estimated, H×W.
        rgb: uint8 H×W×3, the photo.
        silhouettes: `look`: leave a map alone whose steps are crisp (measured or painted);
            `sharpen` it all the same; or `keep` what has been sharpened before.

    Returns:
        Disparity of the same size whose silhouettes are steps of one pixel; smooth parts of it are
        only denoised. A map that is left alone for its crisp steps is not `soft` any more.
    """
    if silhouettes == "keep":
        return disparity
    values = np.ascontiguousarray(disparity.values, np.float32)
    if silhouettes == "look" and _is_crisp(values):
        return replace(disparity, values=values, soft=False)
    radius = max(3, round(max(values.shape) * 0.009))
    values = cv2.medianBlur(values, 3)
    for scale in (1.0, 0.6):
        values = _snap(values, rgb, max(2, round(radius * scale)))
    return replace(disparity, values=np.clip(values, 0, 1))


def _is_crisp(values: FloatImage) -> bool:
    """Whether most steps of the map happen within a pixel or two."""
    low, high = _extent(values, _STEP_RADIUS)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    steep = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, cross)
    size = 2 * _STEP_RADIUS + 1
    steepest = steep == cv2.dilate(steep, np.ones((size, size), np.uint8))
    at_step = steepest & (high - low > MIN_JUMP)
    share = steep[at_step] / (high - low)[at_step]
    return bool(share.size and np.median(share) > _CRISP)


def _snap(values: FloatImage, rgb: ByteImage, radius: int) -> FloatImage:
    low, high = _extent(values, radius)
    zone = _step_zone(values, low, high, radius)
    if not zone.any():
        return values
    position = np.clip((values - low) / np.maximum(high - low, 1e-6), 0, 1)
    near_share = _classify(rgb, position, zone, radius)
    is_near = near_share > 0.5
    near_level = _level(values, zone * np.clip(position * 3 - 2, 0, 1) ** 2, high, radius)
    far_level = _level(values, zone * np.clip(1 - position * 3, 0, 1) ** 2, low, radius)
    snapped = np.where(is_near, np.maximum(values, near_level), np.minimum(values, far_level))
    # A jump just large enough to count is snapped a little, one twice as large in full: otherwise
    # gentle shapes would break up into flakes where they cross the limit.
    strength = np.clip((high - low) / MIN_JUMP - 1, 0, 1) * zone * _softness(position, zone, radius)
    return np.asarray(values + (snapped - values) * strength, np.float32)


def _softness(position: FloatImage, zone: Mask, radius: int) -> FloatImage:
    """0 where the steps nearby are crisp already (a measured or painted map), 1 where soft."""
    window = (4 * radius + 1, 4 * radius + 1)
    between = (zone & (np.abs(position - 0.5) < 0.35)).astype(np.float32)
    share = cv2.blur(between, window) / np.maximum(cv2.blur(zone.astype(np.float32), window), 1e-6)
    return np.asarray(np.clip((share - 0.1) / 0.15, 0, 1), np.float32)


def _extent(values: FloatImage, radius: int) -> tuple[FloatImage, FloatImage]:
    kernel = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    return (
        np.asarray(cv2.erode(values, kernel), np.float32),
        np.asarray(cv2.dilate(values, kernel), np.float32),
    )


def _step_zone(values: FloatImage, low: FloatImage, high: FloatImage, radius: int) -> Mask:
    """Pixels whose window holds a step: wide jump that a wider window does not see grow."""
    wide_low, wide_high = _extent(cv2.resize(values, None, fx=0.5, fy=0.5), radius)
    size = values.shape[1], values.shape[0]
    wide = cv2.resize(wide_high, size) - cv2.resize(wide_low, size)
    narrow = high - low
    zone = (narrow > MIN_JUMP) & (wide < _STEP_RATIO * narrow)
    return drop_small(zone, 12 * radius * radius)


def drop_small(mask: Mask, min_pixels: int) -> Mask:
    """The mask without its connected parts of fewer pixels."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= min_pixels
    keep[0] = False
    return np.asarray(keep[labels])


def _classify(rgb: ByteImage, position: FloatImage, zone: Mask, radius: int) -> FloatImage:
    """Probability, float32 H×W, that a pixel belongs to the near side of its step.

    Two Gaussian colour models per pixel (mean and isotropic variance of the sure near and sure far
    pixels in a window), joined with the prior that the estimate itself gives.
    """
    colour = cv2.GaussianBlur(rgb, (0, 0), 0.7).astype(np.float32) / 255
    window = 4 * radius + 1
    near_cost = _colour_cost(colour, position > 0.85, window)
    far_cost = _colour_cost(colour, position < 0.15, window)
    prior = 4.0 * (position - 0.5)
    evidence = np.clip(0.5 * (far_cost - near_cost), -6, 6)
    # Smoothed over the zone alone: outside of it the position means nothing.
    inside = zone.astype(np.float32)
    total = np.maximum(cv2.GaussianBlur(inside, (0, 0), 1.2), 1e-3)
    smooth = cv2.GaussianBlur((prior + evidence).astype(np.float32) * inside, (0, 0), 1.2) / total
    return np.asarray(1 / (1 + np.exp(-smooth)), np.float32)


def _colour_cost(colour: FloatImage, sure: Mask, window: int) -> FloatImage:
    """Negative log-likelihood (×2) of each pixel's colour under the window's Gaussian.

    The Gaussian is that of the `sure` pixels; every other row and column is enough to know it.
    """
    weight = sure.astype(np.float32)
    sums = (weight, colour * weight[..., None], _squared(colour) * weight)
    total, mean, square = (cv2.blur(each, (window, window)) for each in sums)
    total += 1e-4
    mean /= total[..., None]
    variance = np.maximum(square / total - _squared(mean), 0) / 3 + np.float32(0.02**2)
    # Where the window holds (almost) no sure pixel of this side, its model says nothing.
    off = np.where(total > 2e-3, _squared(colour - mean) / variance, 3)
    return np.asarray(off + 3 * np.log(variance), np.float32)


def _squared(colour: NDArray[np.float32]) -> FloatImage:
    """Squared length of each pixel's colour, float32 H×W."""
    return np.asarray(cv2.transform(colour * colour, np.ones((1, 3))), np.float32)


def _level(values: FloatImage, weight: FloatImage, fallback: FloatImage, radius: int) -> FloatImage:
    """Local mean disparity of one side's sure pixels; `fallback` where there are none."""
    window = (2 * radius + 1, 2 * radius + 1)
    total = cv2.blur(weight, window)
    mean = cv2.blur(values * weight, window) / np.maximum(total, 1e-6)
    return np.asarray(np.where(total > 1e-3, mean, fallback), np.float32)
