"""Cheap augmentations of a photo and its depth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_DARK = 0.12  # share of the photos that are darkened


def crop_to_shape(
    photo: NDArray[np.uint8],
    depth: NDArray[np.uint16],
    shape: tuple[int, int],
    rng: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """A random crop of roughly the aspect of `shape` (rows, columns), resized to it; flipped half
    of the time. Depth is sampled by nearest neighbour, so that edges stay edges.
    """
    height, width = depth.shape
    aspect = shape[1] / shape[0] * np.exp(rng.uniform(-0.2, 0.2))
    crop_width = min(width, height * aspect) * rng.uniform(0.65, 1.0) ** (rng.random() < 0.7)
    crop_height = min(height, crop_width / aspect)
    crop_width, crop_height = int(crop_width), int(crop_height)
    x = rng.integers(width - crop_width + 1)
    y = rng.integers(height - crop_height + 1)
    window = np.s_[y : y + crop_height, x : x + crop_width]
    size = shape[::-1]
    shrink = crop_width > size[0]
    photo = cv2.resize(
        photo[window], size, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR
    )
    depth = cv2.resize(depth[window], size, interpolation=cv2.INTER_NEAREST)
    if rng.random() < 0.5:
        photo, depth = photo[:, ::-1], depth[:, ::-1]
    return np.ascontiguousarray(photo), np.ascontiguousarray(depth)


def augment_colour(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Exposure, contrast, gamma and white balance by one table per channel; now and then dark,
    grey, blurred, shaken, noisy or JPEG-compressed. Depth does not change.
    """
    if rng.random() < 0.8:
        levels = np.linspace(0, 1, 256) ** np.exp(rng.uniform(-0.35, 0.35))
        levels = (levels - 0.5) * rng.uniform(0.75, 1.25) + 0.5 + rng.uniform(-0.1, 0.1)
        table = levels[:, None] * np.exp(rng.uniform(-0.12, 0.12, 3))
        photo = cv2.LUT(photo, (table.clip(0, 1) * 255).astype(np.uint8)[None])
    if rng.random() < _DARK:
        photo = _darkened(photo, rng)
    if rng.random() < 0.1:
        photo = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if rng.random() < 0.18:
        photo = cv2.GaussianBlur(photo, (0, 0), np.exp(rng.uniform(np.log(0.4), np.log(3.0))))
    elif rng.random() < 0.05:
        photo = _shaken(photo, rng)
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(2, 8), photo.shape[:2]).astype(np.float32)
        photo = (photo + noise[..., None]).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        quality = int(rng.integers(25, 80))
        data = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        photo = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return photo


def _darkened(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """As taken with too little light: a fraction of the light, and the noise of a sensor that
    amplifies it; half of the time brightened again.
    """
    share = np.exp(rng.uniform(np.log(0.03), np.log(0.4)))
    light = (photo / np.float32(255)) ** 2.2 * np.float32(share)
    light += (
        rng.normal(0, 1, photo.shape).astype(np.float32) * np.sqrt(light) * rng.uniform(0, 0.04)
    )
    if rng.random() < 0.4:
        light = light / np.float32(share) ** rng.uniform(0.3, 1)
    return np.asarray((light.clip(0, 1) ** (1 / 2.2) * 255).astype(np.uint8))


def _shaken(photo: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blurred along a line, by a hand that moved."""
    reach = int(rng.integers(1, 5))
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = rng.uniform(0, np.pi)
    x, y = np.cos(angle) * reach, np.sin(angle) * reach
    cv2.line(
        kernel, (round(reach - x), round(reach - y)), (round(reach + x), round(reach + y)), 1.0
    )
    return np.asarray(cv2.filter2D(photo, -1, kernel / kernel.sum()), np.uint8)
