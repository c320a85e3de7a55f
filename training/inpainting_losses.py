"""Losses and the feature distance for inpainting, weighted by the pixels of the hole."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from amena.engine.networks.efficientnet_lite import EfficientNetLite0
from training.backbone import load_imagenet
from training.precision import keep_depthwise_in_float32

_STAGES = 3  # of the encoder: features at 1/2, 1/4 and 1/8


class EarlyFeatures(nn.Module):
    """Frozen early features of the ImageNet-trained EfficientNet-Lite0."""

    def __init__(self) -> None:
        super().__init__()
        encoder = EfficientNetLite0()
        load_imagenet(encoder)
        self.stem, self.stages = encoder.stem, encoder.stages[:_STAGES]
        self.requires_grad_(False).eval()
        keep_depthwise_in_float32(self)

    def forward(self, rgb: Tensor) -> list[Tensor]:
        """`rgb`: N×3×H×W in [-1, 1], sides multiples of 8. Returns three maps, finest first."""
        x = self.stem(rgb)
        features = []
        for stage in self.stages:
            x = stage(x)
            features.append(x.float())
        return features


def feature_distance(one: list[Tensor], other: list[Tensor], weight: Tensor) -> Tensor:
    """Squared distance of features of unit length, averaged over the hole and summed over scales
    (as the uncalibrated LPIPS of Zhang et al. 2018). `weight`: N×1×H×W. Returns a scalar.
    """
    total = weight.new_zeros(())
    for a, b in zip(one, other, strict=True):
        apart = (F.normalize(a, dim=1, eps=0.1) - F.normalize(b, dim=1, eps=0.1)).square()
        total = total + _mean(apart.sum(dim=1, keepdim=True), _shrink(weight, a))
    return total


def style_distance(one: list[Tensor], other: list[Tensor], weight: Tensor) -> Tensor:
    """L1 distance of the Gram matrices over each sample's hole (Gatys et al. 2016; Liu et al. 2018,
    partial convolutions): the same texture, wherever its parts lie.
    """
    total = weight.new_zeros(())
    for a, b in zip(one, other, strict=True):
        share = _shrink(weight, a)
        scale = b.square().mean(dim=(1, 2, 3)).clamp_min(1e-3)[:, None, None]
        apart = (_gram(a, share) - _gram(b, share)).abs() / scale
        total = total + apart.mean()
    return total


def colour_distance(output: Tensor, truth: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """L1 distance of N×3×H×W colours, pixel by pixel and of means over 4×4 pixels."""
    fine = _mean((output - truth).abs(), weight)
    share = F.avg_pool2d(weight, 4)
    mean = F.avg_pool2d((output - truth) * weight, 4) / share.clamp_min(1e-3)
    return fine, _mean(mean.abs(), share)


def _gram(features: Tensor, weight: Tensor) -> Tensor:
    flat = (features * weight.sqrt()).flatten(2)
    return flat @ flat.transpose(1, 2) / weight.flatten(1).sum(dim=1).clamp_min(1)[:, None, None]


def _shrink(weight: Tensor, like: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(weight, like.shape[-2:])


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp_min(1)


class PatchCritic(nn.Module):
    """Tells made-up from real pixels, patch by patch (Isola et al. 2017; spectral norm as in
    Yu et al. 2019). Used in training alone.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (4, 32, 64, 96, 96)
        self.layers = nn.ModuleList(
            nn.utils.parametrizations.spectral_norm(nn.Conv2d(a, b, 5 if i == 0 else 3, 2, 1))
            for i, (a, b) in enumerate(pairwise(widths))
        )
        self.head = nn.utils.parametrizations.spectral_norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, rgb: Tensor, hole: Tensor) -> Tensor:
        """N×3×H×W colours and N×1×H×W hole → N×1×h×w, larger = more real."""
        x = torch.cat([rgb, hole], dim=1)
        for layer in self.layers[:3]:
            x = F.leaky_relu(layer(x), 0.2)
        y: Tensor = self.head(x)
        return y.float()
