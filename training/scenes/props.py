"""What stands about in scenes: models, trees, groups of people, fences, steps, walls with gates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenes.growth import any_tree
from training.scenes.mesh import Model
from training.scenes.raycast import Camera, Light, Scene
from training.scenes.shapes import Array, Cube, Frustum, Shape, Thing, turn
from training.scenes.street import sky_picture
from training.scenes.tabletop import standing_cutout, thing
from training.scenes.textures import Materials, Texture, facade, foliage

SHAPES = ((252, 336), (252, 336), (224, 352), (336, 252), (288, 288), (192, 448))


def vector(*values: float) -> Array:
    """A float32 vector."""
    return np.array(values, np.float32)


def aim(
    rng: np.random.Generator,
    things: Sequence[Thing],
    position: Array,
    target: Array,
    focal: tuple[float, float] = (0.6, 1.4),
    inside: bool = False,
) -> Scene:
    """Look from `position` at `target` with a small roll, under the sky or, `inside`, by lamps."""
    x, y, z = target - position
    yaw, pitch = np.arctan2(x, z), -np.arctan2(y, np.hypot(x, z))
    shape = SHAPES[rng.integers(len(SHAPES))]
    rotation = turn(float(yaw), float(pitch), rng.normal(0, 0.03))
    camera = Camera(position, rotation, rng.uniform(*focal), shape)
    direction = vector(rng.normal(0, 0.8), -rng.uniform(0.3, 1.4), rng.normal(-0.2, 0.7))
    softness = rng.choice([0.02, 0.1, 0.25]) if inside else 0.02
    light = Light(direction / np.linalg.norm(direction), rng.uniform(0, 0.85), softness)
    if inside:
        return Scene(camera, things, light, np.full((*shape, 3), rng.uniform(0, 0.6), np.float32))
    haze = rng.uniform(0, 1.0) if rng.random() < 0.4 else 0.0
    return Scene(camera, things, light, sky_picture(rng, shape), haze)


def model(
    rng: np.random.Generator,
    materials: Materials,
    kinds: Sequence[str],
    foot: Array,
    size: float,
    upright: bool = True,
) -> list[Thing]:
    """A model of one of `kinds`, `size` metres in its longest side, standing at `foot`; something
    simple where there are no such models.
    """
    pool = [mesh for kind in kinds for mesh in materials.models.get(kind, ())]
    if not pool:
        return list(thing(rng, materials, foot, size))
    tilt = (0.0, 0.0) if upright else rng.normal(0, 0.4, 2)
    rotation = turn(rng.uniform(-np.pi, np.pi), *tilt)
    scale = size * rng.uniform(0.85, 1.15, 3).astype(np.float32)
    texture = materials.any(rng, size) if rng.random() < 0.5 else None
    gloss = float(rng.uniform(0, 0.6)) if rng.random() < 0.3 else 0.0
    return [Model(pool[rng.integers(len(pool))], foot, scale, rotation, texture, gloss)]


def tree(rng: np.random.Generator, foot: Array, height: float) -> Model:
    """A tree or bush with its foot in the ground."""
    scale = height * np.array([*rng.uniform(0.7, 1.3, 1), 1, 1], np.float32)
    scale[2] = scale[0]
    return Model(any_tree(rng), foot, scale, turn(rng.uniform(-np.pi, np.pi)))


def group(
    rng: np.random.Generator, materials: Materials, foot: Array, count: int, height: float
) -> list[Thing]:
    """People (or whatever is cut out) side by side and behind one another."""
    things: list[Thing] = []
    for _ in range(count):
        place = foot + vector(rng.normal(0, 0.5) * height * count**0.5, 0, 0)
        place[2] *= 1 + rng.uniform(0, 0.5)
        tall = height * rng.uniform(0.7, 1.15)
        things.append(standing_cutout(rng, materials, place, tall, grounded=rng.random() < 0.6))
    return things


def fence(
    rng: np.random.Generator, materials: Materials, start: Array, scale: float
) -> list[Thing]:
    """Pickets, bars or rails along a line, gaps between them."""
    texture = materials.plain(rng, 1) if rng.random() < 0.7 else materials.pattern(rng, 1)
    rotation = turn(rng.uniform(-1.4, 1.4))
    along, high = rotation[:, 0], scale * rng.uniform(0.4, 0.8)
    step = high * rng.choice([0.15, 0.25, 0.5, 1.2])
    width = step * rng.uniform(0.1, 0.6) if step < 0.4 * high else 0.06 * high
    count = int(min(60, 12 * high / step))
    things: list[Thing] = []
    for index in range(-count // 2, count // 2):
        centre = start + along * index * step - vector(0, high / 2, 0)
        size = vector(width / 2, high / 2, 0.02 * high)
        things.append(Shape(Cube(), centre, size, texture, rotation))
    for level in rng.uniform(0.15, 0.95, rng.integers(2, 4)):
        centre = start - vector(0, level * high, 0)
        size = vector(count * step / 2, 0.04 * high, 0.015 * high)
        things.append(Shape(Cube(), centre, size, texture, rotation))
    return things


def steps(rng: np.random.Generator, materials: Materials, foot: Array, width: float) -> list[Thing]:
    """A flight of stairs that leads away and up (or down) from `foot`."""
    stone = materials.any(rng, 2)
    rise, run = rng.uniform(0.12, 0.2), rng.uniform(0.25, 0.4)
    up = 1 if rng.random() < 0.75 else -1
    rotation = turn(rng.normal(0, 0.35))
    things: list[Thing] = []
    for index in range(rng.integers(4, 22)):
        centre = foot + rotation @ vector(0, 3 - up * rise * (index + 1), run * (index + 0.5))
        things.append(Shape(Cube(), centre, vector(width, 3, run / 2), stone, rotation))
    return things


def wall(
    rng: np.random.Generator, materials: Materials, start: Array, end: Array, height: float
) -> list[Thing]:
    """A house front, a stone wall or a hedge between two points; now and then with a gateway."""
    way = end - start
    length = float(np.linalg.norm(way))
    rotation = turn(float(np.arctan2(-way[2], way[0])))
    kind = rng.random()
    if kind < 0.45:
        texture = facade(rng)
    elif kind < 0.6:
        texture = foliage(rng, 3)
    else:
        texture = materials.any(rng, rng.uniform(1, 4))
    thick = rng.uniform(0.1, 0.4)
    pieces = [(0.0, 1.0, 0.0)]  # from, to (of the length), lifted by
    if rng.random() < 0.3 and length > 3:
        middle, half = rng.uniform(0.3, 0.7), min(0.25, rng.uniform(0.5, 1.5) / length)
        opening = min(0.9 * height, rng.uniform(2, 3.5))
        pieces = [(0, middle - half, 0), (middle + half, 1, 0)]
        if height > opening * 1.1:
            pieces.append((middle - half, middle + half, opening))
    things: list[Thing] = []
    for left, right, lifted in pieces:
        centre = start + way * (left + right) / 2 - vector(0, (height + lifted) / 2, 0)
        size = vector(length * (right - left) / 2, (height - lifted) / 2, thick)
        things.append(Shape(Cube(), centre, size, texture, rotation))
    return things


def pole(rng: np.random.Generator, foot: Array, height: float) -> Shape:
    """A post, trunk or column."""
    grey = Texture(np.full((2, 2, 3), rng.uniform(0.05, 0.6), np.float32), (1, 1))
    girth = height * rng.uniform(0.01, 0.05)
    size = vector(girth, height / 2, girth)
    return Shape(Frustum(rng.uniform(0.7, 1), 1.0), foot - vector(0, height / 2, 0), size, grey)
