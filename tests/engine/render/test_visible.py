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
