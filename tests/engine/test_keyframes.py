import json

import numpy as np
import pytest

from amena.engine.errors import OptionsError
from amena.engine.geometry.camera import build_path
from amena.engine.geometry.keyframes import RANGES, Keyframe, parse_keyframes, read_keyframes
from amena.engine.geometry.spline import spline_motion

TOUR = (
    Keyframe(0.0, x=-0.5),
    Keyframe(0.3, x=0.5, y=0.2, zoom=1.1),
    Keyframe(0.5, z=1.5),
    Keyframe(0.9, x=-0.2, y=-0.5),
)


def test_the_camera_passes_through_every_keyframe():
    gentle = (Keyframe(0, x=-0.2), Keyframe(0.4, x=0.2, y=0.1, z=0.5, zoom=1.1), Keyframe(0.7))
    move = spline_motion(gentle)
    # Forward move and zoom swing to the wrong side of rest, and are lifted.
    lift, zoom_lift = move(0).z, move(0).zoom - 1
    assert 0 < lift < 0.15
    assert 0 < zoom_lift < 0.03
    for key in gentle:
        at = move(2 * np.pi * key.t)
        assert (at.x, at.y) == pytest.approx((key.x, key.y))
        assert (at.z, at.zoom) == pytest.approx((key.z + lift, key.zoom + zoom_lift))


@pytest.mark.parametrize("keyframes", [TOUR, TOUR[:2], (Keyframe(0.2, x=0.3), Keyframe(0.25))])
def test_the_loop_has_no_jump_in_position_velocity_or_acceleration(keyframes):
    move = spline_motion(keyframes)
    count = 4000
    path = np.array(
        [
            (at.x, at.y, at.z, at.zoom)
            for at in (move(2 * np.pi * k / count) for k in range(-4, count + 4))
        ]
    )
    assert np.allclose(path[0:4], path[count : count + 4])
    velocity = np.diff(path, axis=0) * count
    acceleration = np.diff(velocity, axis=0) * count
    jump = np.abs(np.diff(acceleration, axis=0)).max()
    assert jump < 0.02 * np.abs(acceleration).max()


def test_two_keyframes_swing_like_a_cosine():
    move = spline_motion((Keyframe(0, x=-0.5), Keyframe(0.5, x=0.5)))
    for phase in np.linspace(0, 2 * np.pi, 50):
        assert move(phase).x == pytest.approx(-np.cos(phase) / 2, abs=0.02)


def test_the_camera_stays_in_range_where_the_spline_would_swing_beyond():
    wild = (Keyframe(0, x=-0.5, zoom=1.5), Keyframe(0.02, x=0.5), Keyframe(0.5, x=0.5, z=1.6))
    move = spline_motion(wild)
    for phase in np.linspace(0, 2 * np.pi, 500):
        at = move(phase)
        for name in ("x", "y", "z", "zoom"):
            low, high = RANGES[name]
            assert low - 1e-3 <= getattr(at, name) <= high + 1e-3


def test_keyframes_become_poses():
    path = build_path("keyframes", 90, 0.04, 0.5, spline_motion(TOUR))
    assert len(path) == 90
    assert path.motion == "keyframes"
    assert np.isfinite(path.poses).all()


def test_a_file_is_read_and_omitted_values_are_at_rest(tmp_path):
    path = tmp_path / "tour.json"
    path.write_text(json.dumps([{"t": 0, "x": -0.5}, {"t": 0.5, "zoom": 1.2}]))
    assert read_keyframes(path) == (Keyframe(0, x=-0.5), Keyframe(0.5, zoom=1.2))


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "must be a list"),
        ([1, 2], "must be a list"),
        ([{"t": 0}], "2 to 100"),
        ([{"t": k / 200} for k in range(101)], "2 to 100"),
        ([{"t": 0.5}, {"t": 0.5}], "must rise"),
        ([{"t": 0.5}, {"t": 0.2}], "must rise"),
        ([{"x": 0.5}, {"t": 0.2}], "needs its “t”"),
        ([{"t": 0, "roll": 3}, {"t": 0.5}], "no “roll”"),
        ([{"t": 0, "x": 0.6}, {"t": 0.5}], "“x” must be a number from -0.5 to 0.5"),
        ([{"t": 0, "x": "far"}, {"t": 0.5}], "“x” must be a number"),
        ([{"t": 0, "x": True}, {"t": 0.5}], "“x” must be a number"),
        ([{"t": 0, "z": float("nan")}, {"t": 0.5}], "“z” must be a number"),
        ([{"t": 1}, {"t": 0.5}], "“t” must be a number from 0 to 1 .exclusive"),
        ([{"t": 0, "zoom": 0.9}, {"t": 0.5}], "“zoom” must be"),
    ],
)
def test_wrong_keyframes_are_refused_with_one_clear_line(data, complaint):
    with pytest.raises(OptionsError, match=complaint) as raised:
        parse_keyframes(data)
    assert "\n" not in raised.value.message


@pytest.mark.parametrize("content", [b"", b"[", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused_with_one_clear_line(content, tmp_path):
    path = tmp_path / "tour.json"
    path.write_bytes(content)
    with pytest.raises(OptionsError, match="cannot be read as JSON"):
        read_keyframes(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(OptionsError, match=r"none\.json"):
        read_keyframes(tmp_path / "none.json")
