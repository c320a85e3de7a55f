from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.pixels import isophotes
from amena.engine.pixels.fill import fill_texture, push_pull
from amena.engine.pixels.isophotes import Sources, find_directions, reduce
from amena.engine.pixels.windows import windows


def left_half(height: int, width: int, band: int) -> tuple[np.ndarray, np.ndarray]:
    """Hole of `band` columns right of the middle; the left half is known."""
    hole, known = np.zeros((2, height, width), np.bool_)
    known[:, : width // 2] = True
    hole[:, width // 2 : width // 2 + band] = True
    return hole, known


def find_sources(rgb: np.ndarray, known: np.ndarray) -> Sources:
    """Of the whole picture."""
    height, width = known.shape
    return find_directions(reduce(rgb, known)).sources((slice(0, height), slice(0, width)))


def slanted_edge(height: int, width: int, degrees: float) -> tuple[np.ndarray, np.ndarray]:
    """A line through the middle, `degrees` off the horizontal, dark above and bright below it.

    Returns the picture and every pixel's distance to the line.
    """
    y, x = np.mgrid[:height, :width]
    slope = np.tan(np.radians(degrees))
    below = ((y - height / 2) - slope * (x - width / 2)) / np.hypot(1, slope)
    value = 60 + 140 / (1 + np.exp(-below))
    return np.repeat(value[..., None], 3, axis=2).astype(np.uint8), np.abs(below)


@pytest.mark.parametrize("degrees", [-40, -20, 0, 20, 40])
def test_a_slanted_edge_goes_straight_on(degrees):
    rgb, distance = slanted_edge(128, 128, degrees)
    hole, known = left_half(128, 128, band=12)
    close = hole & (distance < 6)
    error = np.abs(fill_texture(rgb, hole, known).astype(float) - rgb)[close].mean()
    membrane = np.abs(push_pull(rgb, known) - rgb)[close].mean()
    assert error < 0.5 * membrane


def test_without_edges_the_mirror_is_plain():
    known = left_half(96, 96, band=12)[1]
    source = find_sources(np.full((96, 96, 3), 90, np.uint8), known)
    rows, cols = np.indices(known.shape)
    beyond = np.s_[24:72, 48:64]
    # The rim runs between columns 47 and 48.
    assert np.abs(source.x[beyond] - (95 - cols[beyond])).max() < 1.5
    assert np.abs(source.y[beyond] - rows[beyond]).max() < 1
    assert source.along.max() < 0.01


def test_an_edge_along_the_rim_is_not_followed():
    rgb = np.full((96, 96, 3), 40, np.uint8)
    rgb[:, :44] = 220
    known = left_half(96, 96, band=12)[1]
    assert find_sources(rgb, known).along[24:72, 48:60].max() < 0.1


def test_distance_is_that_to_the_rim_of_what_is_known():
    known = left_half(96, 160, band=9)[1]
    distance = find_sources(np.zeros((96, 160, 3), np.uint8), known).distance
    # Pixel 80 is the first behind the rim, which lies half a pixel before it.
    assert np.allclose(distance[48, 82:112], np.arange(2.5, 32), atol=0.75)
    assert (distance[48, :79] == 0.5).all()


@pytest.mark.parametrize("shape", [(96, 96), (700, 900), (1037, 1090), (300, 1700)])
def test_a_part_has_the_sources_of_the_whole(shape):
    rng = np.random.default_rng(9)
    rgb = np.kron(rng.integers(0, 256, (*(side // 8 + 1 for side in shape), 3)), np.ones((8, 8, 1)))
    known = np.kron(rng.random([side // 50 + 1 for side in shape]), np.ones((50, 50))) > 0.4
    rgb, known = (part[: shape[0], : shape[1]] for part in (rgb, known))
    directions = find_directions(reduce(rgb.astype(np.uint8), known))
    whole = directions.sources((slice(0, shape[0]), slice(0, shape[1])))
    wanted = np.zeros(shape, np.bool_)
    wanted[70:90, 80:-4] = True
    for window in windows(wanted, directions.factor):
        part = directions.sources(window.outer)
        for name in ("x", "y", "along", "distance"):
            assert np.array_equal(
                getattr(part, name)[window.within], getattr(whole, name)[window.inner]
            )


def test_distances_to_the_rim_are_exact():
    """OpenCV's own differ in the last bits with the array's place in memory."""
    rows, cols = np.indices((300, 400))
    zeros = [(20, 31), (250, 130), (140, 390)]
    mask = np.ones((300, 400), np.bool_)
    for y, x in zeros:
        mask[y, x] = False
    squared = np.min([(rows - y) ** 2 + (cols - x) ** 2 for y, x in zeros], axis=0)
    true = np.sqrt(squared.astype(np.float32))
    assert np.array_equal(isophotes._distance(mask), true)


def test_unknown_pixels_have_no_influence_on_the_sources():
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 256, (80, 120, 3)).astype(np.uint8)
    known = rng.random((80, 120)) > 0.4
    painted = np.where(known[..., None], rgb, (255, 0, 255)).astype(np.uint8)
    plain, magenta = find_sources(rgb, known), find_sources(painted, known)
    assert np.array_equal(plain.x, magenta.x)
    assert np.array_equal(plain.y, magenta.y)
    assert np.array_equal(plain.along, magenta.along)


def test_a_blur_knows_nothing_of_what_is_masked():
    rgb = np.full((50, 50, 3), 200, np.uint8)
    known = np.zeros((50, 50), np.bool_)
    known[:, :25] = True
    rgb[~known] = 0
    assert np.allclose(reduce(rgb, known).blurred(1.5)[:, :15], 200, atol=0.1)


def test_a_photo_gives_the_same_directions_at_any_size():
    rng = np.random.default_rng(4)
    small = cv2.GaussianBlur(rng.integers(0, 256, (240, 256, 3)).astype(np.uint8), (0, 0), 2)
    known = np.zeros((240, 256), np.bool_)
    known[:, :120] = True
    half, full = (
        find_directions(
            reduce(
                np.kron(small, np.ones((n, n, 1), np.uint8)), np.kron(known, np.ones((n, n))) > 0
            )
        )
        for n in (4, 8)
    )
    assert (half.factor, full.factor) == (2, 4)
    assert np.allclose(half.cells, full.cells, atol=1e-3)
