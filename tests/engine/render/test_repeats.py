import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, CameraPath, build_path
from amena.engine.render.repeats import each_pose_once
from amena.engine.render.warp import WarpRenderer
from tests.engine.scenes import square_layers

#: Motions that go back the way they came.
TURNING = {"zoom-in", "dolly-zoom", "horizontal", "vertical"}


class Counting:
    """Draws nothing but the number of the pose among all that it was ever asked for."""

    name = "counting"

    def __init__(self):
        self.poses = []

    def render(self, _image, path):
        for pose in path.poses:
            self.poses.append(pose)
            yield pose


class Picture:
    photo_size = (10, 10)


@pytest.mark.parametrize("motion", MOTIONS)
def test_every_frame_is_that_of_its_pose_and_turning_motions_need_half(motion):
    path = build_path(motion, 60, 0.04, 0.3)
    renderer = Counting()
    frames = list(each_pose_once(renderer, Picture, path))
    assert np.abs(np.array(frames) - path.poses).max() < 1e-9
    assert (len(renderer.poses) <= 31) == (motion in TURNING)
    assert len(renderer.poses) <= 60


def test_no_more_frames_are_kept_than_there_is_room_for():
    path = build_path("zoom-in", 60, 0.04, 0.3)
    renderer = Counting()
    frames = list(each_pose_once(renderer, Picture, path, most_bytes=5 * 300))
    assert np.abs(np.array(frames) - path.poses).max() < 1e-9
    assert len(renderer.poses) == 55
    everything = Counting()
    list(each_pose_once(everything, Picture, path, most_bytes=0))
    assert len(everything.poses) == 60


def test_a_pose_that_comes_three_times_is_right_each_time():
    poses = build_path("horizontal", 8, 0.04, 0.3).poses[[0, 1, 0, 2, 0, 0, 1]]
    frames = list(each_pose_once(Counting(), Picture, CameraPath(poses, "own", 0.04, 0.3)))
    assert np.array_equal(np.array(frames), poses)


def test_the_pixels_are_those_of_a_renderer_that_draws_all():
    image = square_layers(0.06)
    path = build_path("horizontal", 8, 0.03, 0.3)
    once = list(each_pose_once(WarpRenderer(2), image, path))
    for frame, other in zip(once, WarpRenderer(2).render(image, path), strict=True):
        assert np.array_equal(frame, other)
