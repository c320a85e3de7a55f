"""Losses on relative inverse depth, blind to scale and shift.

The scale-and-shift-invariant loss and the multi-scale gradient loss follow Ranftl et al. 2020
(MiDaS), the ranking of pixel pairs Chen et al. 2016 and Xian et al. 2020 (structure-guided pairs).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

_SCALES = 4
_PAIRS = 1536
_SOFTNESS = 0.1  # of the ranking loss, in standard deviations
_FLAT = 1e-8  # variance below which a map counts as flat
_RATIO = 1.1  # pairs nearer to each other than this have no order
_NEIGHBOURHOOD = 24  # reach of local pairs, pixels


def normalise(disparity: Tensor, valid: Tensor) -> Tensor:
    """Shift each map to mean 0 and scale it to variance 1 over `valid`.

    Both are N×H×W; at least one pixel of each map must be valid.
    """
    mask = valid.float()
    count = mask.sum(dim=(1, 2), keepdim=True)
    mean = (disparity * mask).sum(dim=(1, 2), keepdim=True) / count
    centred = (disparity - mean) * mask
    variance = centred.square().sum(dim=(1, 2), keepdim=True) / count
    return centred / (variance + _FLAT).sqrt()


def invariant_loss(error: Tensor, valid: Tensor, exact: Tensor) -> Tensor:
    """Mean absolute `error` (N×H×W, normalised) of each map; the worst fifth is left out where the
    labels are not `exact` (bool N). Returns N.
    """
    size = error.abs().masked_fill(~valid, 0).flatten(1)
    count = valid.flatten(1).sum(dim=1)
    ordered = size.sort(dim=1, descending=True).values
    rank = torch.arange(size.shape[1], device=size.device)
    kept = (rank >= (0.2 * count)[:, None]) | exact[:, None]
    return (ordered * kept).sum(dim=1) / count.clamp_min(1)


def gradient_loss(error: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute gradient of `error` on four scales. Returns N."""
    total = error.new_zeros(error.shape[0])
    for scale in range(_SCALES):
        e, v = error[:, :: 2**scale, :: 2**scale], valid[:, :: 2**scale, :: 2**scale]
        across = (e[:, :, 1:] - e[:, :, :-1]).abs() * (v[:, :, 1:] & v[:, :, :-1])
        down = (e[:, 1:] - e[:, :-1]).abs() * (v[:, 1:] & v[:, :-1])
        count = v.flatten(1).sum(dim=1).clamp_min(1)
        total = total + (across.flatten(1).sum(dim=1) + down.flatten(1).sum(dim=1)) / count
    return total


def ranking_loss(
    prediction: Tensor, target: Tensor, normalised: Tensor, valid: Tensor, exact: Tensor
) -> Tensor:
    """How often, and how far, pixel pairs of clearly different depth are in the wrong order.

    A third of the pairs is drawn from the whole map, a third within rows (where "the bottom is
    nearer" is of no help), a third from the neighbourhood (edges). `prediction` and `normalised`
    (target) are normalised, `target` is not. Returns N.
    """
    count, height, width = target.shape
    device = target.device
    shape = (count, _PAIRS)
    y1 = torch.randint(height, shape, device=device)
    x1 = torch.randint(width, shape, device=device)
    y2 = torch.randint(height, shape, device=device)
    x2 = torch.randint(width, shape, device=device)
    third = _PAIRS // 3
    y2[:, :third] = y1[:, :third]
    reach = (2 * _NEIGHBOURHOOD + 1,)
    near = slice(third, 2 * third)
    offset = torch.randint(*reach, (2, count, third), device=device) - _NEIGHBOURHOOD
    y2[:, near] = (y1[:, near] + offset[0]).clamp(0, height - 1)
    x2[:, near] = (x1[:, near] + offset[1]).clamp(0, width - 1)
    first, second = y1 * width + x1, y2 * width + x2

    def pick(values: Tensor, index: Tensor) -> Tensor:
        return values.flatten(1).gather(1, index)

    a, b = pick(target, first), pick(target, second)
    by_ratio = torch.maximum(a, b) > _RATIO * torch.minimum(a, b)
    gap = (pick(normalised, first) - pick(normalised, second)).abs()
    # Labels of unknown shift have no ratio: there a difference must do.
    apart = torch.where(exact[:, None], by_ratio, gap > 0.2)
    usable = (pick(valid, first) & pick(valid, second) & apart).float()
    lead = (pick(prediction, first) - pick(prediction, second)) * torch.sign(a - b)
    cost = functional.softplus(-lead / _SOFTNESS) * _SOFTNESS
    return (cost * usable).sum(dim=1) / usable.sum(dim=1).clamp_min(1)


def depth_loss(prediction: Tensor, target: Tensor, exact: Tensor) -> dict[str, Tensor]:
    """All parts of the loss for each sample.

    Args:
        prediction: float N×H×W.
        target: float N×H×W, relative inverse depth, 0 = unknown.
        exact: bool N, see `training.data.Source`.

    Returns:
        `invariant`, `gradient` and `ranking`, N each.
    """
    valid = target > 0
    p, t = normalise(prediction, valid), normalise(target, valid)
    error = p - t
    return {
        "invariant": invariant_loss(error, valid, exact),
        "gradient": gradient_loss(error, valid),
        "ranking": ranking_loss(p, target, t, valid, exact),
    }
