"""Streets, ahead and aside: road, pavements, facades, trees, vehicles, poles and people."""

from __future__ import annotations

import cv2
import numpy as np

from training.scenes.raycast import Camera, Light, Scene
from training.scenes.shapes import Array, Ball, Cube, Frustum, Shape, Sheet, turn
from training.scenes.tabletop import standing_cutout
from training.scenes.textures import Materials, Texture, asphalt, facade, foliage

_SHAPES = ((128, 416), (144, 400), (160, 368), (192, 336), (252, 336))


def street(rng: np.random.Generator, materials: Materials) -> Scene:
    """A random street or country road that runs ahead, with what stands along and on it."""
    half = rng.uniform(2.8, 7.5)
    shapes = _ground(rng, materials, half)
    for side in (-1, 1):
        shapes += _roadside(rng, materials, side, half)
    shapes += _traffic(rng, half)
    shapes += _people(rng, materials, half)
    if rng.random() < 0.35:  # the road bends or ends: something closes the view
        z = rng.uniform(35, 90)
        texture = facade(rng) if rng.random() < 0.6 else foliage(rng, 6)
        size = _vector(rng.uniform(8, 40), rng.uniform(2, 8), 3)
        shapes.append(Shape(Cube(), _vector(rng.normal(0, 8), -size[1], z), size, texture))
    shape = _SHAPES[rng.integers(len(_SHAPES))]
    position = _vector(rng.uniform(-0.6, 0.6) * half, -rng.uniform(1.3, 2.2), 0)
    rotation = turn(rng.normal(0, 0.09), rng.normal(0.0, 0.035), rng.normal(0, 0.012))
    if rng.random() < 0.4:  # out of a side window, across the street
        position = position + _vector(0, 0, rng.uniform(5, 45))
        yaw = rng.choice([-1, 1]) * rng.uniform(0.3, 2.2)
        rotation = turn(yaw, rng.normal(0.0, 0.07), rng.normal(0, 0.02))
    wide = shape[1] / shape[0] > 2
    camera = Camera(
        position, rotation, rng.uniform(0.55, 0.85) if wide else rng.uniform(0.7, 1.2), shape
    )
    direction = _vector(rng.normal(0, 0.8), -rng.uniform(0.3, 1.2), rng.normal(0, 0.7))
    light = Light(direction / np.linalg.norm(direction), rng.uniform(0, 0.8), 0.02)
    haze = rng.uniform(0, 0.9) if rng.random() < 0.5 else 0.0
    return Scene(camera, shapes, light, sky_picture(rng, shape), haze)


def _vector(*values: float) -> Array:
    return np.array(values, np.float32)


def sky_picture(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    """A gradient with clouds, linear light."""
    rows, columns = shape
    top = np.array([0.15, 0.3, 0.65]) * rng.uniform(0.6, 1.3)
    low = np.ones(3) * rng.uniform(0.5, 1.0)
    fall = np.linspace(0, 1, rows)[:, None, None] ** rng.uniform(0.5, 2)
    sky = top * (1 - fall) + low * fall + np.zeros((rows, columns, 1))
    small = rng.standard_normal((5, 9)).astype(np.float32)
    cloud = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_CUBIC)
    cover = np.clip(cloud - rng.uniform(-1.5, 1.5), 0, 1)[..., None]
    return (sky * (1 - cover) + rng.uniform(0.5, 1.0) * cover).astype(np.float32)


def _ground(rng: np.random.Generator, materials: Materials, half: float) -> list[Shape]:
    """Road, kerbs with pavements or verges, and open ground beyond."""
    flat = turn(0, np.pi / 2)
    road = asphalt(rng, half)
    verge = foliage(rng, 3) if rng.random() < 0.55 else materials.pattern(rng, 2.5)
    if rng.random() < 0.25:
        verge = materials.plain(rng, 4)
    beyond = _vector(0, 0.02, 0), _vector(300, 300, 1)
    shapes = [
        Shape(Sheet(), _vector(0, 0, 100), _vector(half, 120, 1), road, flat, casts=False),
        Shape(Sheet(), *beyond, verge, flat, casts=False),
    ]
    if rng.random() < 0.6:
        paving = materials.pattern(rng, 2) if rng.random() < 0.7 else materials.plain(rng, 2)
        width = rng.uniform(0.8, 2.5)
        for side in (-1, 1):
            centre = _vector(side * (half + width), -0.06, 100)
            shapes.append(Shape(Cube(), centre, _vector(width, 0.07, 120), paving, casts=False))
    return shapes


def _roadside(
    rng: np.random.Generator, materials: Materials, side: int, half: float
) -> list[Shape]:
    """What lines one side of the road: houses, walls, hedges, trees, parked vehicles, poles."""
    shapes: list[Shape] = []
    town = rng.choice([0.0, 0.35, 0.85, 1.0])
    edge = half + rng.uniform(1.0, 8.0)
    z = rng.uniform(-12, 4)
    while z < 130:
        length = rng.uniform(6, 26)
        if rng.random() < town:
            setback = edge + rng.choice([0.0, rng.uniform(0, 3), rng.uniform(2, 9)])
            size = _vector(6, rng.uniform(1.8, 9), length / 2)
            centre = _vector(side * (setback + 6), -size[1], z + length / 2)
            shapes.append(Shape(Cube(), centre, size, facade(rng)))
            if rng.random() < 0.3:  # a pitched roof, or something on top
                roof = Shape(
                    Cube(), centre - _vector(0, size[1], 0), size * _vector(0.6, 0.25, 0.9),
                    materials.plain(rng, 3), turn(0, 0, rng.uniform(-0.5, 0.5)),
                )  # fmt: skip
                shapes.append(roof)
        z += length + (rng.uniform(0, 14) if town < 0.9 else 0)
    if rng.random() < 0.4:  # a long wall, fence or hedge
        height = rng.uniform(0.3, 1.4)
        material = foliage(rng, 2.5) if rng.random() < 0.6 else materials.pattern(rng, 2)
        start = rng.uniform(-5, 30)
        size = _vector(0.3, height, rng.uniform(8, 50))
        centre = _vector(side * (edge - 0.5), -height, start + size[2])
        shapes.append(Shape(Cube(), centre, size, material))
    for z in _along(rng, spacing=rng.choice([6, 12, 25, 80])):
        shapes += tree(rng, side * (edge - rng.uniform(-5.0, 0.6)), z)
    parked = rng.choice([0.0, 0.3, 0.8])
    z = rng.uniform(3, 12)
    while z < 70 and parked > 0:
        if rng.random() < parked:
            shapes += _vehicle(rng, side * (half - 1.0), z, rng.normal(0, 0.03))
        z += rng.uniform(5.2, 7.5)
    for z in _along(rng, spacing=rng.choice([15, 25, 40])):
        height = rng.uniform(1.2, 4)
        size = _vector(0.06, height, 0.06)
        metal = Texture(np.full((2, 2, 3), rng.uniform(0.05, 0.5), np.float32), (1, 1))
        foot = _vector(side * (half + 0.4), -height, z)
        shapes.append(Shape(Frustum(), foot, size, metal))
        if rng.random() < 0.4:
            plate = materials.photo(rng, 1.0)
            size = _vector(rng.uniform(0.25, 0.6), rng.uniform(0.25, 0.6), 0.02)
            shapes.append(Shape(Cube(), foot - _vector(0, height, 0), size, plate))
    return shapes


def _along(rng: np.random.Generator, spacing: float) -> list[float]:
    """Places along the road, irregular."""
    places, z = [], rng.uniform(2, spacing + 4)
    while z < 110:
        places.append(z)
        z += spacing * rng.uniform(0.6, 1.6)
    return places


def tree(rng: np.random.Generator, x: float, z: float) -> list[Shape]:
    """A trunk and a crown of a few balls; or a bush."""
    leaves = foliage(rng, 2.0)
    if rng.random() < 0.3:
        size = rng.uniform(0.5, 1.6) * _vector(1, rng.uniform(0.6, 1.1), 1)
        return [Shape(Ball(), _vector(x, -0.7 * size[1], z), size, leaves)]
    height, spread = rng.uniform(1.5, 4), rng.uniform(1.0, 3.2)
    bark = Texture(np.full((2, 2, 3), (0.09, 0.07, 0.05), np.float32), (1, 1))
    girth = rng.uniform(0.08, 0.3)
    trunk = _vector(x, -height / 2, z), _vector(girth, height / 2, girth)
    shapes = [Shape(Frustum(0.7, 1.0), *trunk, bark)]
    for _ in range(rng.integers(2, 6)):
        offset = rng.normal(0, 0.4, 3) * spread
        centre = _vector(x, -height - 0.7 * spread, z) + offset
        size = spread * rng.uniform(0.5, 0.95, 3)
        shapes.append(Shape(Ball(), centre.astype(np.float32), size.astype(np.float32), leaves))
    return shapes


def _vehicle(rng: np.random.Generator, x: float, z: float, yaw: float) -> list[Shape]:
    """A car or van: body, cabin with dark windows, wheels. `z` is its near end."""
    paint = rng.uniform(0.02, 0.85) * (1 + 0.7 * rng.random() * rng.uniform(-1, 1, 3))
    body = Texture(np.full((2, 2, 3), paint.clip(0.01, 1), np.float32), (1, 1))
    glass = Texture(np.full((2, 2, 3), rng.uniform(0.01, 0.12), np.float32), (1, 1))
    tyre = Texture(np.full((2, 2, 3), 0.02, np.float32), (1, 1))
    van = rng.random() < 0.25
    length, width = rng.uniform(3.6, 5.0) + 2 * van, rng.uniform(0.82, 1.0) + 0.15 * van
    waist = rng.uniform(0.75, 0.95) + 0.9 * van
    rotation = turn(yaw)

    def place(right: float, up: float, ahead: float) -> Array:
        return _vector(x, 0, z + length / 2) + rotation @ _vector(right, -up, ahead)

    clearance, gloss = 0.25, float(rng.uniform(0.1, 0.7))
    hull = _vector(width, (waist - clearance) / 2, length / 2)
    shapes = [Shape(Cube(), place(0, (waist + clearance) / 2, 0), hull, body, rotation, gloss)]
    rise = rng.uniform(0.5, 0.65)
    cabin = _vector(width * 0.92, rise / 2, length * rng.uniform(0.22, 0.36))
    shift = rng.uniform(-0.12, 0.05) * length
    if not van:
        shapes.append(
            Shape(Cube(), place(0, waist + rise / 2, shift), cabin, glass, rotation, gloss)
        )
        lid = cabin * _vector(0.98, 0.1, 0.9)
        shapes.append(Shape(Cube(), place(0, waist + rise, shift), lid, body, rotation, gloss))
    else:
        pane = _vector(width * 0.85, 0.28, length / 2 + 0.01)
        shapes.append(Shape(Cube(), place(0, waist - 0.45, 0), pane, glass, rotation, gloss))
    for right in (-1, 1):
        for ahead in (-0.31, 0.31):
            centre = place(right * (width - 0.08), 0.31, ahead * length)
            wheel = turn(yaw, 0, np.pi / 2)
            shapes.append(Shape(Frustum(), centre, _vector(0.31, 0.1, 0.31), tyre, wheel))
    for right in (-1, 1):  # lamps at the near end
        lamp = Texture(np.full((2, 2, 3), (0.5, 0.04, 0.03), np.float32), (1, 1))
        size = _vector(0.13, 0.08, 0.01)
        centre = place(right * (width - 0.2), waist - 0.15, -length / 2)
        shapes.append(Shape(Cube(), centre, size, lamp, rotation))
    return shapes


def _traffic(rng: np.random.Generator, half: float) -> list[Shape]:
    """Vehicles on the road."""
    shapes: list[Shape] = []
    z = rng.uniform(5, 30)
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        shapes += _vehicle(rng, rng.uniform(-0.55, 0.55) * half, z, rng.normal(0, 0.08))
        z += rng.uniform(7, 30)
    return shapes


def _people(rng: np.random.Generator, materials: Materials, half: float) -> list[Shape]:
    """Subjects cut out of photos: people, animals, things, standing on the ground."""
    shapes = []
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        foot = _vector(rng.uniform(-1.6, 1.6) * half, 0, rng.uniform(4, 28))
        shapes.append(standing_cutout(rng, materials, foot, rng.uniform(0.8, 2.0)))
    return shapes
