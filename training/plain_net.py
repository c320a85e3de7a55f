"""The network of the plain recipe, trained only to compare the shipped one with."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from amena.engine.networks.efficientnet_lite import PYRAMID_CHANNELS, EfficientNetLite0

_WIDTH = 64


class PlainNet(nn.Module):
    """EfficientNet-Lite0 with a light pyramid decoder: depthwise-separable refinement, prediction
    at half resolution, bilinear upsampling.
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = EfficientNetLite0()
        self.lateral = nn.ModuleList(nn.Conv2d(width, _WIDTH, 1) for width in PYRAMID_CHANNELS)
        self.refine = nn.ModuleList(_separable() for _ in PYRAMID_CHANNELS)
        self.head = nn.Conv2d(_WIDTH, 1, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`x`: float N×3×H×W in [-1, 1], H and W multiples of 32. Returns float N×H×W."""
        features = self.encoder(x)
        y = self.refine[-1](self.lateral[-1](features[-1]))
        for level in reversed(range(len(features) - 1)):
            coarse = functional.interpolate(y, scale_factor=2, mode="bilinear")
            y = self.refine[level](self.lateral[level](features[level]) + coarse)
        return functional.interpolate(self.head(y).float(), scale_factor=2, mode="bilinear")[:, 0]


def _separable() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1, groups=_WIDTH, bias=False),
        nn.Conv2d(_WIDTH, _WIDTH, 1, bias=False),
        nn.BatchNorm2d(_WIDTH),
        nn.ReLU(),
    )
