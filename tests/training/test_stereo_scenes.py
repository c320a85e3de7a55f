from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.scenes.raycast import trace
from training.scenes.tabletop import tabletop
from training.scenes.textures import Cutout, Materials
from training.stereo import beside

pytestmark = pytest.mark.slow


def test_the_second_camera_sees_what_the_disparity_promises():
    texture = cv2.GaussianBlur(
        np.random.default_rng(0).random((64, 64, 3)).astype(np.float32), (0, 0), 3
    )
    cutouts = [
        Cutout(texture[:40, :20], np.ones((40, 20), np.float32), grounded)
        for grounded in (True, False)
    ]
    scene = tabletop(np.random.default_rng(3), Materials([texture], cutouts))
    scene = replace(scene, light=replace(scene.light, softness=0.0))
    baseline = 0.02
    left, depth = trace(scene, np.random.default_rng(1))
    right, _ = trace(beside(scene, baseline), np.random.default_rng(1))
    disparity = scene.camera.focal * depth.shape[1] * baseline / depth
    rows, columns = np.indices(depth.shape, np.float32)
    moved = cv2.remap(right, columns - disparity.astype(np.float32), rows, cv2.INTER_LINEAR)
    seen = columns - disparity > 1
    assert np.median(disparity) > 2
    error = np.abs(moved - left).mean(axis=2)[seen]
    unmoved = np.abs(right - left).mean(axis=2)[seen]
    assert np.median(error) < 0.3 * np.median(unmoved)
    assert np.mean(error < 0.02) > 0.8
