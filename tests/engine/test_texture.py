from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import push_pull
from amena.engine.pixels.texture import add_texture
from amena.engine.types import Disparity, Photo
from benchmarks.fills import detail_ratio

HEIGHT, WIDTH = 240, 320


def halves(width: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """A hole of some columns, the left side known; the near side on the right is neither."""
    hole, known = np.zeros((2, HEIGHT, WIDTH), np.bool_)
    known[:, :180] = True
    hole[:, 180 : 180 + width] = True
    return hole, known


def leaves(seed: int = 5) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 60, (HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.clip(120 + cv2.GaussianBlur(noise, (0, 0), 1.0), 0, 255).astype(np.uint8)


def smoothly_filled(rgb: np.ndarray, hole: np.ndarray, known: np.ndarray) -> np.ndarray:
    smooth = np.clip(push_pull(rgb, known) + 0.5, 0, 255).astype(np.uint8)
    return np.where(hole[..., None], smooth, rgb)


def test_a_smooth_fill_gets_the_detail_of_what_is_beside_it():
    hole, known = halves()
    filled = smoothly_filled(leaves(), hole, known)
    assert detail_ratio(filled, hole, known)["detail"] < 0.25
    textured = add_texture(filled, hole, known)
    assert 0.75 < detail_ratio(textured, hole, known)["detail"] < 1.15
    assert np.array_equal(textured[~hole], filled[~hole])
    # Its tone stays.
    apart = cv2.blur(textured, (15, 15)).astype(int) - cv2.blur(filled, (15, 15))
    assert np.abs(apart[:, 188:196]).mean() < 5


def test_a_blurred_background_stays_as_smooth_as_it_is():
    hole, known = halves()
    blurred = cv2.GaussianBlur(leaves(), (0, 0), 12)
    filled = smoothly_filled(blurred, hole, known)
    assert np.abs(add_texture(filled, hole, known).astype(int) - filled).max() <= 3


def test_a_fill_that_has_its_detail_gets_no_more():
    hole, known = halves()
    rgb = leaves()
    before = detail_ratio(rgb, hole, known)["detail"]
    assert detail_ratio(add_texture(rgb, hole, known), hole, known)["detail"] < 1.15 * before


def test_the_near_side_is_never_looked_at():
    hole, known = halves()
    filled = smoothly_filled(leaves(), hole, known)
    painted = np.where((hole | known)[..., None], filled, np.uint8((255, 0, 255)))
    ours, theirs = (add_texture(picture, hole, known) for picture in (filled, painted))
    assert np.array_equal(ours[hole], theirs[hole])


def test_a_fence_goes_on_behind():
    """Slats of eight pixels, which a smooth fill levels, stand where they would."""
    rows = np.arange(HEIGHT)[:, None, None]
    fence = np.broadcast_to(120 + 60 * np.sin(2 * np.pi * rows / 8), (HEIGHT, WIDTH, 3))
    fence = fence.astype(np.uint8)
    hole, known = halves()
    filled = smoothly_filled(fence, hole, known)
    filled[hole] = 120
    textured = add_texture(filled, hole, known)
    inside = np.s_[16:-16, 184:200, 0]
    likeness = np.corrcoef(fence[inside].ravel(), textured[inside].ravel())[0, 1]
    assert likeness > 0.9


@pytest.mark.parametrize("seed", range(3))
def test_any_masks_are_borne(seed):
    rng = np.random.default_rng(seed)
    coarse = rng.random((7, 9))
    labels = cv2.resize(coarse, (131, 97), interpolation=cv2.INTER_NEAREST)
    hole, known = labels < 0.2 + 0.3 * seed, labels > 0.95 - 0.1 * seed
    rgb = rng.integers(0, 256, (97, 131, 3), np.uint8)
    first, again = (add_texture(rgb, hole, known) for _ in range(2))
    assert np.array_equal(first[~hole], rgb[~hole])
    assert np.array_equal(first, again)
    for none in (np.zeros_like(hole), np.ones_like(hole)):
        assert np.array_equal(add_texture(rgb, none & hole, known), rgb) == (not none.any())
        assert np.array_equal(add_texture(rgb, hole, np.zeros_like(known)), rgb)


def test_what_lies_behind_a_silhouette_has_the_wall_s_texture():
    rgb = leaves()
    card = np.zeros((HEIGHT, WIDTH), np.float32)
    card[40:200, 100:220] = 1
    rgb[card > 0] = (200, 60, 60)
    photo = Photo(rgb, (WIDTH, HEIGHT), "PNG")
    layers = build_layers(photo, Disparity(card, "compact"), 0.05, smoothly_filled, (8, 8))
    behind = layers.layers[0].rgb[8:-8, 8:-8]
    shown = layers.disoccluded[8:-8, 8:-8]
    inner = cv2.erode(shown.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    wall = cv2.erode(1 - card, np.ones((9, 9), np.uint8)) > 0
    assert detail_ratio(behind, inner, wall)["detail"] > 0.6
