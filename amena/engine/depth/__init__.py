"""Sources of depth behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amena.engine.errors import OptionsError

if TYPE_CHECKING:
    import torch

    from amena.engine.depth.base import DepthEstimator


def build_estimator(name: str, device: torch.device) -> DepthEstimator:
    """The estimator of that name, its weights loaded on `device`.

    Args:
        name: `compact`, `ramp`, or `huggingface:FOLDER_OR_ID`.

    Raises:
        OptionsError: there is no such estimator.
        WeightsError: its weights are missing or damaged.
    """
    kind, _, model = name.partition(":")
    if kind == "compact":
        from amena.engine.depth.compact import CompactDepth

        return CompactDepth(device)
    if kind == "ramp":
        from amena.engine.depth.ramp import Ramp

        return Ramp()
    if kind == "huggingface":
        from amena.engine.depth.huggingface import HuggingFaceDepth

        return HuggingFaceDepth(model, device)
    raise OptionsError(f"Unknown estimator “{name}”.")
