"""A drawn stereo scene and how well today's layering, matte, fill and margin render it.

A card and a post stand before a wall, everything textured and known, the hidden parts too. The
figures may move neither way unnoticed: whoever makes a picture better writes the new ones down.
"""

from functools import cache

import cv2
import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, CameraPath, required_margin
from amena.engine.layering.cuts import find_cuts
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.layers import build_layers
from amena.engine.layering.margin import extend
from amena.engine.layering.matte import front_colour
from amena.engine.layering.peeling import peel_layer, peel_layers
from amena.engine.motion.budget import motion_budget
from amena.engine.pixels.fill import fill_texture, smooth_and_detail
from amena.engine.render.warp import WarpRenderer
from amena.engine.types import Disparity, Photo
from benchmarks import metrics
from benchmarks.stereo import disoccluded, right_pose
from tests.benchmarks.pictures import texture

HEIGHT, WIDTH = 240, 320
#: Pixels that relative disparity 0 and 1 move to the left in the right view.
LOW, SPAN = 4.0, 14.0


def surfaces():
    """Far to near: mask (bool), relative disparity, and colours of each on a wider canvas."""
    rows, cols = np.mgrid[:HEIGHT, -40 : WIDTH + 40].astype(np.float32)
    wall = np.ones(rows.shape, np.bool_)
    card = np.abs(cols - 130) + 0.6 * np.abs(rows - 110) < 62
    post = np.abs(cols - 236 - 0.1 * rows) < 9
    levels = (0.0, 0.55, 1.0)
    tints = ((70, 60, 30), (-40, 10, 60), (40, -50, -60))
    for seed, (mask, level, tint) in enumerate(zip((wall, card, post), levels, tints, strict=True)):
        colour = texture(HEIGHT, WIDTH + 80, seed).astype(np.float32) * 0.5 + 64 + np.array(tint)
        yield mask, level, np.clip(colour, 0, 255)


def view(shift):
    """What a camera sees whose picture moves by `shift`(disparity) pixels to the left."""
    picture = np.zeros((HEIGHT, WIDTH + 80, 3), np.float32)
    depth = np.zeros((HEIGHT, WIDTH + 80), np.float32)
    for mask, level, colour in surfaces():
        by = np.float32([[1, 0, -shift(level)], [0, 1, 0]])
        size = (WIDTH + 80, HEIGHT)
        cover = cv2.warpAffine(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.6), by, size)
        moved = cv2.warpAffine(colour, by, size, flags=cv2.INTER_CUBIC)
        picture += (moved - picture) * cover[..., None]
        depth = np.where(cover > 0.5, level, depth)
    inside = np.s_[:, 40 : 40 + WIDTH]
    return np.clip(picture[inside] + 0.5, 0, 255).astype(np.uint8), depth[inside]


@cache
def rendered():
    """Rendered right view, true right view, holes, depth of the true right view."""
    left, depth = view(lambda _level: 0.0)
    right, right_depth = view(lambda level: LOW + SPAN * level)
    path = CameraPath(right_pose(LOW, SPAN, WIDTH)[None], "stereo", SPAN / WIDTH, 0.0)
    x, y = required_margin(path, (WIDTH, HEIGHT))
    layers = build_layers(
        Photo(left, (WIDTH, HEIGHT), "PNG"),
        Disparity(depth.astype(np.float32), "compact"),
        path.amplitude,
        fill_texture,
        (x + 1, y + 1),
    )
    (frame,) = WarpRenderer(1).render(layers, path)
    return frame, right, disoccluded(LOW + SPAN * depth), right_depth


def test_the_right_view_is_as_close_to_the_truth_as_it_was():
    frame, right, holes, _ = rendered()
    assert metrics.psnr(frame, right) == pytest.approx(33.09, abs=0.05)
    assert metrics.psnr(frame, right, holes) == pytest.approx(22.66, abs=0.05)
    assert metrics.haarpsi(frame, right) == pytest.approx(0.8772, abs=0.0015)


def test_silhouettes_are_as_close_to_the_truth_as_they_were():
    """Within two pixels of a silhouette of the right view, where nothing was hidden."""
    frame, right, holes, depth = rendered()
    edge = cv2.morphologyEx(depth, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8)) > 0
    away = cv2.dilate(holes.astype(np.uint8), np.ones((5, 5), np.uint8)) == 0
    assert metrics.psnr(frame, right, edge & away) == pytest.approx(34.64, abs=0.3)


@cache
def figure_on_the_ground():
    """The layers of a figure whose feet are as near as the ground they stand on, before a wall.

    Both layers carry the ground: one surface passes from near to far, so the near layer fades.
    """
    rows, cols = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    rough = 0.015 * np.sign(np.sin(0.9 * cols) * np.sin(0.6 * rows))
    values = 0.1 + 0.3 * np.clip((rows - 90) / (HEIGHT - 90), 0, 1) + rough
    figure = (np.abs(cols - 150) < 40) & (rows > 40) & (rows < 200)
    values = np.where(figure, 0.1 + 0.3 * 110 / (HEIGHT - 90), values).astype(np.float32)
    photo = Photo(view(lambda _level: 0.0)[0], (WIDTH, HEIGHT), "PNG")
    return build_layers(photo, Disparity(values, "compact"), 0.06, fill_texture, (12, 12))


def test_layers_are_as_large_as_smooth_and_as_deep_as_they_were():
    image = figure_on_the_ground()
    back, near = image.layers
    photo = np.s_[12:-12, 12:-12]
    hidden, behind = image.disoccluded[photo], back.disparity[photo]
    assert near.alpha.mean() / 255 == pytest.approx(0.082061, rel=0.0025)
    assert hidden.mean() == pytest.approx(0.057513, rel=0.0025)
    assert behind[hidden].mean() == pytest.approx(0.17318, rel=0.0025)
    across = np.abs(np.diff(near.disparity, axis=1))[near.alpha[:, :-1] > 0]
    assert across.mean() == pytest.approx(0.0025394, rel=0.02)
    # Beside the figure, above the ground, the rough wall goes on behind it as smoothly as it did.
    rim = hidden & (cv2.erode(hidden.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    rim[:40] = rim[120:] = rim[:, :100] = False
    kinks = np.abs(np.diff(behind, 2, axis=0))[rim[1:-1] & rim[2:] & rim[:-2]]
    assert kinks.mean() == pytest.approx(0.00027265, rel=0.04)


def test_the_border_goes_on_as_rough_and_as_soft_as_it_did():
    photo = view(lambda _level: 0.0)[0]
    wave = 0.2 * np.sin(np.arange(WIDTH) / 20) * np.linspace(0, 1, HEIGHT)[:, None]
    values = np.clip(np.linspace(0.9, 0.1, HEIGHT)[:, None] + wave, 0, 1).astype(np.float32)
    canvas = extend(photo, values, (40, 40))[0].astype(int)
    above, left = canvas[:40, 40:-40], canvas[40:-40, :40]
    assert np.abs(np.diff(above[35], axis=0)).mean() == pytest.approx(3.172, rel=0.005)
    assert np.abs(np.diff(above[20], axis=0)).mean() == pytest.approx(0.861, rel=0.01)
    assert np.abs(np.diff(left, axis=0)).mean() == pytest.approx(0.9434, rel=0.01)


def test_the_budget_has_a_floor_a_ceiling_and_a_place_between():
    _, depth = view(lambda _level: 0.0)
    bars = np.tile((np.arange(WIDTH) // 4 % 2).astype(np.float32), (HEIGHT, 1))
    assert motion_budget(bars).amplitude == pytest.approx(0.028)
    assert motion_budget(np.zeros_like(bars)).amplitude == pytest.approx(0.065)
    card = np.isclose(depth, 0.55).astype(np.float32)
    height = np.ptp(np.flatnonzero(card.any(axis=1))) + 1
    # Either way the camera goes half an amplitude, and one side of the card opens.
    opening = height * WIDTH / 2 / card.size
    found = motion_budget(card, MOTIONS["horizontal"]).amplitude
    assert 0.03 < found < 0.06
    assert found == pytest.approx(0.016 / opening, rel=0.03)
    # A ramp without a cut is drawn out by its steepness times half of the way.
    ramp = np.tile(np.clip((np.arange(WIDTH, dtype=np.float32) - 100) / 22, 0, 1), (HEIGHT, 1))
    found = motion_budget(ramp, MOTIONS["horizontal"]).amplitude
    assert found == pytest.approx(0.35 * 22 / (WIDTH / 2), rel=0.001)


def test_a_pixel_is_mixed_where_it_stands_out_from_the_background_by_a_seventh_of_the_step():
    values = np.full((64, 96), 0.2, np.float32)
    values[20:44, 30:60] = 0.5
    values[20:44, 29] += 0.10 * 0.3
    values[20:44, 60] += 0.19 * 0.3
    _, behind = peel_layer(values, find_cuts(values), max_parallax_px=16.0)
    assert behind[32, 29] == pytest.approx(0.23, abs=1e-4)
    assert behind[32, 60] == pytest.approx(0.20, abs=1e-4)


def test_a_layer_is_opaque_where_what_lies_behind_it_would_move_otherwise():
    """Things on slopes, which take three layers; the last is drawn with the most tolerance."""
    y, x = np.mgrid[:320, :480].astype(np.float32) / 480
    values = 0.05 + 0.5 * y
    square, dome = np.abs(x - 0.35) + np.abs(y - 0.33), np.hypot(x - 0.75, y - 0.4) / 0.15
    values = np.where(square < 0.2, 0.7 + 0.3 * np.exp(-((square / 0.05) ** 2)), values)
    values = np.where(dome < 1, 0.45 + 0.5 * np.sqrt(np.maximum(1 - dome**2, 0)), values)
    layers, _ = peel_layers(values.astype(np.float32), 0.07 * 480, UnknownBand(), step=2)
    opaque = [layer.opaque.mean() for layer in layers]
    assert opaque == pytest.approx([0.13368, 0.07580, 0.05318], rel=0.005)


def test_a_layer_keeps_its_own_colour_for_twelve_pixels_beyond_the_cut():
    """So that no filter and no smaller texture brings in the background's."""
    distance = np.tile(np.float32(np.arange(40, -80, -1)), (40, 1))
    near, rgb = distance > 0, np.where(distance[..., None] > 0, 200, 60).repeat(3, 2)
    inner, outer = np.maximum(distance, 0), np.maximum(1 - distance, 0)
    front = front_colour(rgb.astype(np.uint8), near, ~near, inner, outer, 3.0)[20, :, 0]
    beyond = front[~near[20]]
    assert np.flatnonzero(beyond != 60)[-1] == 10
    # It heads for the photo's own colour, which counts again from 24 pixels on.
    assert beyond[[0, 10]] == pytest.approx([188, 143], abs=2)


def test_detail_in_a_hole_is_as_strong_and_fades_as_far_as_it_did():
    rgb, hole = texture(160, 200, 5), np.zeros((160, 200), np.bool_)
    hole[:, 70:] = True
    _, detail = smooth_and_detail(rgb, hole, ~hole)
    strength = [np.abs(detail[:, 70 + at : 78 + at]).mean() for at in (4, 48)]
    assert strength == pytest.approx([13.19, 4.61], rel=0.02)
