import cv2
import numpy as np
import pytest

from amena.engine.sharpen import sharpen
from amena.engine.types import Disparity
from tests.engine.scenes import FAR, NEAR, noise_photo, square_before_wall, square_mask


def sharpened(values, rgb):
    return sharpen(Disparity(values.astype(np.float32), "compact"), rgb)


def test_soft_and_displaced_edge_snaps_to_the_colour_edge():
    photo, truth = square_before_wall(640, 240)
    moved = np.roll(truth.values, (2, -2), axis=(0, 1))
    soft = cv2.GaussianBlur(moved, (0, 0), 1.5)
    result = sharpened(soft, photo.rgb).values
    mask = square_mask(640, 240)
    wrong = (result > (NEAR + FAR) / 2) != mask
    assert wrong.sum() < 0.1 * ((soft > (NEAR + FAR) / 2) != mask).sum()
    inner = square_mask(640, 232)
    outer = ~square_mask(640, 248)
    assert result[inner] == pytest.approx(NEAR, abs=0.03)
    assert result[outer] == pytest.approx(FAR, abs=0.03)


def test_smooth_depth_stays_as_it_is_whatever_the_texture():
    slope = np.tile(np.linspace(0.1, 0.9, 256, dtype=np.float32), (192, 1))
    result = sharpened(slope, noise_photo(192, 256).rgb).values
    assert np.abs(result - slope).max() < 0.02


def test_exact_step_stays_where_it_is_on_a_photo_without_an_edge_there():
    values = np.where(square_mask(), NEAR, FAR)
    grey = np.full((192, 192, 3), 128, np.uint8)
    result = sharpened(values, grey).values
    moved = (result > 0.5) != (values > 0.5)
    assert moved.sum() <= 36  # each corner may lose its tip


def test_values_stay_in_range_and_keep_their_source():
    photo, truth = square_before_wall()
    noisy = truth.values + np.random.default_rng(1).normal(0, 0.2, (192, 192))
    result = sharpened(np.clip(noisy, 0, 1), photo.rgb)
    assert result.source == "compact"
    assert result.values.dtype == np.float32
    assert result.values.min() >= 0
    assert result.values.max() <= 1


def test_map_with_crisp_steps_passes_untouched_and_is_known_to_be_exact():
    photo, truth = square_before_wall(640, 240)
    moved = np.roll(truth.values, (2, -2), axis=(0, 1))
    result = sharpened(moved, photo.rgb)
    np.testing.assert_array_equal(result.values, moved)
    assert not result.soft
    assert sharpened(cv2.GaussianBlur(moved, (0, 0), 1.5), photo.rgb).soft
