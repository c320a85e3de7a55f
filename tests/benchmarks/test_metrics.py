import math

import cv2
import numpy as np
import pytest

from benchmarks import metrics
from tests.benchmarks.pictures import texture

pytestmark = pytest.mark.slow


def test_a_picture_is_identical_to_itself():
    picture = texture(96, 128)
    assert metrics.psnr(picture, picture) == math.inf
    assert metrics.ssim(picture, picture) == pytest.approx(1)
    assert metrics.haarpsi(picture, picture) == pytest.approx(1)
    assert metrics.feature_distance(picture, picture) == 0


def test_psnr_of_a_known_error():
    grey = np.full((8, 8, 3), 100, np.uint8)
    assert metrics.psnr(grey + 5, grey) == pytest.approx(20 * math.log10(255 / 5))


def test_a_mask_restricts_the_measure_to_its_pixels():
    truth = texture(64, 64)
    picture = truth.copy()
    picture[:, 32:] = 255 - picture[:, 32:]
    left = np.zeros((64, 64), bool)
    left[:, :24] = True
    assert metrics.psnr(picture, truth, left) == math.inf
    assert metrics.ssim(picture, truth, left) == pytest.approx(1)
    assert metrics.psnr(picture, truth, ~left) < metrics.psnr(picture, truth)
    assert math.isnan(metrics.psnr(picture, truth, np.zeros((64, 64), bool)))


def test_haarpsi_agrees_with_the_published_implementation():
    # Figures of piq 0.8.0 for the same pictures.
    truth = texture(96, 128)
    blurred = cv2.GaussianBlur(truth, (0, 0), 1.5)
    shifted = np.roll(truth, 2, axis=1)
    assert metrics.haarpsi(blurred, truth) == pytest.approx(0.8412, abs=1e-3)
    assert metrics.haarpsi(shifted, truth) == pytest.approx(0.5685, abs=1e-3)


def test_perceptual_measures_fall_with_every_step_of_damage():
    truth = texture(128, 160)
    damaged = [cv2.GaussianBlur(truth, (0, 0), sigma) for sigma in (0.7, 1.5, 3.0)]
    assert metrics.haarpsi(damaged[0], truth) > metrics.haarpsi(damaged[1], truth)
    assert metrics.haarpsi(damaged[1], truth) > metrics.haarpsi(damaged[2], truth)
    distances = [metrics.feature_distance(picture, truth) for picture in damaged]
    assert 0 < distances[0] < distances[1] < distances[2]


def test_feature_distance_takes_sides_that_are_no_multiple_of_32():
    assert metrics.feature_distance(texture(70, 101), texture(70, 101, seed=1)) > 0
