"""Gated U-Net that completes what lies behind a silhouette.

Gated convolutions (Yu et al. 2019, Free-Form Image Inpainting with Gated Convolution) tell known
from made-up pixels on their own; the gate here comes from a 1×1 convolution, as light as the
variants of Yi et al. 2020 (HiFill). The first layer folds 2×2 pixels into channels, so nothing runs
at full resolution; dilated layers at 1/8 see the whole crop.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: Channels at 1/2, 1/4 and 1/8 resolution.
_WIDTHS = (32, 48, 96)
_DILATIONS = (1, 2, 4, 8)
#: Variance that a gated convolution's weights must add for its output to have its input's.
_GAIN = 7.0
#: Sides of an input must be multiples of this.
STRIDE = 8


class GatedConv(nn.Module):
    """3×3 convolution whose every value is weighted by a learned gate in (0, 1)."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__()
        self.feature = nn.Conv2d(inputs, outputs, 3, stride, dilation, dilation)
        self.gate = nn.Conv2d(inputs, outputs, 1, stride)
        # Activation and gate together pass an eighth of the variance on: without normalisation
        # the signal would vanish within a few layers.
        nn.init.normal_(self.feature.weight, std=(_GAIN / (9 * inputs)) ** 0.5)

    def forward(self, x: Tensor) -> Tensor:
        return F.silu(self.feature(x)) * torch.sigmoid(self.gate(x))


class InpaintNet(nn.Module):
    """Colour of a hole from a classical fill and the known pixels around it.

    The output is the fill's smooth part, plus its detail amplified or damped, plus a residual. An
    untrained network returns the classical fill itself.
    """

    def __init__(self) -> None:
        super().__init__()
        half, quarter, eighth = _WIDTHS
        self.stem = GatedConv(8 * 4, half)
        self.down1 = nn.Sequential(GatedConv(half, quarter, stride=2), GatedConv(quarter, quarter))
        self.down2 = GatedConv(quarter, eighth, stride=2)
        self.context = nn.ModuleList(GatedConv(eighth, eighth, dilation=d) for d in _DILATIONS)
        self.reduce1 = nn.Conv2d(eighth, quarter, 1)
        self.up1 = GatedConv(quarter, quarter)
        self.reduce0 = nn.Conv2d(quarter, half, 1)
        self.up0 = GatedConv(half, half)
        self.head = nn.Conv2d(half, 4 * 4, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, colour: Tensor, smooth: Tensor, detail: Tensor, masks: Tensor) -> Tensor:
        """All of N×C×H×W, float32, H and W multiples of `STRIDE`.

        Args:
            colour: C = 3, in [-1, 1]; 0 where not known.
            smooth: C = 3, in [-1, 1], the classical fill's smooth part; `colour` where known.
            detail: C = 3, what the classical fill adds to it in the hole.
            masks: C = 2, hole and known, each 0 or 1.

        Returns:
            C = 3, the completed colour; only the hole's is of use.
        """
        hole = masks[:, :1]
        x = torch.cat([colour + (smooth + detail) * hole, smooth, masks], dim=1)
        half = self.stem(F.pixel_unshuffle(x, 2).to(self.head.weight.dtype))
        quarter = self.down1(half)
        eighth = self.down2(quarter)
        for layer in self.context:
            eighth = eighth + layer(eighth)
        quarter = self.up1(quarter + _double(self.reduce1(eighth)))
        half = self.up0(half + _double(self.reduce0(quarter)))
        out = F.pixel_shuffle(self.head(half), 2).float()
        residual, gain = out[:, :3], 2 * torch.sigmoid(out[:, 3:])
        return smooth + gain * detail + residual


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
