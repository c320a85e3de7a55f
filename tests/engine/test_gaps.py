"""What is seen between leaves and fingers: fills begin from it, but from nothing that is mixed."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.inpainting.inpainter import TextureInpainter
from amena.engine.layering import layers
from amena.engine.layering.gaps import seen_in_gaps
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo

_HEIGHT, _WIDTH = 240, 320


def _wall() -> FloatImage:
    """Luma of a wall with soft marks some twenty pixels wide."""
    noise = np.random.default_rng(3).normal(0, 1, (_HEIGHT // 12, _WIDTH // 12)).astype(np.float32)
    return 170 + 14 * cv2.resize(noise, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_CUBIC)


def _leaves() -> Mask:
    """A bush whose leaves stand out sixteen pixels and are seven apart."""
    rows, cols = np.mgrid[:_HEIGHT, :_WIDTH]
    bush = (cols >= 40) & (cols < 280) & (rows > 80)
    return bush & ((cols % 15 < 8) | (rows > 96))


def _photo(near: Mask, wall: FloatImage) -> ByteImage:
    """A dark bush before the wall, as sharp as a lens draws it."""
    share = cv2.GaussianBlur(near.astype(np.float32), (0, 0), 0.7)
    luma = wall + (50 - wall) * share
    return np.dstack([np.clip(luma + 0.5, 0, 255).astype(np.uint8)] * 3)


def _off() -> float:
    """By how many levels what is made up behind the leaves is off the wall, in the mean."""
    near, wall = _leaves(), _wall()
    disparity = Disparity(np.where(near, np.float32(0.8), np.float32(0.2)), "net", sharpened=True)
    photo = Photo(_photo(near, wall), (_WIDTH, _HEIGHT), "PNG")
    made = layers.build_layers(photo, disparity, 0.05, TextureInpainter(), (0, 0))
    behind = made.layers[0].rgb[..., 0].astype(np.float32)
    leaves = near & (np.arange(_HEIGHT)[:, None] < 96)
    off = cv2.GaussianBlur(behind, (0, 0), 1.5) - cv2.GaussianBlur(wall, (0, 0), 1.5)
    return float(np.abs(off)[leaves].mean())


@pytest.mark.slow
def test_fills_behind_leaves_begin_from_the_wall_between_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    off = _off()
    monkeypatch.setattr(layers, "seen_in_gaps", lambda _rgb, narrow, *_: np.zeros_like(narrow))
    assert off < 0.97 * _off()


@pytest.mark.parametrize(("share", "seen"), [(0.0, True), (0.4, False), (1.0, False)])
def test_what_shows_a_bit_of_both_is_nothing_that_is_seen(share: float, seen: bool) -> None:
    wall, near = _wall(), np.zeros((_HEIGHT, _WIDTH), np.bool_)
    near[:, :100] = True
    narrow = np.zeros_like(near)
    narrow[100:140, 100:103] = True
    luma = np.where(near, 50, wall)
    luma[narrow] += share * (50 - luma[narrow])
    rgb = np.dstack([luma.astype(np.uint8)] * 3)
    found = seen_in_gaps(rgb, narrow, near, ~near & ~narrow)
    assert not found[~narrow].any()
    assert (found[narrow].mean() > 0.4) if seen else not found.any()


def test_colours_that_both_sides_have_tell_nothing() -> None:
    wall, near = _wall(), np.zeros((_HEIGHT, _WIDTH), np.bool_)
    near[:, :100] = True
    narrow = np.zeros_like(near)
    narrow[100:140, 100:103] = True
    rgb = np.dstack([wall.astype(np.uint8)] * 3)
    found = seen_in_gaps(rgb, narrow, near, ~near & ~narrow)
    assert found.sum() < 0.2 * narrow.sum()
