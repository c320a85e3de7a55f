"""Move depth edges onto colour edges, so that no foreground colour hangs on background depth.

An estimated disparity is soft at silhouettes and off by some pixels. Around every jump the pixels
are sorted into near and far by colour, in the spirit of trimap matting: the sure pixels on both
sides give local colour models, the unsure ones between them are classified, with the estimate as
the prior. Everything is box filters, in windows around the jumps.

Windows leave no trace: no sum depends on where it begins or on the order of its terms. Colours and
masks are whole numbers, and what else is summed up is first rounded to multiples of a power of two
that leave room for the sum, so that every sum is exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from amena.engine.depth.colour_models import box_sum, colour_fit
from amena.engine.depth.crispness import (
    CRISP,
    MIN_JUMP,
    NEARLY_CRISP,
    crispness,
    extent,
    lies_on_edges,
)
from amena.engine.depth.islands import without_islands
from amena.engine.depth.tips import with_tips
from amena.engine.pixels.regions import drop_small
from amena.engine.pixels.windows import Window, each_window, windows
from amena.engine.types import AS_IT_CAME, Box, ByteImage, Disparity, FloatImage, Mask

#: A jump is a step, not a slope, if a window twice as wide sees at most this much more.
_STEP_RATIO = 1.4
#: Before they are summed up, disparities are rounded to 65536ths, weights and evidence to 256ths:
#: a product of disparity and weight fits the 24 bits of a float32, the sums those of a float64.
_FINE, _COARSE = 65536, 256
#: Binomial weights, a Gaussian of 1.2 pixels. Those of both directions together are 4096ths: sums
#: over evidence of up to 8 fit 24 bits as well.
_SMOOTH = np.array([1, 6, 15, 20, 15, 6, 1], np.float32) / 64
#: In a photo that was enlarged, silhouettes are smoothed so often, and no oftener.
_MOST_TIMES = 3


def settled(disparity: Disparity, rgb: ByteImage) -> Disparity:
    """A map with soft steps where its crisp ones lie beside the photo’s edges, whatever made it.

    `sharpen` then moves them like those of an estimate; any other map stays as it is.

    Args:
        disparity: as it came, H×W.
        rgb: uint8 H×W×3, the photo.
    """
    values = np.ascontiguousarray(disparity.values, np.float32)
    looks_exact = crispness(values) > NEARLY_CRISP
    if disparity.sharpened or disparity.edited or not looks_exact or _is_exact(values, rgb):
        return disparity
    softened = cv2.GaussianBlur(_denoised(values), (0, 0), _radii(values.shape)[0] / 3)
    return replace(disparity, values=np.asarray(softened, np.float32))


def _is_exact(values: FloatImage, rgb: ByteImage) -> bool:
    return crispness(values) > CRISP and lies_on_edges(values, rgb)


def sharpen(
    disparity: Disparity,
    rgb: ByteImage,
    *,
    enlarged: float = 1,
) -> Disparity:
    """Sharpen the silhouettes of a disparity map along the photo's colour edges.

    A map that has been `sharpened` before stays as it is. So does one that was measured or painted
    with crisp steps, if they lie on the photo's edges and it was not `edited`: strokes on an
    estimate may be crisp, and it is an estimate none the less. `settled` comes first.

    Args:
        disparity: as estimated, H×W.
        rgb: uint8 H×W×3, the photo.
        enlarged: by how much the photo's sides have grown since it was taken, at least 1. Its
            colours say as much less from pixel to pixel, and its blur and ringing beside
            silhouettes would pass for tips, so that none are looked for.

    Returns:
        Disparity of the same size, `sharpened`, whose silhouettes are steps of one pixel; smooth
        parts of it are only denoised. A map that is left alone for its crisp steps is not `soft`
        any more.
    """
    if disparity.sharpened:
        return disparity
    values = np.ascontiguousarray(disparity.values, np.float32)
    # An estimate may be off where no edge tells, so that its rims stay soft.
    if not disparity.edited and not disparity.estimated and _is_exact(values, rgb):
        return replace(disparity, values=values, soft=False, sharpened=True)
    radii = _radii(values.shape)
    values = _denoised(values)
    zones = _zones([_steps(values, radius) for radius in radii], radii)
    coarse = enlarged > AS_IT_CAME
    times = min(math.ceil(enlarged), _MOST_TIMES) if coarse else 1
    result = values.copy()

    def snap(window: Window) -> None:
        snapped = _snap_twice(values, rgb, zones, radii, window.outer, times)
        np.copyto(result[window.inner], snapped[window.within], where=zones.second[window.inner])

    each_window(snap, zones.second, _support(*radii) + 2 * (len(_SMOOTH) // 2) * (times - 1))
    if not coarse:
        result = with_tips(result, rgb)
    result = without_islands(result, values, rgb)
    return replace(disparity, values=np.clip(result, 0, 1), sharpened=True)


def _denoised(values: FloatImage) -> FloatImage:
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(values, np.float32), 3), np.float32)


def _radii(shape: tuple[int, ...]) -> tuple[int, int]:
    """Of the two snaps, in pixels: the second one tidies up what the first one left."""
    radius = max(3, round(max(shape) * 0.009))
    return radius, max(2, round(radius * 0.6))


def _support(first: int, second: int) -> int:
    """How far away, in pixels, the disparity still counts for a pixel that is snapped twice.

    A snap takes means over 2 radii around (colours, softness), or over 1 radius (levels), of what
    depends on the extent over 1 radius, and smooths the evidence over 3 pixels: 3 radii + 3. The
    photo counts over 2 radii + 3, and the 2 of its own smoothing. The second snap's steps look
    through a window of `second` + 1 pixels of half the size to all sides, and count over 2 of its
    radii. The zones count less far.
    """
    steps = 2 * (second + 1) + 1
    return 3 * first + 3 + max(3 * second + 3, 2 * second + steps)


@dataclass(frozen=True)
class _Zones:
    """Where the two snaps may change a pixel; the second one holds the first."""

    first: Mask
    second: Mask


def _zones(steps: list[Mask], radii: tuple[int, int]) -> _Zones:
    """Zones from the `_steps` of the estimate with both radii.

    The second snap looks for steps in what the first one left, but near those of the estimate only:
    dropping small parts has no bounded support, which is why it is done to the estimate alone.
    """
    # Parts of fewer pixels are specks.
    first, fine = (
        drop_small(*each) for each in zip(steps, (12 * r * r for r in radii), strict=True)
    )
    return _Zones(first, _grown(first | fine, radii[1]))


def _grown(mask: Mask, pixels: int) -> Mask:
    """The mask with all that is at most so many rows and columns away from it."""
    kernel = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
    grown = np.zeros_like(mask)
    for window in windows(mask, pixels):
        grown[window.outer] |= cv2.dilate(mask[window.outer].view(np.uint8), kernel).view(np.bool_)
    return grown


def _snap_twice(
    values: FloatImage, rgb: ByteImage, zones: _Zones, radii: tuple[int, int], part: Box, times: int
) -> FloatImage:
    """A part of the map with what is in the zones snapped; only the picture's borders are right.

    `times`: how often the sides are smoothed.
    """
    colour = cv2.GaussianBlur(rgb[part], (0, 0), 0.7)
    once = _snap(values[part], colour, zones.first[part], radii[0], times)
    return _snap(once, colour, zones.second[part] & _steps(once, radii[1]), radii[1], times)


def _snap(values: FloatImage, colour: ByteImage, zone: Mask, radius: int, times: int) -> FloatImage:
    low, high = extent(values, radius)
    position = np.clip((values - low) / np.maximum(high - low, 1e-6), 0, 1)
    is_near = _is_near(colour, position, zone, radius, times)
    # What follows is about the pixels of the zone alone, one after the other.
    near_level = _level(values, position * 3 - 2, high, zone, radius)
    far_level = _level(values, 1 - position * 3, low, zone, radius)
    before, jump = values[zone], (high - low)[zone]
    after = np.where(is_near, np.maximum(before, near_level), np.minimum(before, far_level))
    # A jump just large enough to count is snapped a little, one twice as large in full: otherwise
    # gentle shapes would break up into flakes where they cross the limit.
    strength = np.clip(jump / MIN_JUMP - 1, 0, 1) * _softness(position, zone, radius)
    snapped = values.copy()
    snapped[zone] = before + (after - before) * strength
    return snapped


def _softness(position: FloatImage, zone: Mask, radius: int) -> FloatImage:
    """0 where the steps nearby are crisp already (a measured or painted map), 1 where soft."""
    between = zone & (np.abs(position - 0.5) < 0.35)
    share = box_sum(between, 2 * radius)[zone] / box_sum(zone, 2 * radius)[zone]
    return np.asarray(np.clip((share - 0.1) / 0.15, 0, 1), np.float32)


def _steps(values: FloatImage, radius: int) -> Mask:
    """Pixels whose window holds a step: wide jump that a wider window does not see grow."""
    values = _rounded(values, _FINE)
    low, high = extent(values, radius)
    wide_low, wide_high = extent(cv2.resize(values, None, fx=0.5, fy=0.5), radius)
    wide = cv2.resize(wide_high - wide_low, (values.shape[1], values.shape[0]))
    narrow = high - low
    return np.asarray((narrow > MIN_JUMP) & (wide < _STEP_RATIO * narrow))


def _is_near(colour: ByteImage, position: FloatImage, zone: Mask, radius: int, times: int) -> Mask:
    """Which of the zone's pixels belong to the near side of their step.

    Two Gaussian colour models per pixel (mean and isotropic variance of the sure near and sure far
    pixels in a window), joined with the prior that the estimate itself gives.
    """
    near_cost = colour_fit(colour, position > 0.85, zone, 2 * radius).cost
    far_cost = colour_fit(colour, position < 0.15, zone, 2 * radius).cost
    prior = 4.0 * (position[zone] - 0.5)
    # Smoothed over the zone alone: outside the zone the position means nothing.
    evidence = np.zeros(zone.shape, np.float32)
    evidence[zone] = _rounded(prior + np.clip(0.5 * (far_cost - near_cost), -6, 6), _COARSE)
    for _ in range(times):
        # Then by majority: how sure a side is moves no silhouette.
        evidence[zone] = np.sign(cv2.sepFilter2D(evidence, cv2.CV_32F, _SMOOTH, _SMOOTH)[zone])
    return np.asarray(evidence[zone] > 0)


def _level(
    values: FloatImage, sureness: FloatImage, fallback: FloatImage, zone: Mask, radius: int
) -> FloatImage:
    """Local mean disparity around each of the zone's pixels, of its pixels sure of one side.

    `fallback` where there are none.
    """
    weight = np.zeros(zone.shape, np.float32)
    weight[zone] = _rounded(np.clip(sureness[zone], 0, 1) ** 2, _COARSE)
    total = box_sum(weight, radius)[zone]
    weight[zone] *= _rounded(values[zone], _FINE)
    mean = box_sum(weight, radius)[zone] / np.maximum(total, 1 / _COARSE)
    enough = total > np.float32(1e-3 * (2 * radius + 1) ** 2)
    return np.asarray(np.where(enough, mean, fallback[zone]), np.float32)


def _rounded(values: FloatImage, parts: int) -> FloatImage:
    """Values as multiples of 1 / `parts`, a power of two."""
    scaled = values * np.float32(parts)
    np.rint(scaled, out=scaled)
    scaled /= np.float32(parts)
    return scaled
