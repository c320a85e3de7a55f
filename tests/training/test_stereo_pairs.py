"""Photos taken side by side become labels that are right, or unknown."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.scenes.raycast import Camera, Light, Scene, render
from training.scenes.shapes import Cube, Shape, Sheet, turn
from training.scenes.textures import Texture
from training.stereo_pairs import Rectified, match, rectify

pytestmark = pytest.mark.slow


def _texture(seed: int) -> Texture:
    noise = np.random.default_rng(seed).random((96, 96, 3)).astype(np.float32)
    return Texture(cv2.resize(noise, (256, 256), interpolation=cv2.INTER_CUBIC).clip(0, 1), (2, 2))


def _views(shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two photos, the second from `shift` metres to the right, and the first one's depth."""
    wall = Shape(Sheet(), np.array([0, 0, 5], np.float32), np.array([9, 9, 1], np.float32),
                 _texture(1), turn(0.2))  # fmt: skip
    box = Shape(Cube(), np.array([0.2, 0, 3], np.float32), np.full(3, 0.5, np.float32),
                _texture(2), turn(0.6))  # fmt: skip
    light = Light(np.array([0, -0.6, -0.8], np.float32), 0.0, 0.01)
    photos = []
    for x in (0.0, shift):
        camera = Camera(np.array([x, 0, 0], np.float32), turn(), 1.0, (240, 320))
        scene = Scene(camera, [wall, box], light, np.zeros((240, 320, 3), np.float32))
        photos.append(render(scene, np.random.default_rng(0)))
    return photos[0][0], photos[1][0], photos[0][1]


def test_disparity_is_inverse_depth_where_both_directions_agree() -> None:
    left, right, inverse = _views(0.2)
    disparity = match(Rectified(left, right, np.ones(inverse.shape, bool)))
    known = disparity > 0
    assert known.mean() > 0.7
    error = np.abs(disparity / (0.2 * 320) - inverse)[known]
    assert np.median(error) < 0.01
    assert (error > 0.05).mean() < 0.03


def test_two_photos_without_known_poses_are_rectified_either_way_round() -> None:
    left, right, inverse = _views(0.2)
    for pair in (rectify(left, right, 320.0), rectify(right, left, 320.0)):
        assert pair is not None
        disparity = match(pair)
        known = (disparity > 0) & (inverse > 0)
        near, far = inverse > 0.36, inverse < 0.25
        assert np.median(disparity[known & near]) > 1.2 * np.median(disparity[known & far])


def test_photos_of_different_things_give_no_pair() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 255, (240, 320, 3), dtype=np.uint8) for _ in range(2))
    assert rectify(first, second, 320.0) is None
