from dataclasses import replace

import numpy as np
import pytest

from amena.engine.geometry.camera import build_path
from amena.engine.geometry.crop import Crop
from amena.engine.render.quality import largest_stretch, shown_inpainting
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Layer, LayeredDepthImage
from tests.engine.scenes import FAR, NEAR, square_layers, square_mask

pytestmark = pytest.mark.slow

SIDE = 192


def test_a_still_camera_shows_nothing_made_up():
    path = build_path("horizontal", 8, 1e-6, 0.5)
    assert shown_inpainting(square_layers(), path, WarpRenderer()) < 0.002


def test_the_share_is_what_opens_beside_the_square():
    amplitude, side, square = 0.05, 192, 64
    path = build_path("horizontal", 32, amplitude, focus=NEAR)
    share = shown_inpainting(square_layers(), path, WarpRenderer())
    # At an end of the motion the wall has moved by half the amplitude, times the difference in
    # disparity, against the square, which leaves a strip of that width; and by as much against the
    # frame, at whose edge the mirrored border appears.
    strip = amplitude / 2 * (NEAR - FAR) * side
    assert share == pytest.approx((strip * square + strip * side) / side**2, rel=0.25)


def test_more_motion_shows_more():
    layers = square_layers()
    little, much = (
        shown_inpainting(layers, build_path("circle", 16, amplitude, 0.5), WarpRenderer())
        for amplitude in (0.01, 0.05)
    )
    assert much > 2 * little > 0


def test_the_part_that_a_film_of_another_shape_shows_is_what_counts():
    # A large picture, whose share is counted in small frames: the left half holds nothing made up.
    side = 960
    whole = (side, side)
    hidden = np.zeros((side, side), bool)
    hidden[:, side // 2 :] = True
    still = Layer(
        np.zeros((side, side, 3), np.uint8),
        np.full((side, side), 255, np.uint8),
        np.zeros((side, side), np.float32),
    )
    image = LayeredDepthImage((still,), (0, 0), whole, hidden)
    path = build_path("horizontal", 8, 1e-6, 0.5)

    def share(crop):
        return shown_inpainting(image, replace(path, crop=crop), WarpRenderer())

    assert share(None) == pytest.approx(0.5, abs=0.01)
    assert share(Crop(0, 0, 400, side)) < 0.01
    assert share(Crop(240, 0, 480, side)) == pytest.approx(0.5, abs=0.01)


def slanted(alpha):
    slope = np.broadcast_to(np.linspace(0, 1, SIDE, dtype=np.float32), (SIDE, SIDE))
    rgb = np.zeros((SIDE, SIDE, 3), np.uint8)
    flat = Layer(rgb, np.full((SIDE, SIDE), 255, np.uint8), np.zeros((SIDE, SIDE), np.float32))
    layers = (flat, Layer(rgb, alpha, slope.copy()))
    return LayeredDepthImage(layers, (0, 0), (SIDE, SIDE), np.zeros((SIDE, SIDE), bool))


def test_stretch_is_the_slope_times_half_the_reach():
    image = slanted(np.where(square_mask(SIDE), 255, 0).astype(np.uint8))
    expected = 1 + 1 / (SIDE - 1) * 0.04 * SIDE / 2
    assert largest_stretch(image, 0.04) == pytest.approx(expected, rel=1e-3)


def test_what_a_nearer_layer_covers_stretches_nothing():
    flat, steep = slanted(np.full((SIDE, SIDE), 255, np.uint8)).layers
    hidden = np.zeros((SIDE, SIDE), bool)
    image = LayeredDepthImage(
        (replace(steep, alpha=flat.alpha), flat), (0, 0), (SIDE, SIDE), hidden
    )
    assert largest_stretch(image, 0.04) == 1


def test_what_is_transparent_stretches_nothing():
    assert largest_stretch(slanted(np.zeros((SIDE, SIDE), np.uint8)), 0.04) == 1
