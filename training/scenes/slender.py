"""Slender things: plants, slatted furniture, poles and wires, with a few plain things among them.

What is thin is what depth networks lose first. Lengths are in metres, distances 0.5–5.
"""

from __future__ import annotations

import numpy as np

from training.scenes.raycast import Scene
from training.scenes.shapes import Array, Ball, Cube, Frustum, Shape, Sheet, turn
from training.scenes.tabletop import look_at, standing_cutout, thing, vessel, walls
from training.scenes.textures import Materials, Texture


def slender(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random scene of slender things on the ground before a wall."""
    wall = rng.uniform(1.4, 4.0)
    flat = turn(0, np.pi / 2)
    ground = materials.any(rng, rng.uniform(0.6, 2))
    shapes = [Shape(Sheet(), _vector(0, 0, 0), _vector(6, 6, 1), ground, flat)]
    shapes += walls(rng, materials, wall)
    for _ in range(rng.integers(2, 8)):
        z = rng.uniform(0.4, 0.92) * wall
        foot = _vector(rng.normal(0, 0.33) * z, 0, z)
        size = wall * rng.uniform(0.15, 0.5)
        kind = rng.choice(4, p=[0.4, 0.25, 0.2, 0.15])
        shapes += (_plant, _slats, _poles, thing)[kind](rng, materials, foot, size)
    if rng.random() < 0.3:
        shapes += _wires(rng, materials, wall)
    if rng.random() < 0.4:
        z = rng.uniform(0.5, 0.9) * wall
        foot = _vector(rng.normal(0, 0.3) * z, 0, z)
        shapes.append(standing_cutout(rng, materials, foot, wall * rng.uniform(0.2, 0.5)))
    height = wall * rng.uniform(0.1, 0.5)
    target = _vector(rng.normal(0, 0.1), -0.6 * height, 0.7 * wall)
    position = _vector(rng.normal(0, 0.2), -height, -rng.uniform(0, 0.3) * wall)
    return look_at(rng, shapes, position, target, wide=rng.random() < 0.4)


def _plant(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """Leaves or twigs that fan out of a pot and bend under their weight."""
    shapes = vessel(rng, materials, foot, 0.4 * scale)
    base = min((shape.centre - _vector(0, shape.size[1], 0) for shape in shapes), key=_height)
    leaf = materials.plain(rng, scale) if rng.random() < 0.6 else materials.any(rng, scale)
    broad = rng.uniform(0.015, 0.06) * scale
    for angle in np.linspace(0, 2 * np.pi, rng.integers(5, 18)) + rng.uniform(0, 1):
        lean, length = rng.uniform(0.1, 1.2), scale * rng.uniform(0.4, 1.0)
        shapes += _leaf(rng, leaf, base, (float(angle), lean, length), broad)
    return shapes


def _leaf(
    rng: np.random.Generator,
    texture: Texture,
    base: Array,
    way: tuple[float, float, float],
    broad: float,
) -> list[Shape]:
    """A tapering, bending chain; `way` is its bearing, its lean from upright and its length."""
    bearing, lean, length = way
    bend, parts = rng.uniform(0.0, 0.5), 4
    thick = broad * rng.uniform(0.15, 0.6)
    shapes, start = [], base
    for part in range(parts):
        rotation = turn(bearing, lean)
        reach = length / parts
        centre = start - rotation[:, 1] * (reach / 2)
        wide = 1 - part / parts
        body = Frustum(float((wide - 1 / parts + 0.02) / wide), 1.0)
        size = _vector(broad * wide, reach / 2, thick * wide)
        shapes.append(Shape(body, centre, size, texture, rotation))
        start = start - rotation[:, 1] * (0.97 * reach)
        lean += bend
    return shapes


def _slats(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """A fence, a back of a chair or bench, a rack: slats between two posts, now and then legs."""
    yaw = rng.normal(0, 0.6)
    rotation = turn(yaw)
    wood = materials.plain(rng, 1.0) if rng.random() < 0.6 else materials.any(rng, 1.0)
    wide, high = scale * rng.uniform(0.4, 1.2), scale * rng.uniform(0.5, 1.2)
    thick = scale * rng.uniform(0.01, 0.04)
    lift = high * rng.choice([0, rng.uniform(0.2, 0.5)])
    upright = rng.random() < 0.5
    count = int(rng.integers(3, 10))
    bars = [(x, 0.5, 0.0, 0.5) for x in (-0.5, 0.5)]
    if upright:
        bars += [(0, y, 0.5, 0.0) for y in (lift / high, 1.0)]
        low = lift / high
        bars += [(x, (1 + low) / 2, 0.0, (1 - low) / 2) for x in np.linspace(-0.5, 0.5, count)]
    else:
        bars += [(0, y, 0.5, 0.0) for y in np.linspace(max(lift / high, 0.1), 1.0, count)]
    shapes = []
    for x, y, half_width, half_height in bars:
        centre = foot + rotation @ _vector(x * wide, -y * high, 0)
        size = _vector(half_width * wide + thick, half_height * high + thick, thick / 2)
        shapes.append(Shape(Cube(), centre, size, wood, rotation))
    if rng.random() < 0.5:  # a seat before it
        seat = foot + rotation @ _vector(0, -max(lift, 0.4 * high), -0.3 * wide)
        size = _vector(0.5 * wide, thick / 2, 0.3 * wide)
        shapes.append(Shape(Cube(), seat, size, wood, rotation))
        for x in (-0.48, 0.48):
            leg = foot + rotation @ _vector(x * wide, -(foot[1] - seat[1]) / 2, -0.55 * wide)
            size = _vector(thick / 2, (foot[1] - seat[1]) / 2, thick / 2)
            shapes.append(Shape(Cube(), leg, size, wood, rotation))
    return shapes


def _poles(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """Poles upright, leaning or crossed; something round on top of some."""
    shapes = []
    texture = materials.plain(rng, 1.0) if rng.random() < 0.7 else materials.any(rng, 0.5)
    lean = rng.choice([0.02, 0.15, 0.5])
    for _ in range(rng.integers(1, 7)):
        rotation = turn(rng.uniform(-3, 3), rng.normal(0, lean))
        half = scale * rng.uniform(0.3, 1.0)
        radius = scale * rng.uniform(0.006, 0.03)
        stand = foot + _vector(rng.normal(0, 0.25), 0, rng.normal(0, 0.25)) * scale
        centre = stand - rotation[:, 1] * half
        size = _vector(radius, half, radius)
        shapes.append(Shape(Frustum(), centre, size, texture, rotation, gloss=0.3))
        if rng.random() < 0.3:
            top = centre - rotation[:, 1] * half
            ball = np.full(3, radius * rng.uniform(1.5, 8), np.float32)
            shapes.append(Shape(Ball(), top, ball, materials.any(rng, scale), rotation))
    return shapes


def _wires(rng: np.random.Generator, materials: Materials, wall: float) -> list[Shape]:
    """Lines stretched across the scene at one distance."""
    z, texture = rng.uniform(0.4, 0.8) * wall, materials.plain(rng, 1.0)
    shapes = []
    for _ in range(rng.integers(1, 4)):
        centre = _vector(0, -rng.uniform(0.1, 0.6) * wall, z + rng.normal(0, 0.05))
        radius = wall * rng.uniform(0.002, 0.006)
        rotation = turn(rng.normal(0, 0.2), 0, np.pi / 2 + rng.normal(0, 0.2))
        shapes.append(Shape(Frustum(), centre, _vector(radius, 4, radius), texture, rotation))
    return shapes


def _height(point: Array) -> float:
    return float(point[1])


def _vector(*values: float) -> Array:
    return np.array(values, np.float32)
