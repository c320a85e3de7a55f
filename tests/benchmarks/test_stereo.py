import json

import cv2
import numpy as np
import pytest

from benchmarks import metrics, stereo
from tests.benchmarks.pictures import texture

pytestmark = pytest.mark.slow


@pytest.fixture
def two_planes():
    """A card (disparity 12) before a wall (disparity 4): left view, disparity and right view."""
    wall, card = texture(96, 160), texture(96, 160, seed=1)
    left, disparity = wall.copy(), np.full((96, 160), 4, np.float32)
    left[24:72, 60:110], disparity[24:72, 60:110] = card[24:72, 60:110], 12
    right = np.roll(wall, -4, axis=1)
    right[24:72, 48:98] = card[24:72, 60:110]
    return left, disparity, right


def interior(picture):
    return picture[8:-8, 8:-24]


def test_the_engines_camera_shifts_a_plane_by_exactly_its_disparity():
    left = texture(96, 160)
    right = stereo.amena(left, np.full((96, 160), 7, np.float32))
    assert metrics.psnr(interior(right), interior(np.roll(left, -7, axis=1))) > 40


def test_the_pose_maps_every_relative_disparity_to_its_pixels():
    pose = stereo.right_pose(low=5.0, span=40.0, long_side=200)
    for share in (0.0, 0.3, 1.0):
        q = stereo.Q_FAR + (1 - stereo.Q_FAR) * share
        moved = pose @ (0.1, 0.05, 1.0, q)
        assert 200 * (moved[0] / moved[2] - 0.1) == pytest.approx(-(5 + 40 * share))
        assert moved[1] == pytest.approx(0.05)


def test_the_engine_is_right_outside_the_holes_of_two_planes(two_planes):
    left, disparity, truth = two_planes
    holes = stereo.disoccluded(disparity)
    near_hole = cv2.dilate(holes.astype(np.uint8), np.ones((13, 13))) > 0
    right = stereo.amena(left, disparity)
    assert metrics.psnr(right, truth, ~near_hole) > 25


def test_near_samples_hide_far_ones_and_holes_open_behind_them(two_planes):
    left, disparity, truth = two_planes
    right, known = stereo.splat(left, disparity)
    assert np.array_equal(right[known], truth[known])
    holes = stereo.disoccluded(disparity)
    assert np.array_equal(holes, ~known)
    assert holes[24:72, 98:106].all() and holes[:, 156:].all()
    assert holes.sum() == 48 * 8 + 96 * 4


def test_stretched_surfaces_leave_no_holes():
    slanted = np.broadcast_to(np.linspace(20, 4, 100, dtype=np.float32), (8, 100))
    assert not stereo.disoccluded(slanted)[:, :95].any()


@pytest.mark.parametrize("name", ["forward_push_pull", "cv2_fill", "stretched_mesh"])
def test_forward_methods_change_nothing_that_is_seen(name, two_planes):
    left, disparity, truth = two_planes
    holes = stereo.disoccluded(disparity)
    away = cv2.dilate(holes.astype(np.uint8), np.ones((5, 5))) == 0
    assert metrics.psnr(stereo.METHODS[name](left, disparity), truth, away) > 30


def test_unknown_pixels_take_the_farther_side():
    disparity = np.full((9, 20), 5, np.float32)
    disparity[:, 12:] = 9
    disparity[:, 8:12] = np.nan
    filled = stereo.complete(disparity)
    assert (filled[:, 8:11] == 5).all()
    assert np.array_equal(filled[:, 12:], disparity[:, 12:])


def test_a_map_that_knows_nothing_is_refused():
    with pytest.raises(ValueError, match="knows no pixel"):
        stereo.complete(np.full((4, 4), np.nan, np.float32))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".png", ".pfm"])
def test_every_format_gives_pixels_with_nan_for_unknown(suffix, tmp_path):
    values = np.array([[0, 1.5, 20], [np.inf, 3.25, 60]], np.float32)
    path = tmp_path / f"disparity{suffix}"
    if suffix == ".npy":
        np.save(path, values)
    elif suffix == ".npz":
        np.savez(path, values)
    elif suffix == ".pfm":
        cv2.imwrite(str(path), values)
    else:
        finite = np.where(np.isfinite(values), values, 0)
        cv2.imwrite(str(path), (finite * 256).astype(np.uint16))
    expected = np.array([[np.nan, 1.5, 20], [np.nan, 3.25, 60]], np.float32)
    np.testing.assert_allclose(stereo.read_disparity(path, None), expected)


def test_one_json_line_per_method_with_every_measure(two_planes, tmp_path, capsys):
    left, disparity, right = two_planes
    cv2.imwrite(str(tmp_path / "left.png"), left)
    cv2.imwrite(str(tmp_path / "right.png"), right)
    np.save(tmp_path / "disparity.npy", disparity)
    files = {name: f"{tmp_path}/{name}" for name in ("left.png", "right.png", "disparity.npy")}
    stereo.main(
        [
            *("--left", files["left.png"], "--right", files["right.png"]),
            *("--disparity", files["disparity.npy"], "--save", f"{tmp_path}/views"),
        ]
    )
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["method"] for row in rows] == list(stereo.METHODS)
    for row in rows:
        assert list(row) == [
            *("method", "psnr", "psnr_holes", "ssim", "ssim_holes"),
            *("haarpsi", "feature", "seconds"),
        ]
        assert (tmp_path / "views" / f"{row['method']}.png").exists()
