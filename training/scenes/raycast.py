"""A small ray caster: shapes, one light with soft shadows, depth without error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.shapes import Array, Thing

_SHADOW_STEP = 2  # shadows are cast for every second pixel and smoothed


@dataclass(frozen=True)
class Camera:
    """A pinhole camera.

    Attributes:
        position: 3, world (x right, y down, z ahead).
        rotation: 3×3, columns are the camera's axes in the world.
        focal: focal length over the picture's width.
        shape: (rows, columns).
    """

    position: Array
    rotation: Array
    focal: float
    shape: tuple[int, int]

    def rays(self) -> Array:
        """Directions H×W×3 whose t is the depth along the optical axis."""
        rows, columns = self.shape
        x = (np.arange(columns, dtype=np.float32) + 0.5 - columns / 2) / (self.focal * columns)
        y = (np.arange(rows, dtype=np.float32) + 0.5 - rows / 2) / (self.focal * columns)
        local = np.stack([*np.meshgrid(x, y), np.ones(self.shape, np.float32)], axis=-1)
        return (local @ self.rotation.T).astype(np.float32)

    def window(self, points: Array) -> tuple[slice, slice] | None:
        """The part of the picture that the hull of `points` (N×3) may cover; None = nothing."""
        rows, columns = self.shape
        local = (points - self.position) @ self.rotation
        if (local[:, 2] <= 0.05).all():
            return None
        if (local[:, 2] <= 0.05).any():
            return slice(0, rows), slice(0, columns)
        x = local[:, 0] / local[:, 2] * self.focal * columns + columns / 2
        y = local[:, 1] / local[:, 2] * self.focal * columns + rows / 2
        top, bottom = max(0, int(y.min()) - 1), min(rows, int(y.max()) + 2)
        left, right = max(0, int(x.min()) - 1), min(columns, int(x.max()) + 2)
        return (slice(top, bottom), slice(left, right)) if top < bottom and left < right else None


@dataclass(frozen=True)
class Light:
    """What shines on a scene.

    Attributes:
        direction: unit vector towards the sun or lamp.
        strength: of the direct light, 0–1; the rest is the sky's.
        softness: spread of the light's direction; 0 = hard shadows.
    """

    direction: Array
    strength: float
    softness: float


@dataclass(frozen=True)
class Scene:
    """Shapes before a camera; `sky` (H×W×3, linear) shows where no shape is."""

    camera: Camera
    shapes: Sequence[Thing]
    light: Light
    sky: Array
    haze: float = 0.0  # share of the sky's colour that the air adds per 100 m


def trace(scene: Scene, rng: np.random.Generator) -> tuple[Array, Array]:
    """Linear light (float32 H×W×3) and depth (float32 H×W, m; infinite = sky)."""
    rays = scene.camera.rays()
    depth = np.full(scene.camera.shape, np.inf, np.float32)
    owner = np.full(scene.camera.shape, -1, np.int32)
    for index, shape in enumerate(scene.shapes):
        window = scene.camera.window(shape.corners())
        if window is None:
            continue
        t = shape.meet(scene.camera.position, rays[window]).astype(np.float32)
        nearer = t < depth[window]
        depth[window][nearer] = t[nearer]
        owner[window][nearer] = index
    return _shade(scene, rays, depth, owner, rng), depth


def render(scene: Scene, rng: np.random.Generator) -> tuple[NDArray[np.uint8], Array]:
    """The photo (uint8 H×W×3, sRGB) and inverse depth (float32 H×W, 1/m; 0 = sky)."""
    colour, depth = trace(scene, rng)
    inverse = np.where(np.isfinite(depth), 1 / depth, 0).astype(np.float32)
    exposure = rng.uniform(0.35, 0.6) / max(float(np.percentile(colour, 80)), 0.02)
    picture = (colour * min(exposure, 4.0)).clip(0, 1) ** (1 / 2.2) * 255
    return cv2.GaussianBlur(picture, (0, 0), 0.55).astype(np.uint8), inverse


def _shade(
    scene: Scene, rays: Array, depth: Array, owner: NDArray[np.int32], rng: np.random.Generator
) -> Array:
    hit = owner >= 0
    points = scene.camera.position + rays * np.where(hit, depth, 0)[..., None]
    normals = np.zeros_like(rays)
    colour = scene.sky.astype(np.float32).copy()
    gloss = np.zeros(owner.shape, np.float32)
    for index in np.unique(owner[hit]):
        own = owner == index
        normals[own], colour[own] = scene.shapes[index].surface(points[own], rays[own])
        gloss[own] = scene.shapes[index].gloss
    facing = (normals * rays).sum(axis=-1, keepdims=True)
    normals = np.where(facing > 0, -normals, normals)
    light = scene.light
    lit = _shadow(scene, points, normals, hit, rng) if light.strength > 0.1 else np.ones_like(depth)
    lambert = np.maximum((normals * light.direction).sum(axis=-1), 0) * lit
    ambient = 0.6 - 0.4 * normals[..., 1]  # more light from above
    shade = light.strength * lambert * 1.6 + (1 - light.strength) * ambient
    view = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    half = light.direction - view
    half = half / np.linalg.norm(half, axis=-1, keepdims=True)
    glint = np.maximum((normals * half).sum(axis=-1), 0) ** 40 * gloss * lit
    shaded = colour * shade[..., None] + glint[..., None]
    if scene.haze > 0:
        air = 1 - np.exp(-scene.haze * np.where(hit, depth, 0) / 100)[..., None]
        shaded = shaded * (1 - air) + scene.sky.mean(axis=(0, 1)) * air
    return np.where(hit[..., None], shaded, colour).astype(np.float32)


def _shadow(
    scene: Scene, points: Array, normals: Array, hit: NDArray[np.bool_], rng: np.random.Generator
) -> Array:
    """Share of direct light that arrives, H×W in [0, 1]."""
    coarse = np.s_[::_SHADOW_STEP, ::_SHADOW_STEP]
    origin = points[coarse] + 4e-3 * normals[coarse]
    spread = rng.standard_normal(origin.shape).astype(np.float32) * scene.light.softness
    direction = scene.light.direction + spread
    lit = np.ones(origin.shape[:2], np.float32)
    inside = hit[coarse] & ((normals[coarse] * scene.light.direction).sum(axis=-1) > 0)
    origins, directions = origin[inside], direction[inside]
    open_sky = np.ones(len(origins), bool)
    for shape in scene.shapes:
        if shape.casts:
            left = np.nonzero(open_sky)[0]
            blocked = np.isfinite(shape.meet(origins[left], directions[left]))
            open_sky[left[blocked]] = False
    lit[inside] = open_sky
    lit = cv2.blur(lit, (3, 3)) if scene.light.softness < 0.05 else cv2.GaussianBlur(lit, (0, 0), 2)
    return cv2.resize(lit, points.shape[1::-1], interpolation=cv2.INTER_LINEAR)
