"""Meshes that grow: trees with leaves, grass, terrain and cloth."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from training.scenes.mesh import Mesh, grid, join
from training.scenes.shapes import Array

Height = Callable[[Array, Array], Array]  # x, z (m) → y (m, down)
_KINDS = 24  # trees that a program grows; scenes plant them again in other sizes and directions


@cache
def tree_kind(number: int) -> Mesh:
    """One of a fixed set of trees and bushes, about 1 m high, standing at the origin."""
    rng = np.random.default_rng((31, number % _KINDS))
    kind = rng.random()
    if kind < 0.5:
        return _broadleaf(rng, leaves=rng.random() < 0.85)
    return _conifer(rng) if kind < 0.7 else _bush(rng)


def any_tree(rng: np.random.Generator) -> Mesh:
    """A tree or bush, drawn from the kinds."""
    return tree_kind(int(rng.integers(_KINDS)))


def _broadleaf(rng: np.random.Generator, leaves: bool) -> Mesh:
    """A trunk that forks three or four times; leaves at the outer twigs."""
    bark = rng.uniform(0.02, 0.2) * np.array([1.0, rng.uniform(0.75, 1), rng.uniform(0.5, 0.9)])
    parts, tips = [], []
    spread, droop = rng.uniform(0.35, 0.8), rng.normal(0, 0.15)
    stems = [(np.zeros(3), np.array([rng.normal(0, 0.05), -1.0, rng.normal(0, 0.05)]),
              rng.uniform(0.2, 0.45), rng.uniform(0.015, 0.045))]  # fmt: skip
    for level in range(4):
        grown = []
        for foot, way, length, girth in stems:
            way = way / np.linalg.norm(way)
            top = foot + way * length
            parts.append(_tube(foot, top, girth, girth * 0.65, bark))
            if level >= 2:
                tips.append((foot, top))
            for _ in range(rng.integers(2, 5)):
                turned = way + rng.normal(0, spread, 3) + np.array([0, droop, 0])
                start = foot + way * length * rng.uniform(0.55, 1.0)
                grown.append((start, turned, length * rng.uniform(0.5, 0.85), girth * 0.6))
        stems = [grown[index] for index in rng.permutation(len(grown))[:70]]
    if leaves:
        parts.append(_leaves(rng, tips, int(rng.integers(4000, 12_000)), rng.uniform(0.006, 0.016)))
    return _one_metre(join(parts))


def _conifer(rng: np.random.Generator) -> Mesh:
    """A straight trunk with whorls of drooping branches, shorter towards the top."""
    bark = rng.uniform(0.02, 0.12) * np.array([1.0, 0.8, 0.6])
    parts = [_tube(np.zeros(3), np.array([0, -1.0, 0]), 0.02, 0.003, bark)]
    tips = []
    width, bare = rng.uniform(0.15, 0.4), rng.uniform(0.02, 0.3)
    for high in np.linspace(bare, 0.97, rng.integers(9, 18)):
        for angle in rng.uniform(0, 2 * np.pi, rng.integers(5, 9)):
            reach = width * (1 - high) * rng.uniform(0.7, 1.15) + 0.02
            foot = np.array([0, -high, 0])
            fall = reach * rng.uniform(-0.1, 0.6)
            top = foot + np.array([np.cos(angle) * reach, fall, np.sin(angle) * reach])
            parts.append(_tube(foot, top, 0.005, 0.002, bark))
            tips.append((foot, top))
    parts.append(_leaves(rng, tips, 8000, rng.uniform(0.006, 0.014)))
    return _one_metre(join(parts))


def _bush(rng: np.random.Generator) -> Mesh:
    """Many thin stems from one foot; leaves, now and then flowers, along all of them."""
    bark = rng.uniform(0.03, 0.2) * np.array([0.8, 1.0, 0.5])
    tips = []
    for _ in range(rng.integers(8, 40)):
        way = np.array([rng.normal(0, 0.45), -rng.uniform(0.4, 1.0), rng.normal(0, 0.45)])
        tips.append((np.array([*rng.normal(0, 0.05, 2), 0])[[0, 2, 1]], way))
    parts = [_tube(foot, top, 0.01, 0.004, bark) for foot, top in tips]
    parts.append(_leaves(rng, tips, int(rng.integers(600, 4000)), rng.uniform(0.015, 0.06)))
    if rng.random() < 0.4:
        petals = rng.uniform(0.3, 1.0) * np.array([1.0, rng.uniform(0, 1), rng.uniform(0, 1)])
        ends = [(top * 0.93, top) for _, top in tips]
        parts.append(_leaves(rng, ends, 300, rng.uniform(0.02, 0.05), petals))
    return _one_metre(join(parts))


def _tube(foot: Array, top: Array, girth: float, end: float, colour: Array) -> Mesh:
    """A five-sided tapering tube."""
    way = (top - foot) / max(float(np.linalg.norm(top - foot)), 1e-9)
    side = np.cross(way, [0.3, 0.5, 0.81])
    side = side / np.linalg.norm(side)
    other = np.cross(way, side)
    angles = np.linspace(0, 2 * np.pi, 6)
    ring = np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * other
    points = np.stack([foot + ring * girth, top + ring * end]).astype(np.float32)
    shade = np.ones((2, 6, 1)) * colour * np.array([0.9, 1.1])[:, None, None]
    flat = grid(points, shade.astype(np.float32))
    return Mesh(flat.corners, flat.colours)


def _leaves(
    rng: np.random.Generator,
    twigs: list[tuple[Array, Array]],
    count: int,
    size: float,
    colour: Array | None = None,
) -> Mesh:
    """Small pointed quadrilaterals about the twigs."""
    feet, tops = (np.array([twig[end] for twig in twigs]) for end in (0, 1))
    pick = rng.integers(len(twigs), size=count)
    along = rng.uniform(0.1, 1.1, (count, 1))
    centre = feet[pick] * (1 - along) + tops[pick] * along + rng.normal(0, 1.2 * size, (count, 3))
    length = rng.normal(0, 1, (count, 3))
    length /= np.linalg.norm(length, axis=1, keepdims=True)
    width = np.cross(length, rng.normal(0, 1, (count, 3)))
    width /= np.linalg.norm(width, axis=1, keepdims=True)
    grown = size * rng.uniform(0.5, 1.3, (count, 1))
    length, width = length * grown, width * grown * rng.uniform(0.25, 0.6)
    a, b, c, d = centre - length, centre + width, centre + length, centre - width
    corners = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
    if colour is None:
        hue = rng.uniform(0, 1)
        colour = np.array([0.05 + 0.35 * hue**2, rng.uniform(0.12, 0.35), rng.uniform(0.01, 0.08)])
    tone = np.exp(rng.normal(0, 0.35, (count, 1, 1))) * colour * np.ones((count, 3, 1))
    tone = np.concatenate([tone, tone]).clip(0, 1)
    return Mesh(corners.astype(np.float32), tone.astype(np.float32))


def _one_metre(mesh: Mesh) -> Mesh:
    return Mesh(mesh.corners / max(float(-mesh.bounds[0, 1]), 1e-6), mesh.colours)


def grass(
    rng: np.random.Generator, ground: Height, near: float, far: float, high: float, count: int
) -> Mesh:
    """Blades on the ground ahead of the camera, from `near` to `far` metres, about `high` tall."""
    z = near + (far - near) * rng.random(count) ** 1.5
    x = rng.uniform(-0.9, 0.9, count) * (z + 0.2 * near)
    patch = np.sin(x * 3.1 / near + rng.uniform(0, 6)) * np.sin(z * 2.3 / near + rng.uniform(0, 6))
    x, z = x[patch > -0.4], z[patch > -0.4]
    foot = np.stack([x, ground(x, z), z], axis=1)
    tall = high * np.exp(rng.normal(0, 0.35, (len(x), 1)))
    lean = rng.normal(0, 0.35, (len(x), 3)) * np.array([1, 0, 1]) + np.array([0, -1.0, 0])
    side = rng.normal(0, 0.05, (len(x), 3)) * np.array([1, 0, 1]) * high
    corners = np.stack([foot - side, foot + side, foot + lean * tall], axis=1)
    dry = rng.uniform(0, 1)
    colour = np.array([0.08 + 0.3 * dry, rng.uniform(0.15, 0.32), 0.04])
    tone = np.exp(rng.normal(0, 0.3, (len(x), 1, 1))) * colour
    tone = tone * np.array([0.5, 0.5, 1.2])[:, None]
    return Mesh(corners.astype(np.float32), tone.clip(0, 1).astype(np.float32))


def hilly(rng: np.random.Generator, scale: float) -> Height:
    """Ground that slopes and rolls; flat and at y = 0 under the camera."""
    pitch, bank = rng.normal(0, 0.12), rng.normal(0, 0.12)
    waves = [
        (rng.uniform(0.5, 2) / length, rng.uniform(0, 2 * np.pi), rng.uniform(0, 6),
         length * rng.uniform(0, 0.05))
        for length in (4 * scale, 12 * scale, 40 * scale, 120 * scale)
    ]  # fmt: skip

    def height(x: Array, z: Array) -> Array:
        fade = np.clip((np.hypot(x, z) - scale) / (6 * scale), 0, 1)
        far = np.minimum(np.hypot(x, z), 60 * scale) / np.maximum(np.hypot(x, z), 1e-6)
        y = (z * pitch + x * bank) * far
        for rate, way, phase, rise in waves:
            y = y + rise * np.sin((x * np.cos(way) + z * np.sin(way)) * rate * 6 + phase)
        return np.asarray(y * fade, np.float32)

    return height


def terrain(height: Height, reach: float, colour: Array) -> Mesh:
    """The ground all around the camera, finer where it is near."""
    angles = np.linspace(-np.pi, np.pi, 161)
    radii = np.concatenate([[0.0], np.geomspace(0.003, 1, 110) * reach])
    x, z = radii[:, None] * np.sin(angles), radii[:, None] * np.cos(angles)
    points = np.stack([x, height(x, z), z], axis=2).astype(np.float32)
    return grid(points, np.broadcast_to(colour, points.shape).astype(np.float32))


def cloth(rng: np.random.Generator, width: float, drop: float, depth: float, folds: float) -> Mesh:
    """A backdrop that hangs `drop` metres from the top and sweeps forward by `depth`; wrinkled.

    Its lower edge lies at y = 0 and towards the camera, its upper end at y = −`drop`.
    """
    across = np.linspace(-width, width, 150)
    bend = min(drop, depth) * rng.uniform(0.1, 0.6)
    run = drop + depth
    along = np.linspace(0, run, 150)
    wall, turn = drop - bend, np.pi / 2 * bend
    # Down the wall, a quarter of a circle, then forward on the floor.
    angle = np.clip((along - wall) / max(turn, 1e-6), 0, 1) * np.pi / 2
    y = -drop + np.minimum(along, wall) + bend * np.sin(angle)
    z = -bend * (1 - np.cos(angle)) - np.maximum(along - wall - turn, 0)
    points = np.stack(
        [np.broadcast_to(across, (150, 150)), np.repeat(y[:, None], 150, 1),
         np.repeat(z[:, None], 150, 1)], axis=2,
    )  # fmt: skip
    outward = np.stack([np.zeros_like(angle), -np.sin(angle), -np.cos(angle)], axis=1)
    small = rng.standard_normal((rng.integers(3, 9), rng.integers(3, 14))).astype(np.float32)
    height = cv2.resize(small, (150, 150), interpolation=cv2.INTER_CUBIC)
    height = np.abs(height) if rng.random() < 0.5 else height
    points = points + folds * height[..., None] * outward[:, None, :]
    return grid(points.astype(np.float32), np.ones_like(points, dtype=np.float32))
