import numpy as np
import pytest

from amena.engine.geometry.camera import inverse_depth
from amena.engine.geometry.grid import grid_disparity, grid_step
from amena.engine.scene import mesh
from amena.engine.scene.mesh import build_meshes
from amena.engine.types import Layer
from tests.engine.scenes import FAR, square_layers


def test_far_mesh_covers_the_canvas_and_near_mesh_only_its_layer():
    image = square_layers()
    far, near = build_meshes(image)
    step = grid_step(image.photo_size)
    cells = (224 // step) ** 2
    assert len(far.triangles) == 2 * cells
    assert 2 * (64 // step) ** 2 <= len(near.triangles) < 2 * (88 // step) ** 2
    assert far.alpha is None
    assert near.alpha is not None


def test_vertices_carry_image_position_texture_position_and_inverse_depth():
    image = square_layers()
    far = build_meshes(image)[0]
    np.testing.assert_allclose(far.uv.min(axis=0), 0)
    np.testing.assert_allclose(far.uv.max(axis=0), 1)
    # The canvas is centred on the optical axis; the photo's long side is the unit.
    np.testing.assert_allclose(far.points[:, :2].min(axis=0), -224 / 192 / 2, rtol=1e-6)
    corner = far.points[0]
    np.testing.assert_allclose(corner[2], inverse_depth(FAR), atol=0.01)


def test_coarser_mesh_spans_the_same_area():
    image = square_layers()
    fine, coarse = build_meshes(image)[0], build_meshes(image, every=3)[0]
    assert len(coarse.triangles) < len(fine.triangles) / 6
    np.testing.assert_allclose(coarse.points[:, :2].max(axis=0), fine.points[:, :2].max(axis=0))


def test_triangles_all_face_the_same_way_and_point_to_existing_vertices():
    for each in build_meshes(square_layers()):
        assert each.triangles.max() < len(each.points)
        a, b, c = (each.points[each.triangles[:, k], :2] for k in range(3))
        area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        assert (area < 0).all()


@pytest.mark.parametrize("step", [2, 3, 4])
def test_a_vertex_lies_half_a_pixel_before_its_pixel(step):
    y, x = np.mgrid[:60, :84].astype(np.float32)
    slope = Layer(np.zeros((60, 84, 3), np.uint8), np.full((60, 84), 255, np.uint8), x + 100 * y)
    inside = np.s_[2:-2, 2:-2]
    rows, cols = np.mgrid[: 60 // step + 1, : 84 // step + 1]
    wanted = (cols * step - 0.5) + 100 * (rows * step - 0.5)
    np.testing.assert_allclose(grid_disparity(slope, step)[inside], wanted[inside], rtol=1e-5)


def test_cells_that_do_not_fill_the_canvas_end_at_its_border(monkeypatch):
    """As those of scenes from before the step of their size was another."""
    image = square_layers()
    monkeypatch.setattr(mesh, "grid_step", lambda _size: 5)
    assert image.layers[0].disparity.shape[0] % 5
    far = build_meshes(image)[0]
    np.testing.assert_allclose(far.uv.max(axis=0), 1)
    np.testing.assert_allclose(far.points[:, :2].max(axis=0), 224 / 192 / 2, rtol=1e-6)
