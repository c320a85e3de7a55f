"""Export of a scene as binary glTF 2.0: one unlit, textured mesh per layer, soft edges by alpha."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray

from amena.engine.mesh import TexturedMesh, build_meshes
from amena.engine.types import LayeredDepthImage

#: Grid lines kept: every k-th, chosen so that a mesh has at most about this many cells a side.
_CELLS_A_SIDE = 160
#: Each nearer layer is moved towards the camera by this share, along the line of sight: it looks
#: the same from the photo's place and wins the depth test where two sheets coincide.
_LAYER_GAP = 1e-3


def write_glb(image: LayeredDepthImage, path: Path) -> None:
    """Write the layers as a GLB file that needs no other file and no light.

    Coordinates: y up, the photo's camera at the origin looking along −z; the scene lies between 1
    and 5 units away, the photo's long side spanning one unit at distance 1.

    Args:
        image: the layers.
        path: the file to write.
    """
    longest = max(image.layers[0].disparity.shape)
    every = max(1, round(longest / (4 * _CELLS_A_SIDE)))
    document = _Document(image.photo_size)
    for index, mesh in enumerate(build_meshes(image, every)):
        if len(mesh.triangles):
            document.add_layer(mesh, f"layer-{index}", 1 - _LAYER_GAP * index)
    document.save(path)


class _Document:
    """A glTF document under construction, with its one binary buffer."""

    def __init__(self, photo_size: tuple[int, int]) -> None:
        self._blob = bytearray()
        width, height = photo_size
        yfov = 2 * math.atan(height / max(photo_size) / 2)
        self._gltf = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator="Amena"),
            extensionsUsed=["KHR_materials_unlit"],
            scene=0,
            scenes=[gltf.Scene(nodes=[])],
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
                        aspectRatio=width / height, yfov=yfov, znear=0.1, zfar=20
                    ),
                )
            ],
        )
        self._add_node(gltf.Node(name="photo-camera", camera=0))

    def add_layer(self, mesh: TexturedMesh, name: str, scale: float) -> None:
        """Append one layer as node, mesh, material and texture."""
        used, triangles = np.unique(mesh.triangles, return_inverse=True)
        u, v, q = mesh.points[used].T
        position = scale * np.stack([u / q, -v / q, -1 / q], axis=1)
        attributes = gltf.Attributes(
            POSITION=self._accessor(position.astype(np.float32), gltf.VEC3, bounds=True),
            TEXCOORD_0=self._accessor(mesh.uv[used], gltf.VEC2),
        )
        indices = self._indices(triangles.reshape(-1), len(used))
        primitive = gltf.Primitive(
            attributes=attributes, indices=indices, material=self._material(mesh, name)
        )
        self._gltf.meshes.append(gltf.Mesh(name=name, primitives=[primitive]))
        self._add_node(gltf.Node(name=name, mesh=len(self._gltf.meshes) - 1))

    def save(self, path: Path) -> None:
        """Write the file."""
        self._gltf.buffers = [gltf.Buffer(byteLength=len(self._blob))]
        self._gltf.set_binary_blob(bytes(self._blob))
        path.write_bytes(b"".join(self._gltf.save_to_bytes()))

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

    def _accessor(self, values: NDArray[np.float32], kind: str, *, bounds: bool = False) -> int:
        accessor = gltf.Accessor(
            bufferView=self._view(np.ascontiguousarray(values).tobytes(), gltf.ARRAY_BUFFER),
            componentType=gltf.FLOAT,
            count=len(values),
            type=kind,
        )
        if bounds:
            accessor.min = [float(x) for x in values.min(axis=0)]
            accessor.max = [float(x) for x in values.max(axis=0)]
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

    def _material(self, mesh: TexturedMesh, name: str) -> int:
        data, mime = _encode_texture(mesh)
        self._gltf.images.append(gltf.Image(name=name, bufferView=self._view(data), mimeType=mime))
        self._gltf.textures.append(gltf.Texture(source=len(self._gltf.images) - 1, sampler=0))
        texture = gltf.TextureInfo(index=len(self._gltf.textures) - 1)
        material = gltf.Material(
            name=name,
            pbrMetallicRoughness=gltf.PbrMetallicRoughness(
                baseColorTexture=texture, metallicFactor=0.0, roughnessFactor=1.0
            ),
            alphaMode=gltf.OPAQUE if mesh.alpha is None else gltf.BLEND,
            alphaCutoff=None,
            doubleSided=True,
            extensions={"KHR_materials_unlit": {}},
        )
        self._gltf.materials.append(material)
        return len(self._gltf.materials) - 1


def _encode_texture(mesh: TexturedMesh) -> tuple[bytes, str]:
    """JPEG for an opaque sheet; PNG for one with alpha, its unseen parts blank to keep it small."""
    bgr = cv2.cvtColor(mesh.rgb, cv2.COLOR_RGB2BGR)
    if mesh.alpha is None:
        return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes(), "image/jpeg"
    # Colour reaches a few pixels beyond the alpha, so that mipmaps do not bleed black into the rim.
    seen = cv2.dilate((mesh.alpha > 0).astype(np.uint8), np.ones((17, 17), np.uint8))
    bgra = np.dstack([bgr * seen[..., None], mesh.alpha])
    return cv2.imencode(".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, 4])[1].tobytes(), "image/png"
