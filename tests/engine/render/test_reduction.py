"""Smaller layers give smaller pictures of the same."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from amena.engine.geometry.camera import build_path
from amena.engine.geometry.crop import Crop
from amena.engine.render.reduction import fitted, reduced, shrunk_to
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


@pytest.mark.parametrize("crop", [None, Crop(40, 0, 100, 192)])
def test_fitted_frames_are_the_large_ones_made_smaller(crop: Crop | None) -> None:
    large = square_layers()
    path = replace(build_path("circle", 4, 0.05, 0.5), crop=crop)
    width, height = path.drawn(large.photo_size).size
    size = round(width * 0.9), round(height * 0.91)
    renderer = WarpRenderer()
    drawn = renderer.render(*fitted(large, path, size))
    for whole, seen in zip(renderer.render(large, path), drawn, strict=True):
        assert seen.shape == (size[1], size[0], 3)
        wanted = cv2.resize(whole, size, interpolation=cv2.INTER_CUBIC).astype(int)
        shifted = np.roll(wanted, 2, axis=1)
        assert np.abs(wanted - seen).mean() < 0.35 * np.abs(shifted - seen).mean()
        apart = np.abs(wanted - seen).max(axis=2) > 8
        edges = cv2.dilate(cv2.Canny(np.uint8(wanted), 40, 80), np.ones((5, 5), np.uint8)) > 0
        assert not (apart & ~edges).any()


def test_frames_that_fit_need_no_other_layers() -> None:
    large, path = square_layers(), build_path("circle", 4, 0.05, 0.5)
    assert fitted(large, path, large.photo_size) == (large, path)


def test_a_little_smaller_is_as_crisp() -> None:
    """Means of whole pixels and parts of others would leave four fifths of such detail."""
    large = square_layers()
    back = large.layers[0]
    waves = 128 + 100 * np.sin(np.pi / 2 * np.arange(back.rgb.shape[1]))
    lines = np.broadcast_to(waves[None, :, None], back.rgb.shape).astype(np.uint8)
    striped = replace(large, layers=(replace(back, rgb=lines),))
    width, height = large.photo_size
    small = shrunk_to(striped, (round(width * 0.92), round(height * 0.92))).layers[0].rgb
    assert small[20:-20, 20:-20].std() > 0.95 * lines.std()
