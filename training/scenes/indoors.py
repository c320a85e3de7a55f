"""Backdrops and cloth that reach the border, rooms with near side walls, and views from above."""

from __future__ import annotations

import numpy as np

from training.scenes.growth import cloth
from training.scenes.mesh import Model
from training.scenes.props import aim, group, model, tree, vector
from training.scenes.raycast import Scene
from training.scenes.shapes import Cube, Frustum, Shape, Sheet, Thing, turn
from training.scenes.tabletop import thing
from training.scenes.textures import Materials

_SMALL = ("food", "misc", "accessories", "plants", "instruments")
_LARGE = ("furniture", "animals", "characters", "instruments", "misc")


def backdrop(rng: np.random.Generator, materials: Materials) -> Scene:
    """One or a few things, near by, before cloth or a plain sweep that fills the whole border."""
    drop, depth = rng.uniform(0.6, 2.5), rng.uniform(0.3, 2.5)
    mesh = cloth(rng, 6.0, drop + 2, depth + 2, rng.choice([0.0, 0.02, 0.08, 0.2]))
    plain = rng.random() < 0.7
    texture = materials.plain(rng, 2) if plain else materials.any(rng, rng.uniform(0.3, 2))
    back = depth + rng.uniform(0.8, 2)
    sweep = Model(mesh, vector(0, 0, back), vector(1, 1, 1), turn(rng.normal(0, 0.12)), texture)
    things: list[Thing] = [sweep]
    for _ in range(rng.choice([1, 1, 2, 4, 7])):
        foot = vector(rng.normal(0, 0.2), 0, rng.uniform(0.7, back - 0.1))
        size = rng.uniform(0.15, 0.8)
        if rng.random() < 0.5:
            things += model(rng, materials, _SMALL, foot, size)
        elif rng.random() < 0.6:
            things += thing(rng, materials, foot, size)
        else:
            things += group(rng, materials, foot, 1, size)
    if rng.random() < 0.4:  # a person or thing at the camera, cut by the border
        foot = vector(rng.normal(0, 0.35), rng.uniform(0.1, 0.5), rng.uniform(0.5, 0.9))
        things += group(rng, materials, foot, 1, rng.uniform(0.5, 1.0))
    eye = vector(rng.normal(0, 0.3), -rng.uniform(0.05, 1.2), rng.uniform(-0.3, 0.2))
    target = vector(rng.normal(0, 0.1), -rng.uniform(0, 0.4), rng.uniform(0.7, 1.3))
    return aim(rng, things, eye, target, focal=(0.7, 1.6), inside=True)


def room(rng: np.random.Generator, materials: Materials) -> Scene:
    """A furnished room, often with a wall or cupboard close beside the camera; people in it."""
    half, back, ceiling = rng.uniform(1.0, 3), rng.uniform(2.5, 7), rng.uniform(2.2, 3)
    paint = materials.plain(rng, 3) if rng.random() < 0.7 else materials.any(rng, 2)
    floor = materials.any(rng, rng.uniform(0.5, 2))
    lid = materials.plain(rng, 3)
    things: list[Thing] = [
        Shape(Sheet(), vector(0, 0, 0), vector(9, 9, 1), floor, turn(0, np.pi / 2)),
        Shape(Sheet(), vector(0, -ceiling, 0), vector(9, 9, 1), lid, turn(0, np.pi / 2),
              casts=False),
        Shape(Sheet(), vector(0, -2, back), vector(9, 4, 1), paint, casts=False),
    ]  # fmt: skip
    for side in (-1, 1):
        centre = vector(side * half, -2, 2)
        other = paint if rng.random() < 0.7 else materials.any(rng, 2)
        things.append(Shape(Sheet(), centre, vector(9, 4, 1), other, turn(np.pi / 2), casts=False))
        z = rng.uniform(0.3, 1.5)
        while z < back and rng.random() < 0.75:  # cupboards, shelves, doors along the wall
            size = vector(rng.uniform(0.05, 0.4), rng.uniform(0.3, 1.1), rng.uniform(0.2, 0.8))
            place = vector(side * (half - size[0]), -size[1], z + size[2])
            things.append(Shape(Cube(), place, size, materials.any(rng, 1)))
            z += 2 * float(size[2]) + rng.exponential(0.5)
    for _ in range(rng.integers(2, 9)):
        foot = vector(rng.uniform(-0.9, 0.9) * half, 0, rng.uniform(0.8, back - 0.3))
        if rng.random() < 0.6:
            things += model(rng, materials, _LARGE, foot, rng.uniform(0.4, 1.8))
        else:
            size = rng.uniform(0.15, 0.6, 3).astype(np.float32)
            foot[1] = -size[1]
            things.append(Shape(Cube(), foot, size, materials.any(rng, 1), turn(rng.normal(0, 1))))
    for _ in range(rng.integers(0, 4)):
        picture = vector(rng.normal(0, 0.4) * half, -rng.uniform(1.2, 1.8), back - 0.03)
        size = vector(rng.uniform(0.15, 0.5), rng.uniform(0.15, 0.4), 0.02)
        things.append(Shape(Cube(), picture, size, materials.photo(rng, 0.8)))
    if rng.random() < 0.5:
        foot = vector(rng.normal(0, 0.3), 0, rng.uniform(0.9, back - 0.5))
        things += group(rng, materials, foot, int(rng.choice([1, 2, 3, 5])), rng.uniform(1.2, 1.8))
    eye = vector(rng.uniform(-0.85, 0.85) * half, -rng.uniform(0.7, 1.8), rng.uniform(-0.5, 0.5))
    target = eye + vector(rng.normal(0, 0.5), rng.normal(0.05, 0.15), 1)
    return aim(rng, things, eye, target, focal=(0.5, 1.0), inside=True)


def above(rng: np.random.Generator, materials: Materials) -> Scene:
    """A table, a bed or the ground seen straight or steeply from above, with things on it."""
    floor = Shape(Sheet(), vector(0, 0.75, 0), vector(9, 9, 1), materials.any(rng, 2),
                  turn(0, np.pi / 2))  # fmt: skip
    cover = materials.any(rng, rng.uniform(0.4, 2))
    things: list[Thing] = [floor]
    if rng.random() < 0.35:  # a round or square table whose edge is seen
        size = vector(rng.uniform(0.3, 0.9), 0.02, rng.uniform(0.3, 0.9))
        body = Cube() if rng.random() < 0.6 else Frustum()
        things.append(Shape(body, vector(0, 0.02, 0), size, cover, turn(rng.uniform(-3, 3))))
    else:
        flat = turn(rng.uniform(-3, 3), np.pi / 2)
        things.append(Shape(Sheet(), vector(0, 0, 0), vector(9, 9, 1), cover, flat))
    spread, size = rng.uniform(0.1, 0.5), rng.uniform(0.08, 0.3)
    for _ in range(rng.integers(2, 18)):
        foot = vector(*rng.normal(0, spread, 2), 0)[[0, 2, 1]]
        own = size * float(np.exp(rng.normal(0, 0.4)))
        if rng.random() < 0.3:  # a plate, tray or book below
            dish = vector(own * 0.7, 0.01, own * 0.7)
            body = Frustum(1.0, 0.7) if rng.random() < 0.7 else Cube()
            plate = materials.plain(rng, 1) if rng.random() < 0.7 else materials.any(rng, 0.3)
            things.append(Shape(body, foot - vector(0, 0.01, 0), dish, plate))
        if rng.random() < 0.55:
            things += model(rng, materials, _SMALL, foot, own, upright=rng.random() < 0.7)
        elif rng.random() < 0.7:
            things += thing(rng, materials, foot, own)
        else:
            things.append(tree(rng, foot, own * 1.5))
    height = rng.uniform(0.5, 1.4)
    elevation = np.pi / 2 - abs(rng.normal(0, 0.25))
    yaw = rng.uniform(-np.pi, np.pi)
    away = height / np.tan(elevation)
    eye = vector(np.sin(yaw) * away, -height, np.cos(yaw) * away)
    target = vector(*rng.normal(0, 0.08, 2), 0)[[0, 2, 1]]
    return aim(rng, things, eye, target, focal=(0.7, 1.4), inside=True)
