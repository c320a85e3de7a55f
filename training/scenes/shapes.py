"""Shapes that rays meet, each a canonical body under rotation, scaling and translation.

World axes: x right, y down, z ahead, metres. A ray is origin + t × direction; whole images of rays
are intersected at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.scenes.textures import Texture

Array = NDArray[np.float32]
_NEAR = 1e-3


class Thing(Protocol):
    """What a scene is made of; see `Shape`."""

    @property
    def gloss(self) -> float:
        """0 = matt … 1 = shiny."""

    @property
    def casts(self) -> bool:
        """Whether it throws a shadow."""

    def meet(self, origin: Array, direction: Array) -> Array:
        """First t > 0 of each ray (…×3 both); inf where it misses."""

    def surface(self, point: Array, direction: Array) -> tuple[Array, Array]:
        """Unit normals and linear colours (N×3 each) at world points N×3 on the surface, seen
        along `direction` (N×3).
        """

    def corners(self) -> Array:
        """The corners of its bounding box, 8×3."""


class Body(Protocol):
    """A canonical body within the cube [-1, 1]³."""

    def meet(self, origin: Array, direction: Array) -> Array:
        """First t > 0 of each ray (…×3 both); inf where it misses."""

    def normal(self, point: Array) -> Array:
        """Outward normals at surface points, N×3, not normalised."""

    def uv(self, point: Array, size: Array) -> Array:
        """Texture coordinates N×2 in metres at surface points, given the half extents `size`."""


@dataclass(frozen=True)
class Sheet:
    """The square |x|, |y| ≤ 1 at z = 0; with `alpha` (H×W, 0–1) only where that is opaque."""

    alpha: Array | None = None

    def meet(self, origin: Array, direction: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            t = -origin[..., 2] / direction[..., 2]
        x = origin[..., 0] + t * direction[..., 0]
        y = origin[..., 1] + t * direction[..., 1]
        hit = (t > _NEAR) & (np.abs(x) <= 1) & (np.abs(y) <= 1)
        if self.alpha is not None:
            height, width = self.alpha.shape
            column = np.where(hit, (x + 1) / 2 * (width - 1), 0).astype(np.intp)
            row = np.where(hit, (y + 1) / 2 * (height - 1), 0).astype(np.intp)
            hit &= self.alpha[row, column] > 0.5
        return np.where(hit, t, np.inf)

    def normal(self, point: Array) -> Array:
        return np.broadcast_to(np.array([0, 0, -1], np.float32), point.shape)

    def uv(self, point: Array, size: Array) -> Array:
        return (point[:, :2] + 1) * size[:2]


@dataclass(frozen=True)
class Cube:
    """[-1, 1]³."""

    def meet(self, origin: Array, direction: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            a, b = (-1 - origin) / direction, (1 - origin) / direction
        enter = np.minimum(a, b).max(axis=-1)
        leave = np.maximum(a, b).min(axis=-1)
        return np.where((leave > enter) & (enter > _NEAR), enter, np.inf)

    def normal(self, point: Array) -> Array:
        largest = np.abs(point).max(axis=1, keepdims=True)
        return np.sign(point) * (np.abs(point) >= largest - 1e-4)

    def uv(self, point: Array, size: Array) -> Array:
        face = np.abs(point).argmax(axis=1)
        metric = (point + 1) * size
        across = np.where(face == 0, metric[:, 2], metric[:, 0])
        down = np.where(face == 1, metric[:, 2], metric[:, 1])
        return np.stack([across, down], axis=1)


@dataclass(frozen=True)
class Ball:
    """The unit sphere."""

    def meet(self, origin: Array, direction: Array) -> Array:
        return _nearest_root(
            (direction**2).sum(axis=-1),
            (origin * direction).sum(axis=-1),
            (origin**2).sum(axis=-1) - 1,
        )

    def normal(self, point: Array) -> Array:
        return point

    def uv(self, point: Array, size: Array) -> Array:
        angle = np.arctan2(point[:, 0], -point[:, 2])
        return np.stack([(angle + np.pi) * size[0], (point[:, 1] + 1) * size[1]], axis=1)


@dataclass(frozen=True)
class Frustum:
    """A capped cone about the y axis from y = -1 (top, radius `top`) to y = 1 (radius `bottom`)."""

    top: float = 1.0
    bottom: float = 1.0

    def meet(self, origin: Array, direction: Array) -> Array:
        slope = (self.bottom - self.top) / 2
        middle = (self.bottom + self.top) / 2
        radius = middle + slope * origin[..., 1]
        change = slope * direction[..., 1]
        a = direction[..., 0] ** 2 + direction[..., 2] ** 2 - change**2
        b = (
            origin[..., 0] * direction[..., 0]
            + origin[..., 2] * direction[..., 2]
            - radius * change
        )
        c = origin[..., 0] ** 2 + origin[..., 2] ** 2 - radius**2
        t = _nearest_root(a, b, c)
        with np.errstate(invalid="ignore"):
            side = np.abs(origin[..., 1] + t * direction[..., 1]) <= 1
        t = np.where(side, t, np.inf)
        for y, limit in ((-1.0, self.top), (1.0, self.bottom)):
            with np.errstate(divide="ignore", invalid="ignore"):
                cap = (y - origin[..., 1]) / direction[..., 1]
                x = origin[..., 0] + cap * direction[..., 0]
                z = origin[..., 2] + cap * direction[..., 2]
                hit = (cap > _NEAR) & (x**2 + z**2 <= limit**2)
            t = np.where(hit & (cap < t), cap, t)
        return t

    def normal(self, point: Array) -> Array:
        cap = np.abs(point[:, 1]) > 1 - 1e-3
        side = point * np.array([1, 0, 1], np.float32)
        side[:, 1] = -(self.bottom - self.top) / 2 * np.hypot(point[:, 0], point[:, 2])
        lid = np.zeros_like(point)
        lid[:, 1] = np.sign(point[:, 1])
        return np.where(cap[:, None], lid, side)

    def uv(self, point: Array, size: Array) -> Array:
        angle = np.arctan2(point[:, 0], -point[:, 2])
        return np.stack([(angle + np.pi) * size[0], (point[:, 1] + 1) * size[1]], axis=1)


def _nearest_root(a: Array, b: Array, c: Array) -> Array:
    """Smallest positive t with a t² + 2 b t + c = 0."""
    square = b * b - a * c
    root = np.sqrt(np.maximum(square, 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (-b - root) / a, (-b + root) / a
    low, high = np.minimum(low, high), np.maximum(low, high)
    t = np.where(low > _NEAR, low, high)
    return np.where((square > 0) & (t > _NEAR), t, np.inf)


@dataclass(frozen=True)
class Shape:
    """A body in the world.

    Attributes:
        body: the canonical body.
        centre: 3, world.
        size: 3, half extents along its own axes.
        texture: its surface.
        rotation: 3×3, columns are its axes in the world.
        gloss: 0 = matt … 1 = shiny.
        casts: whether it throws a shadow.
    """

    body: Body
    centre: Array
    size: Array
    texture: Texture
    rotation: Array = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    gloss: float = 0.0
    casts: bool = True

    def meet(self, origin: Array, direction: Array) -> Array:
        """First t > 0 of each ray (…×3 both); inf where it misses."""
        local_origin = ((origin - self.centre) @ self.rotation) / self.size
        local_direction = (direction @ self.rotation) / self.size
        return self.body.meet(local_origin, local_direction)

    def surface(self, point: Array, direction: Array) -> tuple[Array, Array]:  # noqa: ARG002
        """Unit normals and linear colours (N×3 each) at world points N×3 on the surface; they
        are the same whatever the direction they are seen along.
        """
        local = ((point - self.centre) @ self.rotation) / self.size
        normal = (self.body.normal(local) / self.size) @ self.rotation.T
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        return normal, self.texture.sample(self.body.uv(local, self.size))

    def corners(self) -> Array:
        """The corners of its bounding box, 8×3."""
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, 8).T
        return (signs * self.size) @ self.rotation.T + self.centre


def turn(yaw: float = 0.0, pitch: float = 0.0, roll: float = 0.0) -> Array:
    """Rotation by `yaw` about y (down), then `pitch` about x, then `roll` about z; radians."""
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return (about_y @ about_x @ about_z).astype(np.float32)
