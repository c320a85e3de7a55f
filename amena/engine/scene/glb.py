"""Export of a scene as binary glTF 2.0: one unlit, textured mesh per layer, soft edges by alpha."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from amena.engine.geometry.camera import Q_FAR, true_inverse_depth
from amena.engine.geometry.grid import grid_step
from amena.engine.scene.mesh import TexturedMesh, build_meshes, cropped_texture
from amena.engine.types import ByteImage, LayeredDepthImage

#: Grid lines kept: every k-th, chosen so that a mesh has at most about this many cells a side.
_CELLS_A_SIDE = 160
#: Each nearer layer is moved towards the camera by this share, along the line of sight: it looks
#: the same from the photo's place and wins the depth test where two layers coincide.
_LAYER_GAP = 1e-3
#: Bytes that the file of a photo of 960 pixels may have; larger photos in proportion.
_LIMIT = 6_000_000
#: Longest side of a texture that every phone can show.
_LONGEST_TEXTURE = 4096


def write_glb(
    image: LayeredDepthImage, path: Path, metres: tuple[float, float] | None = None
) -> None:
    """Write the layers as a GLB file that needs no other file and no light.

    Coordinates: y up, the photo's camera at the origin looking along −z; the scene lies between 1
    and 5 units away, the photo's long side spanning one unit at distance 1. With `metres` it lies
    where it does in the world, a unit being a metre. The file holds that camera as well, for
    viewers that take it.

    Where a photo's detail would make the file larger than 6 MB (for 960 pixels; in proportion for
    more), its textures are made smaller.

    Args:
        image: the layers.
        path: the file to write.
        metres: true distances of disparity 1 and 0, where they are known.
    """
    longest = max(image.layers[0].disparity.shape)
    every = max(1, round(longest / (grid_step(image.photo_size) * _CELLS_A_SIDE)))
    meshes = build_meshes(image, every)
    limit = _LIMIT * max(960, *image.photo_size) / 960
    scale = min(1.0, _LONGEST_TEXTURE / longest)
    data = _encode(image, meshes, scale, metres)
    while len(data) > limit:
        scale *= 0.85
        data = _encode(image, meshes, scale, metres)
    path.write_bytes(data)


def _encode(
    image: LayeredDepthImage,
    meshes: list[TexturedMesh],
    scale: float,
    metres: tuple[float, float] | None,
) -> bytes:
    document = _Document(image.photo_size, scale, metres)
    for index, mesh in enumerate(meshes):
        if len(mesh.triangles):
            document.add_layer(mesh, f"layer-{index}", 1 - _LAYER_GAP * index)
    return document.to_bytes()


class _Document:
    """A glTF document under construction, with its one binary buffer."""

    def __init__(
        self,
        photo_size: tuple[int, int],
        texture_scale: float,
        metres: tuple[float, float] | None,
    ) -> None:
        self._blob = bytearray()
        self._metres = metres
        near, far = metres or (1.0, 5.0)
        # Our own viewer moves in units of the engine's space, and finds the way back by these.
        extras = {} if metres is None else {"near": near, "far": far}
        self._texture_scale = texture_scale
        width, height = photo_size
        yfov = 2 * math.atan(height / max(photo_size) / 2)
        self._gltf = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator="Amena"),
            extensionsUsed=["KHR_materials_unlit"],
            scene=0,
            scenes=[gltf.Scene(nodes=[], extras=extras)],
            samplers=[
                gltf.Sampler(
                    magFilter=gltf.LINEAR,
                    minFilter=gltf.LINEAR_MIPMAP_LINEAR,
                    wrapS=gltf.CLAMP_TO_EDGE,
                    wrapT=gltf.CLAMP_TO_EDGE,
                )
            ],
            cameras=[
                gltf.Camera(
                    type="perspective",
                    perspective=gltf.Perspective(
                        aspectRatio=width / height, yfov=yfov, znear=near / 10, zfar=4 * far
                    ),
                )
            ],
        )
        self._add_node(gltf.Node(name="photo-camera", camera=0))

    def add_layer(self, mesh: TexturedMesh, name: str, scale: float) -> None:
        """Append one layer as node, mesh, material and texture."""
        used, triangles = np.unique(mesh.triangles, return_inverse=True)
        u, v, q = mesh.points[used].T
        if self._metres:
            q = true_inverse_depth((q - Q_FAR) / (1 - Q_FAR), self._metres)
        position = scale * np.stack([u / q, -v / q, -1 / q], axis=1)
        texture, uv = cropped_texture(mesh, mesh.uv[used])
        attributes = gltf.Attributes(
            POSITION=self._accessor(position.astype(np.float32), gltf.FLOAT, gltf.VEC3),
            TEXCOORD_0=self._accessor(
                np.round(uv * 65535).astype(np.uint16), gltf.UNSIGNED_SHORT, gltf.VEC2
            ),
        )
        indices = self._indices(triangles.reshape(-1), len(used))
        primitive = gltf.Primitive(
            attributes=attributes, indices=indices, material=self._material(texture, name)
        )
        self._gltf.meshes.append(gltf.Mesh(name=name, primitives=[primitive]))
        self._add_node(gltf.Node(name=name, mesh=len(self._gltf.meshes) - 1))

    def to_bytes(self) -> bytes:
        """The file's content."""
        self._gltf.buffers = [gltf.Buffer(byteLength=len(self._blob))]
        self._gltf.set_binary_blob(bytes(self._blob))
        return b"".join(self._gltf.save_to_bytes())

    def _add_node(self, node: gltf.Node) -> None:
        self._gltf.nodes.append(node)
        self._gltf.scenes[0].nodes.append(len(self._gltf.nodes) - 1)

    def _view(self, data: bytes, target: int | None = None) -> int:
        self._blob.extend(b"\0" * (-len(self._blob) % 4))
        view = gltf.BufferView(
            buffer=0, byteOffset=len(self._blob), byteLength=len(data), target=target
        )
        self._blob.extend(data)
        self._gltf.bufferViews.append(view)
        return len(self._gltf.bufferViews) - 1

    def _accessor(self, values: NDArray[Any], component: int, kind: str) -> int:
        accessor = gltf.Accessor(
            bufferView=self._view(np.ascontiguousarray(values).tobytes(), gltf.ARRAY_BUFFER),
            componentType=component,
            count=len(values),
            type=kind,
        )
        if component == gltf.FLOAT:  # positions, whose bounds must be stated
            accessor.min = [float(x) for x in values.min(axis=0)]
            accessor.max = [float(x) for x in values.max(axis=0)]
        else:
            accessor.normalized = True
        self._gltf.accessors.append(accessor)
        return len(self._gltf.accessors) - 1

    def _indices(self, values: NDArray[np.intp], vertices: int) -> int:
        # The highest index of a type is reserved for primitive restart.
        small = vertices < 2**16
        data = values.astype(np.uint16 if small else np.uint32)
        self._gltf.accessors.append(
            gltf.Accessor(
                bufferView=self._view(data.tobytes(), gltf.ELEMENT_ARRAY_BUFFER),
                componentType=gltf.UNSIGNED_SHORT if small else gltf.UNSIGNED_INT,
                count=len(data),
                type=gltf.SCALAR,
            )
        )
        return len(self._gltf.accessors) - 1

    def _material(self, pixels: ByteImage, name: str) -> int:
        data, mime = _encode_texture(pixels, self._texture_scale)
        self._gltf.images.append(gltf.Image(name=name, bufferView=self._view(data), mimeType=mime))
        self._gltf.textures.append(gltf.Texture(source=len(self._gltf.images) - 1, sampler=0))
        texture = gltf.TextureInfo(index=len(self._gltf.textures) - 1)
        material = gltf.Material(
            name=name,
            pbrMetallicRoughness=gltf.PbrMetallicRoughness(
                baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=1.0
            ),
            alphaMode=gltf.OPAQUE if pixels.shape[2] == 3 else gltf.BLEND,
            alphaCutoff=None,
            doubleSided=True,
            extensions={"KHR_materials_unlit": {}},
        )
        self._gltf.materials.append(material)
        return len(self._gltf.materials) - 1


def _encode_texture(pixels: ByteImage, scale: float) -> tuple[bytes, str]:
    """JPEG for RGB, PNG for RGBA, with the MIME type."""
    if scale < 1:
        pixels = np.asarray(
            cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
    if pixels.shape[2] == 3:
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes(), "image/jpeg"
    bgra = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
    return cv2.imencode(".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, 4])[1].tobytes(), "image/png"
