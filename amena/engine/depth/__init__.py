"""Sources of depth behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amena.engine.estimators import parse_estimator

if TYPE_CHECKING:
    import torch

    from amena.engine.depth.base import DepthEstimator


def build_estimator(name: str, device: torch.device) -> DepthEstimator:
    """The estimator of that name, its weights loaded on `device`.

    Args:
        name: as `estimators.parse_estimator` reads it.

    Raises:
        OptionsError: there is no such estimator.
        PackageMissingError: a package that it needs is not installed.
        WeightsError: its weights are missing, damaged or refused.
    """
    estimator = parse_estimator(name)
    if estimator.kind == "compact":
        from amena.engine.depth.compact import CompactDepth

        return CompactDepth(device)
    if estimator.kind == "ramp":
        from amena.engine.depth.ramp import Ramp

        return Ramp()
    if estimator.kind == "onnx":
        from amena.engine.depth.onnx import OnnxDepth

        return OnnxDepth(estimator, device)
    from amena.engine.depth.huggingface import HuggingFaceDepth

    return HuggingFaceDepth(estimator, device)
