import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, Q_FAR, build_path, inverse_depth
from amena.engine.motion.eyes import EYE_PARALLAX, MAX_EYE_DISTANCE, eye_distance, eye_motion
from amena.engine.output.stereo import anaglyph, half_side_by_side, side_by_side

PHASES = np.linspace(0, 2 * np.pi, 97)


def views(height=20, width=32):
    rng = np.random.default_rng(0)
    left, right = rng.integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    return left, right


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_eyes_keep_their_distance_and_stay_within_the_cameras_reach(motion):
    left, right = (eye_motion(MOTIONS[motion], side, 0.4) for side in (-1, 1))
    reach = max(0.5, max(abs(MOTIONS[motion](p).x) for p in PHASES))
    for phase in PHASES:
        assert right(phase).x - left(phase).x == pytest.approx(0.4)
        assert max(abs(left(phase).x), abs(right(phase).x)) <= reach + 1e-9
        assert right(phase).z == left(phase).z == MOTIONS[motion](phase).z


def test_the_focus_plane_lies_on_the_screen_and_nearer_things_before_it():
    focus = 0.4
    left, right = (
        build_path("horizontal", 12, 0.04, focus, eye_motion(MOTIONS["horizontal"], side, 0.5))
        for side in (-1, 1)
    )
    for left_pose, right_pose in zip(left.poses, right.poses, strict=True):

        def parallax(q, poses=(left_pose, right_pose)):
            at_left, at_right = (pose @ (0.1, 0.0, 1.0, q) for pose in poses)
            return at_left[0] / at_left[2] - at_right[0] / at_right[2]

        assert parallax(float(inverse_depth(focus))) == pytest.approx(0)
        assert parallax(1.0) > 0.001  # crossed eyes: before the screen
        assert parallax(Q_FAR) < -0.001


@pytest.mark.parametrize(
    ("amplitude", "size", "parallax"),
    [
        (0.06, (960, 640), EYE_PARALLAX),
        (0.06, (640, 960), EYE_PARALLAX * 2 / 3),  # two thirds of the long side wide
        (0.02, (960, 640), 0.02 * MAX_EYE_DISTANCE),  # the photo bears no more
    ],
)
def test_the_eyes_see_a_depth_of_a_fortieth_of_the_width(amplitude, size, parallax):
    assert amplitude * eye_distance(amplitude, size) == pytest.approx(parallax)


def test_full_side_by_side_keeps_every_pixel():
    left, right = views()
    packed = side_by_side(left, right)
    assert np.array_equal(packed[:, :32], left)
    assert np.array_equal(packed[:, 32:], right)


def test_half_side_by_side_has_the_size_of_one_view():
    left, right = views()
    packed = half_side_by_side(left, right)
    assert packed.shape == left.shape
    expected = left.reshape(20, 16, 2, 3).mean(axis=2)
    assert np.abs(packed[:, :16] - expected).max() <= 0.5


def test_an_anaglyph_of_two_like_grey_views_is_that_grey():
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    difference = anaglyph(ramp, ramp).astype(int) - ramp
    assert np.abs(difference).max() <= 1


def test_the_left_eye_is_red_and_the_right_eye_cyan():
    white, black = np.full((2, 2, 3), 255, np.uint8), np.zeros((2, 2, 3), np.uint8)
    red = anaglyph(white, black)[0, 0].astype(int)
    cyan = anaglyph(black, white)[0, 0].astype(int)
    assert red[0] > 240 and red[1] == red[2] == 0
    assert cyan[0] == 0 and min(cyan[1:]) > 240
