"""Gardens, woods, parks and slopes: rolling ground, trees with leaves, grass, animals, people."""

from __future__ import annotations

import numpy as np

from training.scenes.growth import Height, grass, hilly, terrain
from training.scenes.mesh import Model
from training.scenes.props import aim, fence, group, model, pole, steps, tree, vector, wall
from training.scenes.raycast import Scene
from training.scenes.shapes import Array, Thing
from training.scenes.textures import Materials, foliage

_ANIMALS = ("animals", "characters")


def garden(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random scene out of doors, seen from 0.3 to 5 metres above the ground."""
    eye = float(np.exp(rng.uniform(np.log(0.3), np.log(5))))
    scale = max(eye, 0.5)
    height = hilly(rng, scale)
    things: list[Thing] = [_ground(rng, materials, height, scale)]
    things += _blades(rng, height, eye, scale)
    wood = rng.choice([0.0, 0.3, 1.0], p=[0.25, 0.5, 0.25])
    for _ in range(int(rng.integers(2, 12) + 16 * wood)):
        tall = rng.uniform(0.4, 2) * scale if rng.random() < 0.4 else rng.uniform(3, 12)
        foot = _place(rng, height, max(1.2 * scale, 0.6 * tall), 45 * scale + 10)
        things.append(tree(rng, foot, tall))
    if wood == 1.0:
        for _ in range(rng.integers(3, 14)):
            things.append(pole(rng, _place(rng, height, 2 * scale, 30 * scale), rng.uniform(5, 15)))
    if rng.random() < 0.3:
        things += fence(rng, materials, _place(rng, height, 1.5 * scale, 8 * scale), 1.3 * scale)
    for _ in range(rng.integers(0, 3)):
        start = _place(rng, height, 4 * scale, 40 * scale)
        end = start + vector(rng.normal(0, 6), 0, rng.normal(0, 6)) * scale
        things += wall(rng, materials, start, end, scale * rng.uniform(0.5, 3))
    if rng.random() < 0.15:
        things += steps(rng, materials, _place(rng, height, 2 * scale, 8 * scale), scale)
    for _ in range(rng.integers(0, 5)):
        foot = _place(rng, height, 1.2 * scale, 12 * scale)
        things += model(rng, materials, _ANIMALS, foot, scale * rng.uniform(0.3, 1.1))
    for _ in range(rng.integers(0, 4)):
        foot = _place(rng, height, 3 * scale, 25 * scale)
        kinds = ("vehicles", "furniture", "architecture", "nature", "plants", "misc")
        things += model(rng, materials, kinds, foot, scale * rng.uniform(0.6, 3))
    if rng.random() < 0.55:
        count = int(rng.choice([1, 1, 2, 4, 7]))
        foot = _place(rng, height, 1.3 * scale, 6 * scale)
        things += group(rng, materials, foot, count, scale * rng.uniform(0.6, 1.2))
    position = vector(0, -eye, 0)
    steep = rng.random() < 0.2  # down at what grows or sits on the ground
    down = rng.uniform(0.5, 1.3) if steep else rng.normal(0.1, 0.18)
    target = position + vector(rng.normal(0, 0.1), np.sin(down), np.cos(down))
    return aim(rng, things, position, target)


def _place(rng: np.random.Generator, height: Height, near: float, far: float) -> Array:
    """A foot on the ground, denser near the camera, now and then cut by the picture's border."""
    z = float(np.exp(rng.uniform(np.log(near), np.log(far))))
    x = rng.normal(0, 0.45) * z
    return vector(x, float(height(np.float32(x), np.float32(z))), z)


def _ground(rng: np.random.Generator, materials: Materials, height: Height, scale: float) -> Model:
    kind = rng.random()
    if kind < 0.5:
        texture = foliage(rng, rng.uniform(0.5, 3) * scale)
    elif kind < 0.75:
        texture = materials.photo(rng, rng.uniform(1, 4) * scale)
    else:
        texture = materials.plain(rng, rng.uniform(1, 6) * scale)
    colour = np.asarray(texture.picture.mean(axis=(0, 1)))
    return Model(terrain(height, 400, colour), vector(0, 0, 0), vector(1, 1, 1), texture=texture)


def _blades(rng: np.random.Generator, height: Height, eye: float, scale: float) -> list[Thing]:
    if rng.random() < 0.35:
        return []
    high = min(0.5 * eye, rng.uniform(0.03, 0.25) * scale)
    mesh = grass(rng, height, 0.4 * scale, 9 * scale, high, int(rng.integers(1000, 12_000)))
    return [Model(mesh, vector(0, 0, 0), vector(1, 1, 1))]
