"""Flat pictures are drawn, and the relief head learns to tell them from others."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from amena.engine.networks.efficientnet_lite import PYRAMID_CHANNELS
from amena.engine.networks.relief import pooled
from training.pages import Pages
from training.relief import fit

pytestmark = pytest.mark.slow


def test_pages_are_seeded_and_differ() -> None:
    pages = Pages([])
    first, again, other = (pages.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.uint8 and first.ndim == 3
    assert first.shape != other.shape or (first != other).any()


def test_the_head_tells_two_kinds_of_features_apart() -> None:
    generator = torch.Generator().manual_seed(0)

    def features(brightness: float, count: int) -> torch.Tensor:
        maps = [
            torch.randn(count, channels, 4, 6, generator=generator) + brightness
            for channels in PYRAMID_CHANNELS
        ]
        return pooled(maps)

    head = fit(features(0.0, 60), features(0.6, 60))
    with torch.inference_mode():
        assert head(features(0.0, 40)).max() < 0.5
        assert head(features(0.6, 40)).min() > 0.5
