"""Table-tops, heaps, shelves, piles and slanted boards before a wall, seen from close by."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from training.scenes.raycast import Camera, Light, Scene
from training.scenes.shapes import Array, Ball, Cube, Frustum, Shape, Sheet, turn
from training.scenes.textures import Materials, Texture

T = TypeVar("T")
_SHAPES = ((252, 336), (252, 336), (240, 352), (336, 252), (288, 288))


def tabletop(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random scene of a random kind; lengths are in metres, distances 0.5–4."""
    kinds = (_table, 0.35), (_heap, 0.35), (_pile, 0.1), (_boards, 0.08), (_shelves, 0.12)
    kind = _pick(rng, kinds)
    return kind(rng, materials)


def _pick(rng: np.random.Generator, choices: tuple[tuple[T, float], ...]) -> T:
    return choices[rng.choice(len(choices), p=[chance for _, chance in choices])][0]


def _vector(*values: float) -> Array:
    return np.array(values, np.float32)


def look_at(
    rng: np.random.Generator, shapes: list[Shape], position: Array, target: Array, wide: bool
) -> Scene:
    """Look from `position` at `target`, with a small roll."""
    x, y, z = target - position
    yaw, pitch = np.arctan2(x, z), -np.arctan2(y, np.hypot(x, z))
    shape = _SHAPES[rng.integers(len(_SHAPES))]
    focal = rng.uniform(0.6, 0.9) if wide else rng.uniform(0.8, 1.6)
    camera = Camera(position, turn(yaw, pitch, rng.normal(0, 0.03)), focal, shape)
    direction = _vector(rng.normal(0, 0.6), -rng.uniform(0.3, 1.2), rng.normal(-0.5, 0.5))
    light = Light(
        direction / np.linalg.norm(direction), rng.uniform(0, 0.75), rng.choice([0.01, 0.08, 0.25])
    )
    sky = np.full((*shape, 3), rng.uniform(0, 0.5), np.float32)
    return Scene(camera, shapes, light, sky)


def walls(rng: np.random.Generator, materials: Materials, distance: float) -> list[Shape]:
    """A wall facing the camera, turned a little, sometimes with a second one at a corner."""
    yaw = rng.normal(0, 0.25)
    material = materials.any(rng, rng.uniform(0.8, 3))
    shapes = [
        Shape(Sheet(), _vector(0, 0, distance), _vector(8, 6, 1), material, turn(yaw), casts=False)
    ]
    if rng.random() < 0.4:
        side = rng.choice([-1, 1])
        centre = _vector(side * rng.uniform(0.4, 1.0) * distance, 0, distance)
        other = material if rng.random() < 0.5 else materials.any(rng, 2.0)
        angle = yaw + side * np.pi / 2 + rng.normal(0, 0.15)
        shapes.append(Shape(Sheet(), centre, _vector(8, 6, 1), other, turn(angle), casts=False))
    for _ in range(rng.integers(0, 3)):  # pictures on the wall
        centre = _vector(rng.normal(0, 0.3) * distance, -rng.uniform(0.1, 0.7), 0)
        centre = centre @ turn(yaw).T + _vector(0, 0, distance - 0.02)
        size = _vector(rng.uniform(0.08, 0.4), rng.uniform(0.08, 0.4), 0.015)
        shapes.append(Shape(Cube(), centre, size, materials.photo(rng, 0.8), turn(yaw)))
    return shapes


def thing(rng: np.random.Generator, materials: Materials, foot: Array, scale: float) -> list[Shape]:
    """One object that stands at `foot` (world), about `scale` tall."""
    kinds: tuple[tuple[Callable[..., list[Shape]], float], ...] = (
        (_boxes, 0.3), (_ball, 0.12), (vessel, 0.26),
        (_cone, 0.06), (_board, 0.1), (_figure, 0.16),
    )  # fmt: skip
    return _pick(rng, kinds)(rng, materials, foot, scale)


def _boxes(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """A box, or a few stacked askew."""
    shapes, base, yaw = [], foot.copy(), rng.uniform(-np.pi, np.pi)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 4])):
        size = scale * rng.uniform(0.15, 0.6, 3).astype(np.float32)
        centre = base - _vector(0, size[1], 0)
        material = materials.any(rng, 2 * float(size.max()))
        shapes.append(Shape(Cube(), centre, size, material, turn(yaw), _gloss(rng)))
        base = base - _vector(0, 2 * size[1], 0)
        yaw += rng.normal(0, 0.3)
    return shapes


def _ball(rng: np.random.Generator, materials: Materials, foot: Array, scale: float) -> list[Shape]:
    size = scale * rng.uniform(0.2, 0.5) * rng.uniform(0.7, 1.3, 3).astype(np.float32)
    material = materials.any(rng, 3 * float(size.max()))
    rotation = turn(rng.uniform(-3, 3))
    return [Shape(Ball(), foot - _vector(0, size[1], 0), size, material, rotation, _gloss(rng))]


def vessel(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """Bottle, cup, vase or lamp: rings of cones about one axis."""
    material = materials.any(rng, rng.uniform(0.3, 2) * scale)
    gloss, shapes, base = _gloss(rng), [], foot.copy()
    radius = scale * rng.uniform(0.1, 0.35)
    for _ in range(rng.integers(1, 5)):
        top = max(0.02 * scale, radius * np.exp(rng.normal(0, 0.35)))
        height = scale * rng.uniform(0.06, 0.4)
        widest = max(top, radius)
        size = _vector(widest, height, widest)
        body = Frustum(float(top / widest), float(radius / widest))
        shapes.append(Shape(body, base - _vector(0, height, 0), size, material, gloss=gloss))
        base, radius = base - _vector(0, 2 * height, 0), top
    return shapes


def _cone(rng: np.random.Generator, materials: Materials, foot: Array, scale: float) -> list[Shape]:
    size = _vector(*(scale * rng.uniform((0.15, 0.3), (0.35, 0.7)))[[0, 1, 0]])
    material = materials.any(rng, scale)
    return [Shape(Frustum(0.0, 1.0), foot - _vector(0, size[1], 0), size, material)]


def _board(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """A thin upright or leaning board: book, card, picture frame."""
    size = scale * _vector(rng.uniform(0.2, 0.6), rng.uniform(0.3, 0.8), 0.015)
    rotation = turn(rng.normal(0, 0.6), rng.uniform(-0.5, 0.1), rng.normal(0, 0.05))
    centre = foot - rotation[:, 1] * size[1]
    return [Shape(Cube(), centre, size, materials.photo(rng, 2 * float(size[:2].max())), rotation)]


def _figure(
    rng: np.random.Generator, materials: Materials, foot: Array, scale: float
) -> list[Shape]:
    """A subject cut out of a photo, standing upright."""
    return [standing_cutout(rng, materials, foot, scale * rng.uniform(0.6, 1.4))]


def standing_cutout(
    rng: np.random.Generator,
    materials: Materials,
    foot: Array,
    height: float,
    grounded: bool = True,
) -> Shape:
    """A cut-out of that height, its lower edge at `foot`, facing the camera."""
    cutout = materials.cutout(rng, grounded)
    rows, columns = cutout.alpha.shape
    size = _vector(height / 2 * columns / rows, height / 2, 1)
    picture, alpha = cutout.picture, cutout.alpha
    if rng.random() < 0.5:
        picture, alpha = picture[:, ::-1], alpha[:, ::-1]
    texture = Texture(np.ascontiguousarray(picture), (2 * float(size[0]), 2 * float(size[1])))
    body = Sheet(np.ascontiguousarray(alpha))
    return Shape(body, foot - _vector(0, size[1], 0), size, texture, turn(rng.normal(0, 0.25)))


def _gloss(rng: np.random.Generator) -> float:
    return float(rng.uniform(0, 0.8)) if rng.random() < 0.35 else 0.0


def _table(rng: np.random.Generator, materials: Materials) -> Scene:
    """Things on a table before a wall, from nearly level to steeply from above."""
    wall = rng.uniform(1.0, 3.5)
    material = materials.any(rng, rng.uniform(0.6, 2))
    table = Shape(Sheet(), _vector(0, 0, 0), _vector(6, 6, 1), material, turn(0, np.pi / 2))
    if rng.random() < 0.4:  # an edge of the table is seen; the floor lies deeper
        depth = rng.uniform(0.3, 0.8) * wall
        size = _vector(rng.uniform(0.4, 2), 0.02, depth / 2)
        floor = Shape(
            Sheet(),
            _vector(0, 0.75, 0),
            _vector(8, 8, 1),
            materials.any(rng, 2),
            turn(0, np.pi / 2),
        )
        table = Shape(Cube(), _vector(0, 0.02, depth / 2 + 0.2), size, material)
        shapes = [table, floor]
    else:
        shapes = [table]
    shapes += walls(rng, materials, wall)
    size = wall * rng.uniform(0.12, 0.32)
    for _ in range(rng.integers(3, 16)):
        z = rng.uniform(0.45, 0.95) * wall
        x = rng.normal(0, 0.35) * z
        shapes += thing(rng, materials, _vector(x, 0, z), size * rng.uniform(0.4, 1.4))
    elevation = rng.choice([rng.uniform(0.05, 0.4), rng.uniform(0.3, 0.95)])
    distance = rng.uniform(0.5, 1.0)
    target = _vector(rng.normal(0, 0.1), -rng.uniform(0, 0.3), 0.65 * wall)
    position = target - distance * wall * _vector(0, np.sin(elevation), np.cos(elevation))
    return look_at(rng, shapes, position, target, wide=distance < 0.7)


def _heap(rng: np.random.Generator, materials: Materials) -> Scene:
    """Things close together that rise towards the back, as on covered steps."""
    wall, slope = rng.uniform(1.2, 3), rng.uniform(0.25, 1.0)
    shapes = walls(rng, materials, wall)
    cover = materials.any(rng, rng.uniform(0.6, 2))
    rise = turn(0, float(np.arctan2(-1, slope)))
    shapes.append(Shape(Sheet(), _vector(0, 0, wall), _vector(6, 6, 1), cover, rise))
    for _ in range(rng.integers(8, 26)):
        z = rng.uniform(0.4, 0.95) * wall
        foot = _vector(rng.normal(0, 0.35) * z, slope * (wall - z), z)
        shapes += thing(rng, materials, foot, wall * rng.uniform(0.06, 0.25))
    position = _vector(rng.normal(0, 0.15), -rng.uniform(-0.1, 0.5) * wall, 0)
    target = _vector(rng.normal(0, 0.1), slope * wall * rng.uniform(-0.1, 0.4), 0.7 * wall)
    return look_at(rng, shapes, position, target, wide=False)


def _pile(rng: np.random.Generator, materials: Materials) -> Scene:
    """Things at any height before a backdrop: hung, stacked, held. The bottom is not nearer."""
    wall = rng.uniform(1.2, 3)
    shapes = walls(rng, materials, wall)
    for _ in range(rng.integers(5, 22)):
        z = wall * rng.uniform(0.4, 0.97)
        foot = _vector(rng.normal(0, 0.32) * z, rng.normal(0.1, 0.25) * z, z)
        things = thing(rng, materials, foot, rng.uniform(0.15, 0.6))
        tilt = turn(*rng.normal(0, 0.3, 3))
        shapes += [
            Shape(s.body, s.centre, s.size, s.texture, tilt @ s.rotation, s.gloss) for s in things
        ]
    return look_at(rng, shapes, _vector(0, 0, 0), _vector(0, 0, wall), wide=False)


def _boards(rng: np.random.Generator, materials: Materials) -> Scene:
    """Large boards that overlap at slants."""
    wall = rng.uniform(1.5, 3)
    shapes = walls(rng, materials, wall)
    for _ in range(rng.integers(3, 9)):
        z = wall * rng.uniform(0.5, 0.95)
        centre = _vector(rng.normal(0, 0.3) * z, rng.normal(0, 0.22) * z, z)
        size = _vector(rng.uniform(0.15, 0.6), rng.uniform(0.15, 0.6), 0.01)
        rotation = turn(rng.normal(0, 0.55), rng.normal(0, 0.45), rng.normal(0, 0.25))
        material = materials.any(rng, 1.5) if rng.random() < 0.5 else materials.photo(rng, 1.2)
        shapes.append(Shape(Cube(), centre, size, material, rotation))
    return look_at(rng, shapes, _vector(0, 0, 0), _vector(0, 0, wall), wide=False)


def _shelves(rng: np.random.Generator, materials: Materials) -> Scene:
    """Shelves full of things, seen from in front or aside, with a few things before them."""
    wall = rng.uniform(1.5, 3)
    shapes = walls(rng, materials, wall)
    depth, step = rng.uniform(0.15, 0.5), rng.uniform(0.25, 0.55)
    wood = materials.plain(rng, 1.0) if rng.random() < 0.7 else materials.any(rng, 1.0)
    for row in range(-2, 3):
        y = row * step + 0.1
        board = _vector(0, y, wall - depth / 2)
        shapes.append(Shape(Cube(), board, _vector(1.6, 0.012, depth / 2), wood))
        x = -1.5
        while x < 1.5:
            width = rng.uniform(0.04, 0.3)
            foot = _vector(x + width / 2, y - 0.012, wall - depth * rng.uniform(0.3, 1.0))
            if rng.random() < 0.75:
                shapes += thing(rng, materials, foot, min(width * 2.2, step * 0.8))
            x += width + rng.exponential(0.05)
    for x in np.arange(-1.5, 1.6, rng.uniform(0.5, 1.2)):
        side = _vector(x, 0.1, wall - depth / 2)
        shapes.append(Shape(Cube(), side, _vector(0.012, 2.5 * step, depth / 2), wood))
    for _ in range(rng.integers(0, 5)):
        z = wall * rng.uniform(0.4, 0.75)
        foot = _vector(rng.normal(0, 0.3) * z, 0.35 * z, z)
        shapes += thing(rng, materials, foot, rng.uniform(0.2, 0.5))
    position = _vector(rng.normal(0, 0.35), rng.normal(0, 0.2), rng.uniform(-0.3, 0.5))
    return look_at(rng, shapes, position, _vector(rng.normal(0, 0.2), 0, wall), wide=False)
