"""Specks of the far side inside the near one: which of them are raised."""

from __future__ import annotations

import numpy as np
import pytest

from amena.engine.depth.islands import without_islands
from amena.engine.types import FloatImage


@pytest.fixture
def step() -> FloatImage:
    """A near half on the left, a far one on the right."""
    values = np.full((300, 400), 0.2, np.float32)
    values[:, :200] = 0.8
    return values


@pytest.mark.parametrize("at", [(150, 100), (0, 0), (127, 63), (299, 5), (64, 190)])
def test_a_speck_of_the_far_side_goes_with_what_is_around_it(
    step: FloatImage, at: tuple[int, int]
) -> None:
    speckled = step.copy()
    speckled[at[0] : at[0] + 3, at[1] : at[1] + 2] = 0.2
    assert np.array_equal(without_islands(speckled, step), step)


def test_what_was_there_before_the_steps_moved_stays(step: FloatImage) -> None:
    painted = step.copy()
    painted[150:153, 100:103] = 0.2
    assert np.array_equal(without_islands(painted, painted), painted)


def test_a_leaf_off_its_tree_stays(step: FloatImage) -> None:
    leaf = step.copy()
    leaf[150:153, 230:233] = 0.8
    assert np.array_equal(without_islands(leaf, step), leaf)


def test_a_gap_that_opens_onto_the_far_side_stays(step: FloatImage) -> None:
    gap = step.copy()
    gap[150:152, 190:200] = 0.2
    assert np.array_equal(without_islands(gap, step), gap)


def test_what_hangs_together_by_its_corners_is_no_row_of_specks(step: FloatImage) -> None:
    crack = step.copy()
    for each in range(60):
        crack[100 + each, 100 + each] = 0.2
    assert np.array_equal(without_islands(crack, step), crack)


def test_a_window_is_no_speck(step: FloatImage) -> None:
    window = step.copy()
    window[100:120, 100:120] = 0.2
    assert np.array_equal(without_islands(window, step), window)


def test_what_else_there_is_changes_nothing(step: FloatImage) -> None:
    """An edit makes anew what a rebuild makes, whatever lies far away."""
    random = np.random.default_rng(0)
    crumbs = step.copy()
    rows, cols = random.integers(0, 300, 200), random.integers(0, 190, 200)
    crumbs[rows, cols] = 0.2
    whole = without_islands(crumbs, step)
    part = without_islands(np.ascontiguousarray(crumbs[:, :150]), step[:, :150])
    assert np.array_equal(whole[:, :120], part[:, :120])
    assert np.array_equal(whole, step)
