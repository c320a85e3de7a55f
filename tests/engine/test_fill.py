from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.pixels.fill import (
    fill_texture,
    nearest_known,
    push_pull,
    smooth_and_detail,
)

MAGENTA = (255, 0, 255)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def grass(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    rgb = rng.integers(40, 120, (height, width, 3)).astype(np.uint8)
    rgb[..., 1] += 60
    return rgb


def half_hidden(height: int = 120, width: int = 160) -> tuple[np.ndarray, np.ndarray]:
    """A near side on the right half, a hole of 20 columns at its edge, the left half known."""
    hole, known = np.zeros((2, height, width), np.bool_)
    known[:, : width // 2] = True
    hole[:, width // 2 : width // 2 + 20] = True
    return hole, known


def test_a_membrane_keeps_what_is_known_and_stays_within_its_range(rng):
    values = rng.random((67, 53, 3)).astype(np.float32)
    known = rng.random((67, 53)) > 0.7
    filled = push_pull(values, known)
    assert np.allclose(filled[known], values[known])
    assert filled.min() >= values[known].min() - 1e-5
    assert filled.max() <= values[known].max() + 1e-5


def test_a_membrane_through_one_pixel_is_flat():
    values = np.zeros((40, 90), np.float32)
    values[31, 77] = 0.625
    assert np.allclose(push_pull(values, values > 0), 0.625, atol=1e-5)


def test_a_membrane_between_two_sides_rises_steadily():
    values = np.tile(np.where(np.arange(64) < 32, 0.0, 1.0).astype(np.float32), (64, 1))
    known = np.zeros((64, 64), np.bool_)
    known[:, :8] = known[:, -8:] = True
    row = push_pull(values, known)[32]
    assert np.all(np.diff(row) > -0.02)
    assert row[31] == pytest.approx(0.5, abs=0.1)


def test_a_membrane_does_not_show_where_its_cells_lie(rng):
    values = cv2.GaussianBlur(rng.random((256, 256)).astype(np.float32), (0, 0), 12)
    known = np.ones((256, 256), np.bool_)
    known[60:200, 70:180] = False
    shifted = [
        push_pull(np.pad(values, ((by, 0), (by, 0))), np.pad(known, ((by, 0), (by, 0))))[by:, by:]
        for by in (0, 1, 3, 5, 11)
    ]
    range_ = np.ptp(values[known])
    assert np.std(shifted, axis=0).mean() < 0.01 * range_
    # Nor has it kinks at the rim of a cell.
    bend = np.abs(np.diff(shifted[0][64:196, 74:176], n=2, axis=1))
    assert bend.max() < 0.01 * range_


def test_what_lies_far_away_changes_nothing_of_a_grained_membrane(rng):
    values = rng.random((400, 800)).astype(np.float32)
    known = np.zeros(values.shape, np.bool_)
    known[:, :40] = known[:, 600:] = known[190:200, 300:310] = True
    other = values.copy()
    other[:, :40] *= 0.999
    before, after = (push_pull(each, known, quantum=1 / 256) for each in (values, other))
    changed = before != after
    assert changed[:, 40:100].any()
    assert not changed[:, 400:].any()
    plain = push_pull(values, known)
    assert np.abs(before - plain).max() < 2 / 256
    assert (push_pull(other, known) != plain)[:, 400:].any()


def test_the_nearest_known_pixel_is_the_nearest(rng):
    known = rng.random((31, 47)) > 0.97
    distance, owner = nearest_known(known)
    rows, cols = np.nonzero(known)
    y, x = np.mgrid[:31, :47]
    true = np.hypot(y[..., None] - rows, x[..., None] - cols).min(axis=2)
    owner_y, owner_x = np.divmod(owner, 47)
    assert known[owner_y, owner_x].all()
    # OpenCV's 5×5 mask measures within 2 %.
    assert np.allclose(np.hypot(y - owner_y, x - owner_x), true, rtol=0.05, atol=0.1)
    assert np.allclose(distance, true, rtol=0.05, atol=0.1)


def test_a_fill_changes_nothing_outside_the_hole(rng):
    rgb = grass(120, 160, rng)
    hole, known = half_hidden()
    filled = fill_texture(rgb, hole, known)
    assert np.array_equal(filled[~hole], rgb[~hole])
    assert not np.array_equal(filled[hole], rgb[hole])


def test_a_fill_is_blind_to_hole_and_near_side(rng):
    rgb = grass(120, 160, rng)
    hole, known = half_hidden()
    painted = rgb.copy()
    painted[~known] = MAGENTA
    assert np.array_equal(
        fill_texture(rgb, hole, known)[hole], fill_texture(painted, hole, known)[hole]
    )


def test_a_filled_texture_is_as_rough_as_its_surroundings(rng):
    rgb = grass(120, 160, rng)
    hole, known = half_hidden()
    filled = fill_texture(rgb, hole, known)
    close = filled[:, 80:90].astype(float)
    assert close.std() > 0.6 * rgb[:, 60:80].std()
    assert abs(close.mean() - rgb[:, 60:80].mean()) < 6


def test_smooth_part_and_detail_add_up_to_the_fill(rng):
    rgb = grass(90, 90, rng)
    hole, known = half_hidden(90, 90)
    smooth, detail = smooth_and_detail(rgb, hole, known)
    assert np.allclose(smooth[known], rgb[known], atol=1e-3)
    assert not detail[~hole].any()
    together = np.clip(smooth + detail + 0.5, 0, 255).astype(np.uint8)
    assert np.array_equal(together[hole], fill_texture(rgb, hole, known)[hole])


@pytest.mark.parametrize("nothing", ["hole", "known"])
def test_without_hole_or_known_pixels_the_photo_stays_as_it_is(nothing, rng):
    rgb = grass(40, 40, rng)
    masks = dict(zip(("hole", "known"), half_hidden(40, 40), strict=True))
    masks[nothing][:] = False
    filled = fill_texture(rgb, **masks)
    assert np.array_equal(filled, rgb)
    assert filled is not rgb


def test_known_pixels_far_from_the_hole_are_found():
    hole, known = np.zeros((2, 40, 600), np.bool_)
    hole[:, 580:590] = True
    known[:, :5] = True
    rgb = np.full((40, 600, 3), MAGENTA, np.uint8)
    rgb[known] = (10, 200, 30)
    assert np.allclose(fill_texture(rgb, hole, known)[hole], (10, 200, 30), atol=1)
