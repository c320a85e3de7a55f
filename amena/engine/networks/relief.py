"""How much depth a picture shows: a head on the depth network's encoder."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from amena.engine.networks.efficientnet_lite import PYRAMID_CHANNELS

_LEVELS = slice(3, 5)  # 1/16 and 1/32 of the input
#: The head's logit below which a picture is surely flat, and above which it surely is not.
_FLAT, _DEEP = -2.5, -0.5


def pooled(features: list[Tensor]) -> Tensor:
    """Mean and maximum of the coarse levels of a pyramid, N×C."""
    levels = features[_LEVELS]
    means = [level.mean(dim=(2, 3)) for level in levels]
    return torch.cat([*means, *(level.amax(dim=(2, 3)) for level in levels)], dim=1)


class ReliefHead(nn.Module):
    """Share of the depth range that a picture should be given: 1 for scenes, 0 for flat pages."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2 * sum(list(PYRAMID_CHANNELS)[_LEVELS]), 1)

    def forward(self, features: Tensor) -> Tensor:
        """`features`: N×C of `pooled`. Returns N in [0, 1]."""
        logit = self.linear(features)[:, 0]
        return torch.clamp((logit - _FLAT) / (_DEEP - _FLAT), 0, 1)
