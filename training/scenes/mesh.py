"""Triangle meshes in a scene: leaves, terrain, cloth and models that no simple body can stand for.

Rays meet them by Embree (Wald et al. 2014), through the package `embreex`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from numpy.typing import NDArray

from training.scenes.shapes import Array
from training.scenes.textures import Texture

_STEP = 1e-3  # of a ray back from a surface point, to meet the surface again


@dataclass(frozen=True)
class Mesh:
    """Triangles with a colour for every corner.

    Attributes:
        corners: float32 F×3×3, metres.
        colours: float32 F×3×3, linear light, 0–1: of every triangle's corners.
        normals: float32 F×3×3, of every triangle's corners; None = flat triangles.
    """

    corners: Array
    colours: Array
    normals: Array | None = None

    @cached_property
    def _embree(self) -> EmbreeScene:
        scene = EmbreeScene()
        TriangleMesh(scene, np.ascontiguousarray(self.corners, np.float32))
        return scene

    @cached_property
    def bounds(self) -> Array:
        """The lowest and the highest coordinates, 2×3."""
        points = self.corners.reshape(-1, 3)
        return np.stack([points.min(axis=0), points.max(axis=0)])

    def meet(self, origin: Array, direction: Array) -> dict[str, NDArray[Any]]:
        """Embree's answer for N rays (N×3 both): `primID` (−1 = miss), `tfar`, `u`, `v`."""
        answer: dict[str, NDArray[Any]] = self._embree.run(
            np.ascontiguousarray(origin, np.float32),
            np.ascontiguousarray(direction, np.float32),
            output=True,
        )
        return answer


@dataclass(frozen=True)
class Model:
    """A mesh in the world, used like a `Shape`.

    Attributes:
        mesh: in its own axes (x right, y down, z ahead).
        centre: 3, world, where the mesh's origin lies.
        scale: 3, factors along the mesh's axes.
        rotation: 3×3, columns are the mesh's axes in the world.
        texture: multiplies the colours, laid over the world from three sides; None = none.
        gloss: 0 = matt … 1 = shiny.
        casts: whether it throws a shadow.
    """

    mesh: Mesh
    centre: Array
    scale: Array
    rotation: Array = field(default_factory=lambda: np.eye(3, dtype=np.float32))
    texture: Texture | None = None
    gloss: float = 0.0
    casts: bool = True

    def _local(self, origin: Array, direction: Array) -> tuple[Array, Array]:
        return (
            ((origin - self.centre) @ self.rotation) / self.scale,
            (direction @ self.rotation) / self.scale,
        )

    def meet(self, origin: Array, direction: Array) -> Array:
        """First t > 0 of each ray (…×3 both); inf where it misses."""
        local_origin, local_direction = self._local(origin, direction)
        shape = np.broadcast_shapes(origin.shape, direction.shape)
        if 0 in shape:
            return np.full(shape[:-1], np.inf, np.float32)
        starts, rays = (
            np.broadcast_to(each, shape).reshape(-1, 3) for each in (local_origin, local_direction)
        )
        answer = self.mesh.meet(starts, rays)
        t = np.where(answer["primID"] >= 0, answer["tfar"], np.inf)
        return np.asarray(t.reshape(shape[:-1]), np.float32)

    def surface(self, point: Array, direction: Array) -> tuple[Array, Array]:
        """Unit normals and linear colours (N×3 each) at points on the surface, seen along
        `direction` (all N×3).
        """
        back = point - _STEP * direction * np.linalg.norm(point, axis=1, keepdims=True)
        answer = self.mesh.meet(*self._local(back, direction))
        triangle = np.maximum(answer["primID"], 0)
        u, v = answer["u"][:, None], answer["v"][:, None]

        def blend(values: Array) -> Array:
            a, b, c = np.moveaxis(values[triangle], 1, 0)
            return np.asarray(a * (1 - u - v) + b * u + c * v, np.float32)

        if self.mesh.normals is None:
            a, b, c = np.moveaxis(self.mesh.corners[triangle], 1, 0)
            normal = np.cross(b - a, c - a)
        else:
            normal = blend(self.mesh.normals)
        normal = (normal / self.scale) @ self.rotation.T
        normal = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        colour = blend(self.mesh.colours)
        if self.texture is not None:
            colour = colour * _from_three_sides(self.texture, point, normal)
        return normal.astype(np.float32), colour

    def corners(self) -> Array:
        """The corners of its bounding box, 8×3."""
        box = np.array(np.meshgrid(*self.mesh.bounds.T)).reshape(3, 8).T
        return np.asarray((box * self.scale) @ self.rotation.T + self.centre, np.float32)


def _from_three_sides(texture: Texture, point: Array, normal: Array) -> Array:
    """The texture projected along the axis that the surface faces most, over twice its mean."""
    axis = np.abs(normal).argmax(axis=1)
    across = np.where(axis == 0, point[:, 2], point[:, 0])
    down = np.where(axis == 1, point[:, 2], point[:, 1])
    colour = texture.sample(np.stack([across, down], axis=1))
    mean = max(float(texture.picture.mean()), 0.02)
    return np.asarray(np.minimum(colour / mean, 3.0), np.float32)


def join(meshes: list[Mesh]) -> Mesh:
    """One mesh of many; all must have normals, or none."""
    normals = [mesh.normals for mesh in meshes if mesh.normals is not None]
    return Mesh(
        np.concatenate([mesh.corners for mesh in meshes]),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate(normals) if len(normals) == len(meshes) else None,
    )


def grid(points: Array, colours: Array) -> Mesh:
    """A smooth surface through a grid of points, R×C×3 both."""
    step_down, step_across = np.gradient(points, axis=(0, 1))
    normals = np.cross(step_across, step_down)

    def triangles(values: Array) -> Array:
        a, b = values[:-1, :-1], values[:-1, 1:]
        c, d = values[1:, :-1], values[1:, 1:]
        both = np.stack([np.stack([a, b, c], axis=2), np.stack([b, d, c], axis=2)], axis=2)
        return np.asarray(both.reshape(-1, 3, 3), np.float32)

    return Mesh(triangles(points), triangles(colours), triangles(normals))


def read_model(path: Path) -> Mesh:
    """A glTF model, standing on the ground (y = 0) about the y axis, one metre in its longest side.

    Raises:
        ValueError: it has no triangles.
    """
    loaded = trimesh.load_scene(path)
    parts = [_coloured(part) for part in loaded.dump() if isinstance(part, trimesh.Trimesh)]
    if not parts:
        raise ValueError(f"{path} has no triangles.")
    whole = join(parts)
    corners = whole.corners * np.array([1, -1, -1], np.float32)  # glTF: y up, z to the viewer
    low, high = corners.reshape(-1, 3).min(axis=0), corners.reshape(-1, 3).max(axis=0)
    foot = np.array([(low[0] + high[0]) / 2, high[1], (low[2] + high[2]) / 2], np.float32)
    return Mesh((corners - foot) / max(float((high - low).max()), 1e-6), whole.colours)


def _coloured(part: trimesh.Trimesh) -> Mesh:
    """The triangles of one part, each corner with the colour of its vertex."""
    visual = part.visual
    try:
        visual = visual.to_color() if hasattr(visual, "to_color") else visual
        colours = np.asarray(visual.vertex_colors, np.float32)[:, :3] / 255
    except (AttributeError, ValueError, IndexError):  # its texture is missing
        factor = getattr(getattr(visual, "material", None), "baseColorFactor", None)
        plain = (128, 128, 128) if factor is None else factor[:3]
        colours = np.tile(np.asarray(plain, np.float32) / 255, (len(part.vertices), 1))
    linear = colours**2.2
    faces = np.asarray(part.faces)
    return Mesh(np.asarray(part.vertices, np.float32)[faces], linear[faces])
