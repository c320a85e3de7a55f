import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, Q_FAR, build_path, inverse_depth, required_margin
from amena.engine.options import MOTIONS as OFFERED


def project(view, u, v, disparity):
    point = view @ np.array([u, v, 1.0, float(inverse_depth(disparity))])
    return point[:2] / point[2]


def test_every_offered_motion_exists_and_no_other():
    assert set(MOTIONS) == set(OFFERED)


@pytest.mark.parametrize("motion", MOTIONS)
def test_motion_loops_without_a_jump_in_position_or_velocity(motion):
    poses = build_path(motion, 120, amplitude=0.04, focus=0.5).poses
    closed = np.concatenate([poses, poses[:2]])
    steps = np.diff(closed, axis=0)
    largest = np.abs(steps).max(axis=(1, 2))
    # The step over the seam is of the size of its neighbours, and so is the change of velocity.
    assert largest[-2] <= largest.max() + 1e-12
    turns = np.abs(np.diff(steps, axis=0)).max(axis=(1, 2))
    assert turns[-1] <= turns[:-1].max() + 1e-9
    assert turns.max() < 0.01


@pytest.mark.parametrize("motion", sorted(set(MOTIONS) - {"ken-burns", "zoom-in", "swing"}))
def test_the_focus_plane_stays_where_it_is(motion):
    path = build_path(motion, 40, amplitude=0.04, focus=0.6)
    tolerance = 0.003 if motion == "orbit" else 1e-9
    for view in path.poses:
        np.testing.assert_allclose(project(view, 0.0, 0.0, 0.6), (0, 0), atol=1e-9)
        np.testing.assert_allclose(project(view, 0.4, -0.3, 0.6), (0.4, -0.3), atol=tolerance)


@pytest.mark.parametrize("motion", ["circle", "horizontal", "vertical"])
def test_near_and_far_shift_against_each_other_by_the_amplitude(motion):
    path = build_path(motion, 360, amplitude=0.03, focus=0.3)
    shift = np.array([project(v, 0, 0, 1.0) - project(v, 0, 0, 0.0) for v in path.poses])
    assert np.ptp(shift, axis=0).max() == pytest.approx(0.03, rel=1e-3)


def test_horizontal_motion_moves_each_depth_in_proportion_to_its_disparity_from_the_focus():
    path = build_path("horizontal", 100, amplitude=0.05, focus=0.5)
    quarter = path.poses[25]  # the farthest right: near things move left
    for disparity in (0.0, 0.25, 0.5, 0.9):
        x, y = project(quarter, 0.1, 0.1, disparity)
        assert x - 0.1 == pytest.approx(-0.025 * (disparity - 0.5), abs=1e-7)
        assert y == pytest.approx(0.1)


def test_dolly_zoom_holds_the_subject_and_grows_what_is_nearer():
    half = build_path("dolly-zoom", 60, amplitude=0.04, focus=0.5).poses[30]
    assert project(half, 0.3, 0, 0.5)[0] == pytest.approx(0.3)
    assert project(half, 0.3, 0, 1.0)[0] > 0.3
    assert project(half, 0.3, 0, 0.0)[0] < 0.3


def test_margin_covers_what_the_horizontal_motion_looks_at():
    path = build_path("horizontal", 64, amplitude=0.04, focus=0.0)
    x, y = required_margin(path, (1000, 500))
    assert 20 <= x <= 21  # the nearest plane moves by half the amplitude to either side
    assert y <= 1


def test_disparity_maps_to_the_stated_range_of_inverse_depth():
    np.testing.assert_allclose(inverse_depth(np.float32([0, 1])), [Q_FAR, 1], rtol=1e-6)
