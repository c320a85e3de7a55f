from types import SimpleNamespace

import numpy as np
import pytest

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.layering.layers import build_layers
from amena.engine.pixels.fill import fill_texture
from amena.engine.render.inverse import Lattice, SightLines, rough_depths
from amena.engine.render.workspace import Workspace
from amena.engine.types import Disparity
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow


def flat_scene(height, width, margin):
    values = Disparity(np.full((height, width), 0.5, np.float32), "uploaded")
    return build_layers(noise_photo(height, width), values, 0.04, fill_texture, margin)


@pytest.mark.parametrize("motion", MOTIONS)
def test_a_pose_moves_every_source_to_its_sample(motion):
    scene = flat_scene(96, 128, (16, 12))
    # A sheet of inverse depth 0.2 to 1 with gentle hills, which is known between vertices too.
    rows, cols = np.mgrid[:61, :81].astype(np.float32)
    q = (0.6 + 0.3 * np.sin(cols / 9) * np.cos(rows / 11)).astype(np.float32)
    for pose in build_path(motion, 5, amplitude=0.06, focus=0.3).poses:
        lattice = Lattice(np.zeros(1, np.float32), np.zeros(1, np.float32), (64, 48), 2)
        rough = rough_depths(scene, q, pose[None], 2)[0]
        x, y = SightLines(scene, pose[None], 2, Workspace()).sources(q, lattice, rough)
        depth = 0.6 + 0.3 * np.sin((x + 0.5) / 18) * np.cos((y + 0.5) / 22)
        u, v = (x - 16 - 63.5) / 128, (y - 12 - 47.5) / 128
        point = np.stack([u, v, np.ones_like(u), depth])
        at_x, at_y, w = np.tensordot(pose[:3], point, axes=1)
        inner = np.s_[:, 2:-2, 2:-2]
        np.testing.assert_allclose((at_x / w * 128 + 63.5 - lattice.x)[inner], 0, atol=0.05)
        np.testing.assert_allclose((at_y / w * 128 + 47.5 - lattice.y)[inner], 0, atol=0.05)


@pytest.mark.parametrize("size", [(3840, 3840), (2880, 3840), (3840, 1280)])
def test_poses_looked_at_together_give_what_each_gives(size):
    """At the largest sizes too, where the samples of a pose are more than OpenCV takes in a row."""
    scene = SimpleNamespace(photo_size=size, margin=(80, 80))
    rows, cols = np.mgrid[: size[1] // 4 + 41, : size[0] // 4 + 41].astype(np.float32)
    q = (0.6 + 0.3 * np.sin(cols / 90) * np.cos(rows / 110)).astype(np.float32)
    poses = build_path("orbit", 3, amplitude=0.06, focus=0.3).poses
    together = rough_depths(scene, q, poses, 4)
    for index in range(len(poses)):
        (alone,) = rough_depths(scene, q, poses[index : index + 1], 4)
        np.testing.assert_array_equal(together[index], alone)


def test_tiles_give_what_the_whole_frame_gives():
    scene = flat_scene(96, 128, (16, 12))
    q = np.random.default_rng(3).uniform(0.5, 0.6, (61, 81)).astype(np.float32)
    pose = build_path("orbit", 7, amplitude=0.05, focus=0.5).poses[2]
    rough = rough_depths(scene, q, pose[None], 2)[0]
    lines = SightLines(scene, pose[None], 2, Workspace())
    origin = np.zeros(1, np.float32)
    whole = Lattice(origin, origin, (64, 48), 2)
    x, y = (each.copy() for each in lines.sources(q, whole, rough))
    corners = np.array([0, 32, 64], np.float32), np.array([0, 64, 32], np.float32)
    tiles = Lattice(*corners, (16, 16), 2)
    sources = lines.sources(q, tiles, rough)
    for axis, (of_whole, of_tiles) in enumerate(zip((x, y), sources, strict=True)):
        for tile, left, top in zip(tiles.of_each_tile(of_tiles), *corners, strict=True):
            i, j = int(top) // 2, int(left) // 2
            np.testing.assert_allclose(
                tile, of_whole[0, i : i + 18, j : j + 18], atol=1e-3, err_msg=f"axis {axis}"
            )


@pytest.mark.parametrize("motion", MOTIONS)
def test_tiles_together_give_what_each_gives_alone(motion):
    """To the bit, with and without a way forward, and where tiles reach beyond the output."""
    scene = flat_scene(96, 128, (16, 12))
    q = np.random.default_rng(3).uniform(0.5, 0.6, (61, 81)).astype(np.float32)
    pose = build_path(motion, 7, amplitude=0.05, focus=0.5).poses[2]
    rough = rough_depths(scene, q, pose[None], 2)[0]
    workspace = Workspace()
    # What was in the memory before must not be seen where tiles reach beyond the output.
    for name in ("fine", "h"):
        workspace.floats(name, (1, 200, 200))[:] = np.nan
    lines = SightLines(scene, pose[None], 2, workspace)
    left, top = np.array([[0, 96, 64, 128], [0, 32, 64, 96]], np.float32)
    tiles = Lattice(left, top, (16, 16), 2)
    together = lines.sources(q, tiles, rough, (3, 5))
    both = np.stack([tiles.of_each_tile(each) for each in together], axis=1)
    assert np.isfinite(both).all()
    for tile, *corner in zip(both, left[:, None], top[:, None], strict=True):
        alone = lines.sources(q, Lattice(*corner, (16, 16), 2), rough, (3, 5))
        np.testing.assert_array_equal(tile, np.concatenate(alone))


@pytest.mark.parametrize("step", [1, 2, 4])
def test_enlarging_a_linear_map_gives_it_at_every_pixel(step):
    left, top = np.array([0, 40], np.float32), np.array([8, 0], np.float32)
    lattice = Lattice(left, top, (6, 5), step)
    samples = np.empty(lattice.stored, np.float32)
    lattice.of_each_tile(samples)[:] = lattice.x * np.float32(0.5) + lattice.y * np.float32(2)
    out = np.empty((2, 7 * step, 8 * step), np.float32)
    pixels = lattice.enlarge(samples, out)
    assert pixels.shape == (2, 5 * step, 6 * step)
    y, x = np.mgrid[: 5 * step, : 6 * step]
    for k in (0, 1):
        np.testing.assert_allclose(
            pixels[k], (x + left[k]) * 0.5 + (y + top[k]) * 2, rtol=1e-5, atol=1e-3
        )
