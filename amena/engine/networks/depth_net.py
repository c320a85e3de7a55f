"""The compact depth network: photo → relative inverse depth.

A feature pyramid decoder (Lin et al. 2017) on EfficientNet-Lite0. A pooled context vector lets
every pixel know the whole scene, and the last step is a learned convex upsampling (Teed & Deng
2020): each output pixel is a weighted mean of nine coarse ones, so that edges stay crisp at little
cost.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from amena.engine.networks.efficientnet_lite import PYRAMID_CHANNELS, EfficientNetLite0

_WIDTHS = (32, 64, 96, 128, 160)  # decoder channels at 1/2, 1/4, … 1/32


class _Refine(nn.Module):
    """Residual 3×3 refinement."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm1: nn.Module = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2: nn.Module = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        return functional.relu(x + self.norm2(self.conv2(y)), inplace=True)


class DepthNet(nn.Module):
    """Relative inverse depth (larger = nearer, up to scale and shift) of an RGB photo."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0()
        self.lateral = nn.ModuleList(
            nn.Conv2d(channels, width, 1)
            for channels, width in zip(PYRAMID_CHANNELS, _WIDTHS, strict=True)
        )
        self.context = nn.Sequential(nn.Linear(PYRAMID_CHANNELS[-1], _WIDTHS[-1]), nn.ReLU())
        self.reduce = nn.ModuleList(
            nn.Conv2d(coarse, fine, 1, bias=False) for fine, coarse in pairwise(_WIDTHS)
        )
        self.refine = nn.ModuleList(_Refine(width) for width in _WIDTHS)
        self.head = nn.Conv2d(_WIDTHS[0], 1, 3, padding=1)
        self.upsampling = nn.Conv2d(_WIDTHS[0], 9 * 4, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: float N×3×H×W in [-1, 1], H and W multiples of 32. Returns float N×H×W."""
        return self.decode(self.encoder(x))

    def decode(self, features: list[Tensor]) -> Tensor:
        """The encoder's features, finest first → float N×H×W."""
        y = self.lateral[-1](features[-1])
        y = y + self.context(features[-1].mean(dim=(2, 3)))[:, :, None, None]
        y = self.refine[-1](y)
        for level in reversed(range(len(_WIDTHS) - 1)):
            coarse = self.reduce[level](y)
            coarse = functional.interpolate(coarse, scale_factor=2, mode="bilinear")
            y = self.refine[level](self.lateral[level](features[level]) + coarse)
        logits = self.upsampling(y).float()
        # In half precision the last step would band smooth surfaces.
        with torch.autocast(y.device.type, enabled=False):
            disparity = self.head(y.float())
        return _upsample_convex(disparity, logits)


def _upsample_convex(coarse: Tensor, logits: Tensor) -> Tensor:
    """`coarse`: N×1×h×w, `logits`: N×36×h×w. Returns N×2h×2w."""
    count, _, height, width = coarse.shape
    weights = torch.softmax(logits.view(count, 9, 4, height, width), dim=1)
    around = functional.unfold(functional.pad(coarse, (1, 1, 1, 1), mode="replicate"), 3)
    fine = (weights * around.view(count, 9, 1, height, width)).sum(dim=1)
    return functional.pixel_shuffle(fine, 2)[:, 0]
