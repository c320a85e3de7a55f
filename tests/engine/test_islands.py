"""Specks of one side inside the other: which of them are levelled."""

from __future__ import annotations

import numpy as np
import pytest

from amena.engine.depth.islands import without_islands
from amena.engine.types import ByteImage, FloatImage, Mask


@pytest.fixture
def step() -> FloatImage:
    """A near half on the left, a far one on the right."""
    values = np.full((300, 400), 0.2, np.float32)
    values[:, :200] = 0.8
    return values


def _wall(step: FloatImage) -> ByteImage:
    """Both sides of one grey, with a photo's noise."""
    noise = np.random.default_rng(0).normal(size=(*step.shape, 3))
    return np.asarray(np.clip(90 + 6 * noise, 0, 255), np.uint8)


def _at(step: FloatImage, size: int = 3) -> Mask:
    """A speck before the far side."""
    mask = np.zeros(step.shape, np.bool_)
    mask[150 : 150 + size, 230 : 230 + size] = True
    return mask


@pytest.mark.parametrize("at", [(150, 100), (0, 0), (127, 63), (299, 5), (64, 190)])
def test_a_speck_of_the_far_side_goes_with_what_is_around_it(
    step: FloatImage, at: tuple[int, int]
) -> None:
    speckled = step.copy()
    speckled[at[0] : at[0] + 3, at[1] : at[1] + 2] = 0.2
    assert np.array_equal(without_islands(speckled, step, _wall(step)), step)


def test_what_was_there_before_the_steps_moved_stays(step: FloatImage) -> None:
    painted = step.copy()
    painted[150:153, 100:103] = 0.2
    assert np.array_equal(without_islands(painted, painted, _wall(step)), painted)


@pytest.mark.parametrize(("tone", "ripples"), [(60, 6), (10, 30)])
def test_a_leaf_off_its_tree_stays(step: FloatImage, tone: int, ripples: float) -> None:
    """Also before foliage: what stands out there stands out more."""
    leaf, rgb, at = step.copy(), _wall(step), _at(step)
    rgb = np.asarray(np.clip(90 + (rgb.astype(np.float32) - 90) * ripples / 6, 0, 255), np.uint8)
    leaf[at], rgb[at] = 0.8, tone
    assert np.array_equal(without_islands(leaf, step, rgb), leaf)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_crumb_that_looks_like_what_is_behind_it_goes_there(step: FloatImage, size: int) -> None:
    crumb = np.where(_at(step, size), np.float32(0.8), step)
    assert np.array_equal(without_islands(crumb, step, _wall(step)), step)


def test_a_crumb_beside_the_near_side_is_compared_with_the_far_one(step: FloatImage) -> None:
    """Else a crumb that looks like neither would pass for what is behind it."""
    crumb, rgb = step.copy(), _wall(step)
    crumb[150:153, 201:204] = 0.8
    rgb[:, :200] = 20
    rgb[150:153, 201:204] = 60
    assert np.array_equal(without_islands(crumb, step, rgb), crumb)


def test_what_is_mixed_beside_a_leaf_does_not_hide_it(step: FloatImage) -> None:
    leaf, rgb, at = step.copy(), _wall(step), _at(step)
    rgb[149:154, 229:234] = 75
    leaf[at], rgb[at] = 0.8, 60
    assert np.array_equal(without_islands(leaf, step, rgb), leaf)


def test_a_dot_painted_nearer_stays(step: FloatImage) -> None:
    painted = np.where(_at(step), np.float32(0.8), step)
    assert np.array_equal(without_islands(painted, painted, _wall(step)), painted)


def test_a_gap_that_opens_onto_the_far_side_stays(step: FloatImage) -> None:
    gap = step.copy()
    gap[150:152, 190:200] = 0.2
    assert np.array_equal(without_islands(gap, step, _wall(step)), gap)


def test_what_hangs_together_by_its_corners_is_no_row_of_specks(step: FloatImage) -> None:
    crack = step.copy()
    for each in range(60):
        crack[100 + each, 100 + each] = 0.2
    assert np.array_equal(without_islands(crack, step, _wall(step)), crack)


def test_a_window_is_no_speck(step: FloatImage) -> None:
    window = step.copy()
    window[100:120, 100:120] = 0.2
    assert np.array_equal(without_islands(window, step, _wall(step)), window)


def test_what_else_there_is_changes_nothing(step: FloatImage) -> None:
    """An edit makes anew what a rebuild makes, whatever lies far away."""
    random = np.random.default_rng(0)
    crumbs = step.copy()
    rows, cols = random.integers(0, 300, 200), random.integers(0, 190, 200)
    crumbs[rows, cols] = 0.2
    rgb = _wall(step)
    whole = without_islands(crumbs, step, rgb)
    part = without_islands(np.ascontiguousarray(crumbs[:, :150]), step[:, :150], rgb[:, :150])
    assert np.array_equal(whole[:, :120], part[:, :120])
    assert np.array_equal(whole, step)
