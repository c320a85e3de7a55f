"""Alleys, courtyards and stairs: walls near on either side, gates, things at any height."""

from __future__ import annotations

import itertools

import numpy as np

from training.scenes.growth import hilly, terrain
from training.scenes.mesh import Model
from training.scenes.props import aim, fence, group, model, pole, steps, tree, vector, wall
from training.scenes.raycast import Scene
from training.scenes.shapes import Thing
from training.scenes.textures import Materials


def alley(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random scene between walls under the sky: a lane, a court, or one wall aslant."""
    eye = rng.uniform(0.6, 2.5)
    slope = hilly(rng, 2.0)
    stone = materials.any(rng, rng.uniform(0.8, 4))
    colour = np.asarray(stone.picture.mean(axis=(0, 1)))
    ground = terrain(slope, 300, colour)
    things: list[Thing] = [Model(ground, vector(0, 0, 0), vector(1, 1, 1), texture=stone)]
    kind = rng.random()
    if kind < 0.5:
        things += _lane(rng, materials)
    elif kind < 0.8:
        things += _court(rng, materials)
    else:
        things += _aslant(rng, materials)
    if rng.random() < 0.4:
        foot = vector(rng.normal(0, 1), 0, rng.uniform(2, 8))
        things += steps(rng, materials, foot, rng.uniform(0.6, 3))
    if rng.random() < 0.25:
        things += fence(rng, materials, vector(rng.normal(0, 2), 0, rng.uniform(2, 9)), 1.6)
    for _ in range(rng.integers(0, 5)):
        foot = vector(rng.normal(0, 2.5), 0, rng.uniform(2, 20))
        things.append(tree(rng, foot, rng.uniform(0.4, 5)))
    for _ in range(rng.integers(0, 6)):
        foot = vector(rng.normal(0, 2), 0, rng.uniform(1.5, 15))
        kinds = ("misc", "furniture", "animals", "characters", "plants", "vehicles")
        things += model(rng, materials, kinds, foot, rng.uniform(0.3, 2))
    for _ in range(rng.integers(0, 4)):
        foot = vector(rng.normal(0, 2), 0, rng.uniform(2, 15))
        things.append(pole(rng, foot, rng.uniform(1, 5)))
    if rng.random() < 0.5:
        foot = vector(rng.normal(0, 0.8), 0, rng.uniform(1.2, 8))
        things += group(rng, materials, foot, int(rng.choice([1, 2, 3, 5])), 1.7)
    position = vector(rng.normal(0, 0.4), -eye, 0)
    up = rng.normal(0.02, 0.15)
    yaw = rng.normal(0, 0.3)
    target = position + vector(np.sin(yaw), up, np.cos(yaw))
    return aim(rng, things, position, target, focal=(0.55, 1.2))


def _lane(rng: np.random.Generator, materials: Materials) -> list[Thing]:
    """House after house on both sides, the fronts not quite in line."""
    things: list[Thing] = []
    half = rng.uniform(0.8, 4)
    for side in (-1, 1):
        z, x = rng.uniform(-4, 1), side * half
        while z < 60:
            end = z + rng.uniform(2, 12)
            near = x + side * rng.uniform(-0.1, 0.5) * half
            height = rng.uniform(1.5, 9)
            turned = near + rng.normal(0, 0.05) * (end - z)
            things += wall(rng, materials, vector(near, 0, z), vector(turned, 0, end), height)
            z = end + (rng.uniform(0.5, 4) if rng.random() < 0.25 else 0)
    if rng.random() < 0.5:
        z = rng.uniform(8, 60)
        start, end = vector(-4 * half, 0, z), vector(4 * half, 0, z + rng.normal(0, 3))
        things += wall(rng, materials, start, end, rng.uniform(3, 12))
    return things


def _court(rng: np.random.Generator, materials: Materials) -> list[Thing]:
    """Fronts all around an open place, with towers at some corners."""
    corners = [
        vector(side * rng.uniform(4, 18), 0, z)
        for side, z in ((-1, rng.uniform(0, 6)), (-1, rng.uniform(12, 40)),
                        (1, rng.uniform(12, 40)), (1, rng.uniform(0, 6)))
    ]  # fmt: skip
    things: list[Thing] = []
    for start, end in itertools.pairwise(corners):
        things += wall(rng, materials, start, end, rng.uniform(3, 14))
    for corner in corners[1:3]:
        if rng.random() < 0.5:
            things.append(pole(rng, corner, rng.uniform(8, 25)))
    return things


def _aslant(rng: np.random.Generator, materials: Materials) -> list[Thing]:
    """One long front or wall that runs from near the camera into the distance."""
    side = rng.choice([-1, 1])
    start = vector(side * rng.uniform(0.5, 3), 0, rng.uniform(-1, 2))
    end = vector(-side * rng.uniform(0, 15), 0, rng.uniform(8, 40))
    return wall(rng, materials, start, end, rng.uniform(1, 8))
