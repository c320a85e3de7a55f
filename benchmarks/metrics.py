"""How alike two pictures are: PSNR, SSIM, HaarPSI and a distance between network features.

All take uint8 H×W×3 sRGB pictures of one size. Where a mask is accepted, the measure's own map is
made from the whole pictures and averaged inside the mask, so that its windows see real pixels.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from amena.engine.networks.efficientnet_lite import PYRAMID_CHANNELS, EfficientNetLite0
from amena.engine.types import ByteImage, FloatImage, Mask
from training.backbone import load_imagenet

_HAAR_C, _HAAR_ALPHA = 30.0, 4.2


def psnr(picture: ByteImage, truth: ByteImage, mask: Mask | None = None) -> float:
    """Peak signal-to-noise ratio in dB over all pixels, or those in `mask` (NaN if it is empty)."""
    error = (picture.astype(np.float64) - truth) ** 2
    mean = _mean(error.mean(axis=2), mask)
    return float("inf") if mean == 0 else float(10 * np.log10(255**2 / mean))


def ssim(picture: ByteImage, truth: ByteImage, mask: Mask | None = None) -> float:
    """Structural similarity (Wang et al. 2004): Gaussian window σ = 1.5, mean of the channels."""
    x, y = picture.astype(np.float64), truth.astype(np.float64)
    mean_x, mean_y = _window(x), _window(y)
    var_x, var_y = _window(x * x) - mean_x**2, _window(y * y) - mean_y**2
    covariance = _window(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    alike = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    alike /= (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    return _mean(alike.mean(axis=2), mask)


def haarpsi(picture: ByteImage, truth: ByteImage) -> float:
    """Haar wavelet-based perceptual similarity index, 0–1, 1 = alike (Reisenhofer et al. 2018).

    The colour variant with the published constants C = 30 and α = 4.2.
    """
    x, y = _halved_yiq(picture), _halved_yiq(truth)
    similarities, weights = [], []
    for turn in (False, True):
        # The two finer scales are compared, the coarsest says how much a place matters.
        a, b = _haar(x[..., 0], turn), _haar(y[..., 0], turn)
        similarities.append((_closeness(a[0], b[0]) + _closeness(a[1], b[1])) / 2)
        weights.append(np.maximum(a[2], b[2]))
    a, b = _mean_of_four(x[..., 1:]), _mean_of_four(y[..., 1:])
    similarities.append(_closeness(a, b).mean(axis=2))
    weights.append((weights[0] + weights[1]) / 2)
    weight = np.stack(weights).astype(np.float64) + np.finfo(np.float64).tiny
    mean = np.average(1 / (1 + np.exp(-_HAAR_ALPHA * np.stack(similarities))), weights=weight)
    return float((np.log(mean / (1 - mean)) / _HAAR_ALPHA) ** 2)


@torch.inference_mode()
def feature_distance(picture: ByteImage, truth: ByteImage) -> float:
    """Distance between features of EfficientNet-Lite0 trained on ImageNet, 0 = alike.

    As in LPIPS (Zhang et al. 2018) without its learned weights: features of five resolutions are
    normalised over channels, squared differences summed over channels and averaged over pixels and
    resolutions.
    """
    encoder, normalised = _encoder(), torch.nn.functional.normalize
    total = 0.0
    for a, b in zip(encoder(_network_input(picture)), encoder(_network_input(truth)), strict=True):
        difference = normalised(a, dim=1) - normalised(b, dim=1)
        total += float((difference**2).sum(dim=1).mean()) / len(PYRAMID_CHANNELS)
    return total


def _mean(values: NDArray[np.float64], mask: Mask | None) -> float:
    chosen = values if mask is None else values[mask]
    return float(chosen.mean()) if chosen.size else float("nan")


def _window(image: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(image, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT))


def _halved_yiq(picture: ByteImage) -> FloatImage:
    """YIQ at half size: the human eye's resolution at the usual viewing distance."""
    to_yiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    yiq = picture.astype(np.float64) @ to_yiq.T
    return np.asarray(_mean_of_four(yiq)[::2, ::2], np.float32)


def _mean_of_four(image: NDArray[Any]) -> NDArray[Any]:
    """Mean of every pixel, the next one, and the two below; zero beyond the border."""
    return cv2.blur(image, (2, 2), anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)


def _haar(luma: FloatImage, turn: bool) -> list[FloatImage]:
    """Magnitudes of the horizontal (or, turned, vertical) Haar wavelets of sizes 2, 4 and 8."""
    found = []
    for size in (2, 4, 8):
        kernel = np.full((size, size), 1 / size, np.float32)
        kernel[: size // 2] *= -1
        filtered = cv2.filter2D(
            luma,
            -1,
            kernel.T if turn else kernel,
            anchor=(size // 2 - 1, size // 2 - 1),
            borderType=cv2.BORDER_CONSTANT,
        )
        found.append(np.abs(filtered))
    return found


def _closeness(a: FloatImage, b: FloatImage) -> FloatImage:
    a, b = np.abs(a), np.abs(b)
    return np.asarray((2 * a * b + _HAAR_C) / (a**2 + b**2 + _HAAR_C), np.float32)


@cache
def _encoder() -> EfficientNetLite0:
    encoder = EfficientNetLite0()
    load_imagenet(encoder)
    return encoder.eval()


def _network_input(picture: ByteImage) -> torch.Tensor:
    height, width = picture.shape[:2]
    padded = cv2.copyMakeBorder(
        picture, 0, -height % 32, 0, -width % 32, borderType=cv2.BORDER_REFLECT_101
    )
    return torch.from_numpy(padded).permute(2, 0, 1)[None].float() / 127.5 - 1
