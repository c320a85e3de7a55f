"""The picture beyond its border."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.layering.margin import extend
from tests.engine.scenes import noise_photo

LEVEL = np.full((96, 128), 0.5, np.float32)


def cut_out(whole: NDArray[np.uint8], margin: int) -> NDArray[np.uint8]:
    return np.ascontiguousarray(whole[margin:-margin, margin:-margin])


def test_the_margin_joins_the_photo_and_loses_detail_outwards() -> None:
    photo = noise_photo(96, 128)
    extended, disparity = extend(photo.rgb, LEVEL, (64, 0))
    assert extended.shape == (96, 256, 3) and disparity.shape == (96, 256)
    np.testing.assert_array_equal(extended[:, 64:-64], photo.rgb)
    step = np.abs(extended[:, 63].astype(int) - photo.rgb[:, 0]).mean()
    assert step < np.abs(np.diff(photo.rgb.astype(int), axis=1)).mean()
    detail = np.abs(np.diff(extended.astype(int), axis=1)).mean(axis=(0, 2))
    assert detail[:16].mean() < 0.3 * detail[64:-64].mean()
    # Nor is it drawn out into stripes.
    across = np.abs(np.diff(extended.astype(int), axis=0)).mean(axis=(0, 2))
    assert across[:16].mean() < 0.3 * across[64:-64].mean()


@pytest.mark.parametrize("degrees", [0, 30, -30, 50, 90])
def test_an_edge_goes_straight_on_in_every_direction(degrees: float) -> None:
    rows, cols = np.mgrid[:160, :160] - 80.0
    angle = np.radians(degrees)
    offset = cols * np.cos(angle) + rows * np.sin(angle)
    whole = (60 + 130 / (1 + np.exp(-2 * offset)))[..., None] * np.ones(3)
    whole = whole.astype(np.uint8)
    extended, _ = extend(cut_out(whole, 12), np.full((136, 136), 0.5, np.float32), (12, 12))
    error = np.abs(extended.astype(int) - whole)
    mirrored = cv2.copyMakeBorder(cut_out(whole, 12), *[12] * 4, cv2.BORDER_REFLECT_101)
    beyond = np.ones((160, 160), np.bool_)
    beyond[12:-12, 12:-12] = False
    assert error[beyond].mean() < 1.2
    if degrees not in (0, 90):
        assert error[beyond].mean() < 0.5 * np.abs(mirrored.astype(int) - whole)[beyond].mean()


def test_a_smooth_gradient_goes_on_for_some_pixels() -> None:
    row = 100 + 0.3 * np.arange(160, dtype=np.float32)
    whole = np.rint(np.broadcast_to(row[:, None], (90, 160, 3))).astype(np.uint8)
    photo = np.ascontiguousarray(whole[:, 8:-8])
    extended, _ = extend(photo, np.zeros(photo.shape[:2], np.float32), (8, 0))
    stopped = cv2.copyMakeBorder(photo, 0, 0, 8, 8, cv2.BORDER_REPLICATE)
    error, without = (np.abs(each.astype(int) - whole).mean() for each in (extended, stopped))
    assert error < 0.6 * without


def test_a_near_thing_at_the_border_goes_on_with_its_depth() -> None:
    rows, cols = np.mgrid[:160, :160]
    near = np.abs(cols - rows * 0.5 - 40) < 25  # a slanted bar through the upper and lower border
    rgb = np.where(near[..., None], np.uint8(200), np.uint8(60)) * np.ones(3, np.uint8)
    disparity = np.where(near, 0.9, 0.1).astype(np.float32)
    inner = np.s_[12:-12]
    extended, depth = extend(np.ascontiguousarray(rgb[inner]), disparity[inner], (0, 12))
    assert set(np.unique(depth)) <= set(np.unique(disparity))
    assert (depth != disparity).mean() < 0.005
    # Colour and depth agree on where it is.
    assert ((extended[..., 0] > 130) != (depth > 0.5)).mean() < 0.01


@pytest.mark.parametrize("shape", [(2, 64), (64, 2), (1, 1)])
def test_a_margin_may_be_wider_than_the_photo(shape: tuple[int, int]) -> None:
    rgb = np.full((*shape, 3), 77, np.uint8)
    extended, disparity = extend(rgb, np.full(shape, 0.25, np.float32), (20, 30))
    assert extended.shape == (shape[0] + 60, shape[1] + 40, 3)
    assert (extended == 77).all() and (disparity == 0.25).all()
