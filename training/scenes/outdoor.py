"""Open country, parks and beaches: ground, hills, trees, rocks, houses and subjects under a sky."""

from __future__ import annotations

import numpy as np

from training.scenes.raycast import Camera, Light, Scene
from training.scenes.shapes import Ball, Cube, Frustum, Shape, Sheet, turn
from training.scenes.street import sky_picture, tree
from training.scenes.tabletop import standing_cutout
from training.scenes.textures import Materials, facade, foliage

_SHAPES = ((252, 336), (252, 336), (224, 352), (336, 252), (288, 288))


def outdoor(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random scene; the camera stands at a child's to a tower's height."""
    height = float(np.exp(rng.uniform(np.log(0.4), np.log(6))))
    scale = height / 1.6
    shapes = [_ground(rng, materials), *_hills(rng, materials)]
    for _ in range(rng.integers(0, 14)):
        x, z = _place(rng, max(7, scale * 4), 60 + scale * 40)
        shapes += tree(rng, x, z)
    for _ in range(rng.integers(0, 8)):
        shapes.append(_rock(rng, materials, *_place(rng, scale * 2, scale * 40), scale))
    for _ in range(rng.integers(0, 4)):
        shapes += _house(rng, materials, *_place(rng, max(16, scale * 12), 90 + scale * 40))
    if rng.random() < 0.3:
        shapes += _fence(rng, materials, scale)
    for _ in range(rng.choice([1, 1, 2, 3, 5])):
        x, z = _place(rng, scale * 1.5, scale * 14)
        foot = np.array([x * 0.6, 0, z], np.float32)
        tall = scale * float(np.exp(rng.uniform(np.log(0.25), np.log(2.2))))
        shapes.append(standing_cutout(rng, materials, foot, tall))
    shape = _SHAPES[rng.integers(len(_SHAPES))]
    position = np.array([0, -height, 0], np.float32)
    rotation = turn(rng.normal(0, 0.1), rng.normal(-0.08, 0.13), rng.normal(0, 0.02))
    camera = Camera(position, rotation, rng.uniform(0.6, 1.5), shape)
    direction = np.array([rng.normal(0, 0.8), -rng.uniform(0.3, 1.2), rng.normal(0, 0.7)])
    light = Light(
        (direction / np.linalg.norm(direction)).astype(np.float32), rng.uniform(0, 0.8), 0.02
    )
    haze = rng.uniform(0, 1.2) if rng.random() < 0.6 else 0.0
    return Scene(camera, shapes, light, sky_picture(rng, shape), haze)


def _place(rng: np.random.Generator, near: float, far: float) -> tuple[float, float]:
    """A place on the ground, denser near the camera."""
    z = float(np.exp(rng.uniform(np.log(near), np.log(far))))
    return float(rng.normal(0, 0.4) * z), z


def _ground(rng: np.random.Generator, materials: Materials) -> Shape:
    kind = rng.random()
    if kind < 0.5:
        texture = foliage(rng, rng.uniform(1, 6))
    elif kind < 0.8:
        texture = materials.plain(rng, rng.uniform(2, 10))
    else:
        texture = materials.photo(rng, rng.uniform(2, 6))
    flat = turn(rng.normal(0, 0.02), np.pi / 2 + rng.normal(0, 0.02))
    size = np.array([600, 600, 1], np.float32)
    return Shape(Sheet(), np.zeros(3, np.float32), size, texture, flat, casts=False)


def _hills(rng: np.random.Generator, materials: Materials) -> list[Shape]:
    """Rows of hills or a wood along the horizon."""
    shapes = []
    for _ in range(rng.integers(0, 7)):
        z = rng.uniform(40, 260)
        size = np.array([rng.uniform(15, 90), rng.uniform(3, 35), rng.uniform(10, 30)], np.float32)
        centre = np.array([rng.normal(0, 0.5) * z, size[1] * 0.2, z], np.float32)
        texture = foliage(rng, 15) if rng.random() < 0.6 else materials.plain(rng, 40)
        shapes.append(Shape(Ball(), centre, size, texture, casts=False))
    return shapes


def _rock(
    rng: np.random.Generator, materials: Materials, x: float, z: float, scale: float
) -> Shape:
    size = scale * rng.uniform(0.1, 0.7) * rng.uniform(0.6, 1.4, 3)
    centre = np.array([x, -0.4 * size[1], z], np.float32)
    texture = materials.plain(rng, 1.0)
    rotation = turn(*rng.normal(0, 0.5, 3))
    return Shape(Ball(), centre, size.astype(np.float32), texture, rotation)


def _house(rng: np.random.Generator, materials: Materials, x: float, z: float) -> list[Shape]:
    """A house or a tower, turned at random."""
    size = np.array([rng.uniform(2, 8), rng.uniform(1.5, 6), rng.uniform(2, 8)], np.float32)
    rotation = turn(rng.uniform(-np.pi, np.pi))
    texture = facade(rng) if rng.random() < 0.6 else materials.photo(rng, 8)
    shapes = [Shape(Cube(), np.array([x, -size[1], z], np.float32), size, texture, rotation)]
    if rng.random() < 0.5:
        roof = np.array([size[0] * 1.3, rng.uniform(0.8, 2.5), size[2] * 1.3], np.float32)
        centre = np.array([x, -2 * size[1] - roof[1], z], np.float32)
        body = Frustum(rng.uniform(0, 0.5), 1.0)
        shapes.append(Shape(body, centre, roof, materials.plain(rng, 2), rotation))
    return shapes


def _fence(rng: np.random.Generator, materials: Materials, scale: float) -> list[Shape]:
    """Posts and rails that run into the distance."""
    texture = materials.plain(rng, 1)
    yaw, high = rng.uniform(-1.2, 1.2), scale * rng.uniform(0.4, 0.7)
    rotation = turn(yaw)
    start = np.array([rng.normal(0, 2) * scale, 0, rng.uniform(3, 8) * scale], np.float32)
    ahead, step = rotation[:, 2], scale * rng.uniform(0.6, 2)
    shapes = []
    for index in range(14):
        centre = start + ahead * index * step - np.array([0, high, 0], np.float32)
        size = np.array([0.05 * scale, high, 0.05 * scale], np.float32)
        shapes.append(Shape(Cube(), centre, size, texture, rotation))
    for level in (0.8, 1.7):
        centre = start + ahead * 6.5 * step - np.array([0, level * high, 0], np.float32)
        size = np.array([0.02 * scale, 0.05 * scale, 6.5 * step], np.float32)
        shapes.append(Shape(Cube(), centre, size, texture, rotation))
    return shapes
