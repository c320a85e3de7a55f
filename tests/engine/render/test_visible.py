import math
from itertools import product

import cv2
import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.visible import Visible
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Disparity
from tests.engine.scenes import noise_photo, square_mask

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scene():
    """A square in front of a wall, on a picture whose sides are no multiples of a tile."""
    mask = square_mask(210, 40)
    values = np.where(mask, np.float32(0.9), np.float32(0.1))
    return build_layers(
        noise_photo(210, 210), Disparity(values, "uploaded"), 0.08, fill_texture, (40, 40)
    )


@pytest.mark.parametrize("motion", MOTIONS)
def test_no_tile_that_shows_a_sheet_is_left_out(scene, motion, monkeypatch):
    path = build_path(motion, 5, amplitude=0.08, focus=0.2)
    frames = list(WarpRenderer(1).render(scene, path))

    def everywhere(_self, _pose, side):
        count = -(-210 // side)
        return tuple(each.ravel() for each in np.mgrid[:count, :count])

    monkeypatch.setattr(Visible, "tiles", everywhere)
    for chosen, every in zip(frames, WarpRenderer(1).render(scene, path), strict=True):
        np.testing.assert_array_equal(chosen, every)


@pytest.mark.parametrize("motion", MOTIONS)
def test_tiles_are_those_that_the_box_around_some_block_touches(scene, motion):
    layer = scene.layers[1]
    q = np.full((291, 291), 0.9, np.float32)
    visible = Visible(scene, layer.alpha, q, 1)
    # A block is eight pixels wide and may be sampled from one pixel beside.
    i, j = np.nonzero(cv2.dilate(layer.alpha, np.ones((3, 3), np.uint8)))
    blocks = set(zip((i // 8).tolist(), (j // 8).tolist(), strict=True))
    for pose in build_path(motion, 5, amplitude=0.08, focus=0.2).poses:
        touched = set()
        for row, col in blocks:
            corners = np.array([(row + a, col + b) for a in (0, 1) for b in (0, 1)]) * 8
            v, u = ((corners - 40 - 105) / 210).T
            x, y, w = pose[:3] @ [u, v, np.ones(4), np.full(4, 0.9)]
            spans = []
            for at in (y, x):
                pixels = at / w * 210 + 104.5
                first = math.ceil(pixels.min() - 0.25) // 32
                last = math.floor(pixels.max() + 0.25) // 32
                spans.append(range(max(first, 0), min(last + 1, 7)))
            touched |= set(product(*spans))
        rows, cols = visible.tiles(pose, 32)
        assert list(zip(rows.tolist(), cols.tolist(), strict=True)) == sorted(touched)


def test_tiles_far_from_the_sheet_are_left_out():
    alpha = np.zeros((300, 300), np.uint8)
    alpha[40:60, 40:60] = 255
    scene = build_layers(
        noise_photo(300, 300),
        Disparity(np.full((300, 300), 0.5, np.float32), "uploaded"),
        0.02,
        fill_texture,
        (0, 0),
    )
    visible = Visible(scene, alpha, np.full((301, 301), 0.6, np.float32), 1)
    rows, cols = visible.tiles(np.eye(4), 32)
    assert set(zip(rows.tolist(), cols.tolist(), strict=True)) == {(1, 1)}
