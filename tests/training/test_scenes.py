"""Rendered scenes have the depth that geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from training.render import enlarged, to_pair, worth_learning
from training.scenes.alley import alley
from training.scenes.garden import garden
from training.scenes.indoors import above, backdrop, room
from training.scenes.outdoor import outdoor
from training.scenes.raycast import Camera, Light, Scene, render
from training.scenes.shapes import Ball, Cube, Frustum, Shape, Sheet, turn
from training.scenes.slender import slender
from training.scenes.street import street
from training.scenes.tabletop import tabletop
from training.scenes.textures import Cutout, Materials, Texture

pytestmark = pytest.mark.slow

_GREY = Texture(np.full((4, 4, 3), 0.5, np.float32), (1, 1))
_LIGHT = Light(np.array([0, -1, 0], np.float32), 0.5, 0.02)


def _look_ahead(*shapes: Shape) -> np.ndarray:
    """Inverse depth seen by a camera at the origin that looks along z."""
    camera = Camera(np.zeros(3, np.float32), turn(), 1.0, (61, 81))
    scene = Scene(camera, shapes, _LIGHT, np.zeros((61, 81, 3), np.float32))
    return render(scene, np.random.default_rng(0))[1]


def _vector(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_facing_wall_has_one_depth_everywhere() -> None:
    inverse = _look_ahead(Shape(Sheet(), _vector(0, 0, 4), _vector(9, 9, 1), _GREY))
    np.testing.assert_allclose(inverse, 0.25, rtol=1e-5)


def test_floor_has_inverse_depth_that_grows_linearly_below_the_horizon() -> None:
    floor = Shape(Sheet(), _vector(0, 1.5, 0), _vector(500, 500, 1), _GREY, turn(0, np.pi / 2))
    column = _look_ahead(floor)[:, 40]
    below = np.arange(40, 61)
    expected = (below + 0.5 - 30.5) / 81 / 1.5
    np.testing.assert_allclose(column[below], expected, rtol=1e-3)
    assert (column[:29] == 0).all()


@pytest.mark.parametrize("body", [Ball(), Cube(), Frustum()])
def test_nearest_point_of_a_body_lies_half_its_size_before_its_centre(
    body: Ball | Cube | Frustum,
) -> None:
    inverse = _look_ahead(Shape(body, _vector(0, 0, 5), _vector(1, 1, 1), _GREY))
    assert 1 / inverse[30, 40] == pytest.approx(4, rel=1e-3)
    assert inverse[0, 0] == 0


def test_nearer_shape_hides_the_farther() -> None:
    wall = Shape(Sheet(), _vector(0, 0, 4), _vector(9, 9, 1), _GREY)
    box = Shape(Cube(), _vector(0, 0, 2), _vector(0.2, 0.2, 0.5), _GREY)
    inverse = _look_ahead(box, wall)
    assert 1 / inverse[30, 40] == pytest.approx(1.5, rel=1e-3)
    assert 1 / inverse[2, 2] == pytest.approx(4, rel=1e-3)


def test_cut_out_is_hit_only_where_it_is_opaque() -> None:
    alpha = np.zeros((40, 40), np.float32)
    alpha[:, :20] = 1
    inverse = _look_ahead(Shape(Sheet(alpha), _vector(0, 0, 2), _vector(0.4, 0.4, 1), _GREY))
    assert inverse[30, 35] > 0
    assert inverse[30, 45] == 0


@pytest.mark.parametrize(
    "kind", [tabletop, slender, street, outdoor, garden, alley, backdrop, room, above]
)
def test_every_kind_of_scene_is_seeded_and_full_of_depth(kind: type) -> None:
    rng = np.random.default_rng(1)
    texture = rng.random((64, 64, 3)).astype(np.float32)
    cutouts = [
        Cutout(texture[:40, :20], np.ones((40, 20), np.float32), grounded)
        for grounded in (True, False)
    ]
    materials = Materials([texture], cutouts)

    def make(seed: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        return render(enlarged(kind(rng, materials), 0.25), rng)

    (photo, inverse), (again, _) = make(5), make(5)
    np.testing.assert_array_equal(photo, again)
    assert photo.dtype == np.uint8 and photo.shape == (*inverse.shape, 3)
    assert np.isfinite(inverse).all() and (inverse >= 0).all()
    assert np.unique(to_pair(inverse)).size > 100
    assert to_pair(inverse).min() >= 1  # the sky is far, not unknown


def test_an_enlarged_scene_shows_the_same_depth_in_more_pixels() -> None:
    camera = Camera(np.zeros(3, np.float32), turn(), 1.0, (61, 81))
    ball = Shape(Ball(), _vector(0.5, 0, 5), _vector(1, 1, 1), _GREY)
    scene = Scene(camera, [ball], _LIGHT, np.zeros((61, 81, 3), np.float32))
    small, large = (
        render(each, np.random.default_rng(0))[1] for each in (scene, enlarged(scene, 3))
    )
    assert large.shape == (183, 243)
    np.testing.assert_allclose(large[1::3, 1::3][small > 0.21], small[small > 0.21], rtol=1e-4)


def test_labels_beyond_the_reach_are_unknown() -> None:
    inverse = np.array([[0.5, 0.02, 0.01, 0.0]], np.float32)
    assert (to_pair(inverse) > 0).all()
    assert (to_pair(inverse, reach=80) > 0).tolist() == [[True, True, False, False]]


def test_a_bare_wall_is_not_worth_learning_and_a_thing_before_it_is() -> None:
    wall = Shape(Sheet(), _vector(0, 0, 4), _vector(9, 9, 1), _GREY)
    box = Shape(Cube(), _vector(0, 0, 2), _vector(0.2, 0.2, 0.5), _GREY)
    assert not worth_learning(_look_ahead(wall))
    assert worth_learning(_look_ahead(wall, box))
