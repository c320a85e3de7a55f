"""Meshes are met where they are, models stand where they are put, and what grows stands upright."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh

from training.models import load_mesh
from training.scenes.growth import cloth, grass, hilly, terrain, tree_kind
from training.scenes.mesh import Mesh, Model, grid, read_model
from training.scenes.raycast import Camera, Light, Scene, render
from training.scenes.shapes import turn

pytestmark = pytest.mark.slow

_LIGHT = Light(np.array([0, -1, 0], np.float32), 0.5, 0.02)


def _vector(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def _square(colour: float = 0.5) -> Mesh:
    """The square |x|, |y| ≤ 1 at z = 0."""
    x, y = np.meshgrid([-1.0, 1.0], [-1.0, 1.0])
    points = np.stack([x, y, np.zeros_like(x)], axis=2).astype(np.float32)
    return grid(points, np.full_like(points, colour))


def _look_ahead(*things: Model) -> tuple[np.ndarray, np.ndarray]:
    camera = Camera(np.zeros(3, np.float32), turn(), 1.0, (61, 81))
    scene = Scene(camera, things, _LIGHT, np.zeros((61, 81, 3), np.float32))
    return render(scene, np.random.default_rng(0))


def test_model_is_met_at_its_depth_and_nowhere_else() -> None:
    inverse = _look_ahead(Model(_square(), _vector(0, 0, 4), _vector(0.5, 0.5, 0.5)))[1]
    np.testing.assert_allclose(inverse[25:36, 35:46], 0.25, rtol=1e-4)
    assert inverse[2, 2] == 0


def test_turned_model_is_nearer_on_one_side() -> None:
    turned = Model(_square(), _vector(0, 0, 4), _vector(1, 1, 1), turn(0.5))
    row = _look_ahead(turned)[1][30]
    seen = row[row > 0]
    assert (np.diff(seen) > 0).all() or (np.diff(seen) < 0).all()


def test_a_model_shows_the_colour_of_its_corners() -> None:
    surface = Model(_square(0.3), _vector(0, 0, 4), _vector(1, 1, 1)).surface(
        _vector(0.2, 0.1, 4)[None], _vector(0.05, 0.025, 1)[None]
    )
    np.testing.assert_allclose(surface[1], 0.3, atol=1e-5)
    np.testing.assert_allclose(np.abs(surface[0]), [[0, 0, 1]], atol=1e-5)


@pytest.mark.parametrize("number", [0, 2, 10, 14])
def test_trees_are_one_metre_tall_and_rooted(number: int) -> None:
    low, high = tree_kind(number).bounds
    assert low[1] == pytest.approx(-1, abs=1e-5)
    assert 0 <= high[1] < 0.15


def test_ground_is_level_below_the_camera_and_grass_stands_on_it() -> None:
    rng = np.random.default_rng(3)
    height = hilly(rng, 1.6)
    ground = terrain(height, 100, _vector(0.1, 0.2, 0.1))
    near = np.linalg.norm(ground.corners[..., [0, 2]], axis=-1) < 1
    np.testing.assert_allclose(ground.corners[near][:, 1], 0, atol=1e-6)
    blades = grass(rng, height, 1, 9, 0.1, 300).corners
    foot = blades[:, :2].mean(axis=1)
    np.testing.assert_allclose(foot[:, 1], height(foot[:, 0], foot[:, 2]), atol=0.02)
    assert (blades[:, 2, 1] < foot[:, 1]).all()


def test_cloth_hangs_from_its_drop_and_sweeps_forward() -> None:
    points = cloth(np.random.default_rng(0), 1, 2, 1, folds=0.0).corners.reshape(-1, 3)
    assert points[:, 1].min() == pytest.approx(-2, abs=1e-4)
    assert points[points[:, 1].argmax()][2] < -0.05
    assert points[points[:, 1].argmin()][2] == pytest.approx(0, abs=1e-4)


def test_gltf_models_become_meshes_that_stand_on_the_ground(tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 2, 1))  # y is up in glTF
    box.visual.vertex_colors = np.tile([255, 0, 0, 255], (8, 1)).astype(np.uint8)
    (tmp_path / "gltf").mkdir()
    box.export(tmp_path / "gltf" / "box.glb")
    mesh = read_model(tmp_path / "gltf" / "box.glb")
    np.testing.assert_allclose(mesh.bounds, [[-0.25, -1, -0.25], [0.25, 0, 0.25]], atol=1e-6)
    np.testing.assert_allclose(mesh.colours[..., 0], 1, atol=1e-5)
    command = [sys.executable, "-m", "training.models", "--gltf", str(tmp_path / "gltf")]
    subprocess.run([*command, "--out", str(tmp_path / "out")], check=True)
    stored = load_mesh(tmp_path / "out" / "model-box.npz")
    np.testing.assert_allclose(stored.corners, mesh.corners, atol=1e-3)
