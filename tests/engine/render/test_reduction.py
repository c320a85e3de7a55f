"""Smaller layers give smaller pictures of the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.geometry.camera import build_path
from amena.engine.render.reduction import reduced
from amena.engine.render.warp import WarpRenderer
from tests.engine.scenes import square_layers


@pytest.mark.parametrize("side", [96, 83])
def test_the_reduced_layers_show_what_the_large_ones_do(side: int) -> None:
    large = square_layers()
    small = reduced(large, (side, 200))
    assert small.photo_size == (side, side)
    path = build_path("horizontal", 4, 0.05, 0.5)
    renderer = WarpRenderer()
    for whole, seen in zip(renderer.render(large, path), renderer.render(small, path), strict=True):
        wanted = cv2.resize(whole, (side, side), interpolation=cv2.INTER_AREA)
        # Edges lie within half a pixel of where they were: elsewhere nothing is another.
        apart = np.abs(wanted.astype(int) - seen).max(axis=2) > 8
        edges = cv2.dilate(cv2.Canny(wanted, 40, 80), np.ones((5, 5), np.uint8)) > 0
        assert not (apart & ~edges).any()


def test_layers_are_never_enlarged() -> None:
    large = square_layers()
    assert reduced(large, (5000, 5000)) is large
