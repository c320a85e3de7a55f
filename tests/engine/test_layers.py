import cv2
import numpy as np
import pytest

from amena.engine.layering.cuts import CUT_JUMP, drop_specks, find_cuts
from amena.engine.layering.layers import build_layers
from amena.engine.layering.slopes import limit_slope
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.pixels.fill import fill_texture
from amena.engine.types import Disparity, Photo
from tests.engine.scenes import FAR, GREEN, NEAR, noise_photo, square_layers, square_mask


def test_a_cut_has_the_square_on_its_near_and_the_wall_on_its_far_side():
    mask = square_mask()
    cuts = find_cuts(np.where(mask, NEAR, FAR).astype(np.float32))
    assert cuts.foreground[mask].sum() == 4 * 64 - 4
    assert not cuts.foreground[~mask].any()
    assert cuts.background[~mask].sum() == 4 * 64
    assert not cuts.background[mask].any()
    assert cuts.jump[cuts.foreground] == pytest.approx(NEAR - FAR)
    assert cuts.threshold[cuts.background] == pytest.approx((NEAR + FAR) / 2)


def test_a_gentle_slope_is_not_cut():
    slope = np.tile(np.linspace(0, 1, 100, dtype=np.float32), (50, 1))
    assert not find_cuts(slope).any


def test_photo_without_depth_edges_has_one_opaque_layer():
    photo = noise_photo(96, 128)
    disparity = Disparity(np.full((96, 128), 0.5, np.float32), "uploaded")
    image = build_layers(photo, disparity, 0.04, fill_texture, (8, 8))
    assert len(image.layers) == 1
    assert (image.layers[0].alpha == 255).all()
    np.testing.assert_array_equal(image.layers[0].rgb[8:-8, 8:-8], photo.rgb)


def test_square_becomes_a_layer_of_its_own_before_the_wall():
    image = square_layers()
    assert len(image.layers) == 2
    near = image.layers[1]
    inside = np.pad(square_mask(), 16)
    rim = np.zeros_like(inside)
    rim[16 + 64 - 6 : 16 + 128 + 6, 16 + 64 - 6 : 16 + 128 + 6] = True
    assert near.alpha[~rim].max() == 0
    core = np.zeros_like(inside)
    core[16 + 68 : 16 + 79, 16 + 68 : 16 + 124] = True
    assert near.alpha[core].min() >= 250
    assert near.disparity[core] == pytest.approx(NEAR, abs=0.01)


def test_hidden_wall_is_filled_as_far_as_the_parallax_reaches_and_with_the_walls_depth():
    image = square_layers(amplitude=0.06)
    wall = image.layers[0]
    inside = np.pad(square_mask(), 16)
    # The two disparities shift by this many pixels against each other at most.
    reach = int(np.ceil((NEAR - FAR) * 0.06 * 192))
    band = inside.copy()
    band[16 + 64 + reach : 16 + 128 - reach, 16 + 64 + reach : 16 + 128 - reach] = False
    for row in (80, 143):  # the speck filter rounds a corner off by a pixel
        band[row, [80, 143]] = False
    assert image.disoccluded[band].all()
    assert wall.disparity[band] == pytest.approx(FAR, abs=0.02)


def test_only_the_square_and_the_margin_are_made_up():
    image = square_layers()
    photo_area = np.pad(np.ones((192, 192), np.bool_), 16)
    inside = np.pad(square_mask(), 16)
    assert not image.disoccluded[photo_area & ~inside].any()
    assert image.disoccluded[~photo_area].all()


def test_fill_holds_nothing_of_the_foregrounds_colour():
    image = square_layers()
    wall = image.layers[0].rgb[image.disoccluded].astype(int)
    band = image.disoccluded & (np.abs(image.layers[0].disparity - FAR) < 0.02)
    np.testing.assert_allclose(image.layers[0].rgb[band], np.tile(GREEN, (band.sum(), 1)), atol=2)
    # Green wall, magenta square: red may nowhere exceed the wall's own.
    assert wall[:, 0].max() <= GREEN[0] + 2


def test_layers_composed_at_rest_give_the_photo_again():
    photo = noise_photo(192, 192)
    mask = square_mask()
    rgb = photo.rgb.copy()
    rgb[mask] = 255 - rgb[mask]
    values = np.where(mask, NEAR, FAR).astype(np.float32)
    image = build_layers(
        Photo(rgb, (192, 192), "PNG"), Disparity(values, "uploaded"), 0.05, fill_texture, (12, 12)
    )
    seen = image.layers[0].rgb.astype(np.float32)
    for layer in image.layers[1:]:
        seen += (layer.rgb - seen) * (layer.alpha[..., None] / 255)
    error = np.abs(seen[12:-12, 12:-12] - rgb).max(axis=2)
    # Noise is the worst there is: what mixes at a rim is taken for an outline of the near side.
    # Photos come back within 0.1 on average.
    assert np.mean(error) < 0.8
    assert np.mean(error > 24) < 0.015


def test_an_outline_just_beside_the_estimated_cut_leaves_no_ghost_behind():
    rgb = np.full((192, 192, 3), (120, 130, 125), np.uint8)
    mask = square_mask()
    outlined = cv2.dilate(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rgb[outlined] = (60, 10, 20)
    rgb[mask] = (250, 120, 150)
    disparity = Disparity(np.where(mask, NEAR, FAR).astype(np.float32), "compact")
    image = build_layers(Photo(rgb, (192, 192), "PNG"), disparity, 0.05, fill_texture, (12, 12))
    wall = image.layers[0].rgb[12:-12, 12:-12].astype(int)
    around = cv2.dilate(outlined.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    rim = around & (cv2.erode(mask.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    assert np.abs(wall - (120, 130, 125)).max(axis=2)[rim].mean() < 12


def test_an_outline_as_wide_in_a_larger_picture_leaves_no_ghost_either():
    """An estimate is off by as large a share of any picture."""

    def left(width: int) -> float:
        unit = width / 960
        rows, cols = np.mgrid[: round(160 * unit), :width]
        away = np.hypot(cols - width / 2, rows - 80 * unit) - 45 * unit
        rgb = np.full((*away.shape, 3), (120, 130, 125), np.uint8)
        rgb[away < 3 * unit] = (60, 10, 20)
        rgb[away < 0] = (250, 120, 150)
        values = np.where(away < 0, NEAR, FAR).astype(np.float32)
        photo = Photo(rgb, (width, len(rows)), "PNG")
        image = build_layers(photo, Disparity(values, "compact"), 0.05, fill_texture, (8, 8))
        wall = image.layers[0].rgb[8:-8, 8:-8].astype(int)
        return float(np.abs(wall - (120, 130, 125)).max(axis=2)[np.abs(away) < 8 * unit].mean())

    assert left(960) < 1
    assert left(1440) < 12


def test_the_pale_rim_that_a_camera_sharpens_around_a_thing_leaves_with_it():
    rows, cols = np.mgrid[:192, :192]
    away = np.hypot(cols - 96, rows - 96) - 40
    soft = 160 - 120 * np.clip(0.5 - away / 2, 0, 1).astype(np.float32)
    sharp = soft + 0.8 * (soft - cv2.GaussianBlur(soft, (0, 0), 1.5))
    values = np.where(away < 0, NEAR, FAR).astype(np.float32)

    photo = Photo(np.dstack([sharp.astype(np.uint8)] * 3), (192, 192), "PNG")
    image = build_layers(photo, Disparity(values, "compact"), 0.05, fill_texture, (8, 8))
    wall = image.layers[0].rgb[8:-8, 8:-8, 0].astype(int)
    rim = (away > 0) & (away < 3)
    assert (sharp - 160)[rim].max() > 10
    assert (wall - 160)[rim].mean() < 3


def test_no_light_is_left_behind_where_a_rim_falls_off():
    """An estimate's rim may be lower than the rest of a thing, and its cut overshadowed."""
    mask = square_mask()
    grey = cv2.GaussianBlur(np.where(mask, 250, 6).astype(np.uint8), (0, 0), 1.0)
    rgb = np.dstack([grey] * 3)
    values = np.where(mask, NEAR, FAR).astype(np.float32)
    top = int(np.flatnonzero(mask.any(axis=1))[0])
    values[top, 88:104] = NEAR - 0.04
    image = build_layers(
        Photo(rgb, (192, 192), "PNG"), Disparity(values, "compact"), 0.2, fill_texture, (8, 8)
    )
    assert image.layers[0].rgb[8 + top - 12 : 8 + top + 12, 90:120].max() < 60


def test_no_specks_are_left_behind_a_soft_map():
    photo = noise_photo(256, 256)
    values = np.full((256, 256), 0.1, np.float32)
    values[64:, 40:216] = 0.7
    values[128:131, 52:55] = 0.655  # overshadowed, and too small for anything that is really there
    image = build_layers(photo, Disparity(values, "compact"), 0.15, fill_texture, (16, 16))
    assert image.layers[-1].alpha[138:154, 62:78].min() == 255


def test_stacked_cards_get_three_layers():
    values = np.full((240, 320), 0.1, np.float32)
    values[40:200, 60:260] = 0.45
    values[80:160, 68:180] = 0.9
    image = build_layers(
        noise_photo(240, 320), Disparity(values, "uploaded"), 0.08, fill_texture, (12, 12)
    )
    assert len(image.layers) == 3


def test_single_pixel_specks_cut_nothing():
    values = np.full((96, 96), 0.3, np.float32)
    values[10::20, 10::20] = 0.9
    image = build_layers(
        noise_photo(96, 96), Disparity(values, "uploaded"), 0.04, fill_texture, (8, 8)
    )
    assert len(image.layers) == 1


def test_no_layer_is_steeper_than_the_motion_bears():
    step = np.zeros((64, 64), np.float32)
    step[:, 32:] = CUT_JUMP * 0.9
    smooth = limit_slope(step, max_parallax_px=40)
    assert np.abs(np.diff(smooth, axis=1)).max() * 40 < 1
    # Away from the step nothing moves.
    assert smooth[:, :8] == pytest.approx(0, abs=1e-3)


def test_thin_lines_are_no_specks():
    values = np.full((96, 96), 0.3, np.float32)
    values[:, 40] = 0.9
    values[np.arange(60), np.arange(20, 80)] = 0.7
    np.testing.assert_array_equal(drop_specks(values), values)


def test_upper_envelope_touches_the_peaks_and_falls_off_at_the_given_slope():
    values = np.zeros((9, 41), np.float32)
    values[:, 20] = 0.5
    expected = np.maximum(0.5 - 0.05 * np.abs(np.arange(41) - 20), 0)
    np.testing.assert_allclose(upper_envelope(values, 0.05)[4], expected, atol=1e-6)


def test_every_photo_pixel_moves_with_its_own_disparity():
    """Bars before a board before a wall, with gaps of a few pixels: all of it crisp and given."""
    values = np.full((240, 320), 0.1, np.float32)
    values[40:200, 40:280] = 0.45
    for left in range(60, 260, 14):
        values[20:220, left : left + 6] = 0.9
    image = build_layers(
        noise_photo(240, 320), Disparity(values, "uploaded", soft=False), 0.08, fill_texture, (8, 8)
    )
    seen = image.layers[0].disparity.copy()
    for layer in image.layers[1:]:
        opaque = layer.alpha > 127
        seen[opaque] = layer.disparity[opaque]
    error = np.abs(seen[8:-8, 8:-8] - values) * 0.08 * 320
    # The pixel at a cut itself may be mixed, and its alpha says which side it shows.
    beside = cv2.morphologyEx(values, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > CUT_JUMP
    assert np.mean(error[~beside] > 1) < 0.02


def test_what_rises_too_steeply_for_one_sheet_does_not_wait_for_ever():
    rows, cols = np.mgrid[:240, :320]
    hill = 0.95 - 0.014 * np.hypot(cols - 160, rows - 120)
    values = np.where(hill > 0.5, hill, 0.1).astype(np.float32)
    layers = build_layers(
        noise_photo(240, 320), Disparity(values, "exact", soft=False), 0.25, fill_texture, (0, 0)
    )
    # Behind the hill, as far as the camera can look, is the wall and no remains of the hill.
    assert layers.layers[0].disparity[120, 130:190].max() < 0.4


def test_an_enlarged_photo_leaves_no_outline_of_a_near_thing_behind():
    """A dark disc before a light wall, two and a half times as large as in its file."""
    small = cv2.circle(np.full((120, 120, 3), 200, np.uint8), (60, 60), 25, (40, 30, 60), -1)
    rgb = np.asarray(cv2.resize(small, (300, 300), interpolation=cv2.INTER_CUBIC), np.uint8)
    distance = np.hypot(*(np.mgrid[:300, :300] - 151.0))
    values = np.where(distance < 63, 0.8, 0.2).astype(np.float32)

    def outline(size: tuple[int, int]) -> float:
        photo = Photo(rgb, size, "PNG")
        image = build_layers(photo, Disparity(values, "compact"), 0.05, fill_texture, (8, 8))
        behind = image.layers[0].rgb[8:-8, 8:-8].astype(int)
        return float(np.abs(behind - 200)[distance > 63].max())

    assert outline((120, 120)) < 15 < 20 < outline((300, 300))
