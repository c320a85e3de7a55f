"""Batch-norm statistics of a trained network, measured anew."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def recalibrate(part: nn.Module, net: nn.Module, inputs: Iterable[Tensor]) -> None:
    """Replace the batch-norm statistics of `part` of `net` by the mean over `inputs`, in float32.

    The running statistics of training belong to weights that have changed since, not to averaged
    ones, and under bfloat16 autocast oneDNN writes infinities into them ("precise BN", Wu &
    Johnson 2021, §3).
    """
    norms = [module for module in part.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    net.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all batches
        norm.train()
    for x in inputs:
        net(x)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    net.eval()
