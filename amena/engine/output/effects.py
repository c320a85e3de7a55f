"""Sharpness, depth of field and vignette: what changes colours and no geometry."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.types import ByteImage, FloatImage, Layer, LayeredDepthImage

#: Blur (σ as a share of the long side) of what is one whole disparity away from the focus, at full
#: strength.
_WIDEST_BLUR: Final = 0.012
#: Disparity around the focus that stays sharp.
_SHARP_ZONE: Final = 0.06
#: Blurs that are made and blended between, as shares of the widest one.
_BLURS: Final = (0.0, 0.125, 0.25, 0.5, 1.0)
#: Darkening in the corners at full strength.
_DARKEST: Final = 0.65
#: The unsharp mask that makes up for bilinear sampling: σ of its blur in pixels, and its weight.
_UNSHARP_SIGMA: Final = 0.7
_UNSHARP_WEIGHT: Final = 0.5
#: Pixels around a soft edge that are not sharpened.
_SOFT_EDGE_PX: Final = 4


def crisp(image: LayeredDepthImage) -> LayeredDepthImage:
    """Sharpen every layer's colour by as much as drawing frames blurs it on average.

    Between pixels bilinear sampling keeps 0.7 of fine detail, at pixels all of it. An unsharp mask
    on the layers costs nothing per frame, where finer textures or a wider filter do. Beside the
    soft edges of any layer colours are made to be mixed, and stay as they are.
    """
    soft = np.zeros(image.layers[0].alpha.shape, np.uint8)
    for layer in image.layers:
        soft |= ((layer.alpha > 0) & (layer.alpha < 255)).astype(np.uint8)
    size = 2 * _SOFT_EDGE_PX + 1
    elsewhere = 1 - cv2.dilate(soft, np.ones((size, size), np.uint8))
    layers = []
    for layer in image.layers:
        blurred = cv2.GaussianBlur(layer.rgb, (0, 0), _UNSHARP_SIGMA)
        sharp = cv2.addWeighted(layer.rgb, 1 + _UNSHARP_WEIGHT, blurred, -_UNSHARP_WEIGHT, 0)
        colour = cv2.copyTo(sharp, elsewhere, layer.rgb.copy())
        layers.append(replace(layer, rgb=np.asarray(colour, np.uint8)))
    return replace(image, layers=tuple(layers))


def defocused(image: LayeredDepthImage, focus: float, strength: float) -> LayeredDepthImage:
    """Blur every layer by its distance from the focus, as a large aperture would.

    Done once on the layers instead of on every frame, since the focus plane holds still. Each layer
    is blurred together with its own alpha: what is sharp never bleeds into what is not, and a
    blurred near layer gets a soft edge through which the background shows.

    Args:
        image: the layers.
        focus: disparity (0–1) that stays sharp.
        strength: 0 (nothing) to 1.
    """
    if strength <= 0:
        return image
    widest = strength * _WIDEST_BLUR * max(image.photo_size)
    return replace(image, layers=tuple(_defocused(layer, focus, widest) for layer in image.layers))


def _defocused(layer: Layer, focus: float, widest: float) -> Layer:
    if (layer.disparity == 1).all():  # the border of a photo, a window to look through
        return layer
    distance = np.abs(layer.disparity - np.float32(focus))
    # Position of every pixel between the blurs of `_BLURS`.
    wanted = np.clip((distance - _SHARP_ZONE) / (1 - _SHARP_ZONE), 0, 1)
    level = np.interp(wanted, _BLURS, np.arange(len(_BLURS))).astype(np.float32)
    weight = layer.alpha.astype(np.float32)[..., None] / 255
    sharp = np.dstack([layer.rgb * weight, layer.alpha.astype(np.float32)])
    result = np.zeros_like(sharp)
    for index, share in enumerate(_BLURS):
        near = np.clip(1 - np.abs(level - index), 0, 1)
        if near.any():
            blurred = cv2.GaussianBlur(sharp, (0, 0), widest * share) if share else sharp
            result += blurred * near[..., None]
    alpha = result[..., 3]
    colour = result[..., :3] / np.maximum(alpha, 1e-3)[..., None] * 255
    # Where nothing of the layer arrives, its colour is unseen but must not turn black.
    colour = np.where(alpha[..., None] < 1, layer.rgb, colour)
    return Layer(_to_bytes(colour), _to_bytes(alpha), layer.disparity)


def _to_bytes(values: NDArray[np.float32]) -> ByteImage:
    return np.asarray(np.clip(values + 0.5, 0, 255), np.uint8)


def vignette(size: tuple[int, int], strength: float) -> FloatImage:
    """Brightness of every pixel under a lens that loses light towards the corners.

    Args:
        size: (width, height).
        strength: 0 (nothing) to 1.

    Returns:
        float32 H×W×3 in (0, 1]: 1 in the middle, falling with the fourth power of the cosine of the
        angle, as natural vignetting does; `1 - 0.65·strength` in the corners.
    """
    width, height = size
    x = (np.arange(width) - (width - 1) / 2) / (width / 2)
    y = (np.arange(height) - (height - 1) / 2) / (height / 2)
    radius = (x[None, :] ** 2 + y[:, None] ** 2) / 2
    # cos⁴ of an angle whose tangent² is `radius × t`, t such that the corner comes out as dark as
    # wanted.
    corner = 1 - _DARKEST * strength
    t = corner**-0.5 - 1
    return np.dstack([(1 + radius * t) ** -2.0] * 3).astype(np.float32)


def shaded(frame: ByteImage, brightness: FloatImage) -> ByteImage:
    """The frame, uint8 H×W×3, times a brightness of the same shape."""
    return np.asarray(cv2.multiply(frame, brightness, dtype=cv2.CV_8U), np.uint8)
