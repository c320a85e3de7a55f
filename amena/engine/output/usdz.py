"""The scene as USDZ, which iPhones and iPads open by themselves (Apple's AR Quick Look)."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.geometry.camera import Q_FAR
from amena.engine.geometry.grid import grid_step
from amena.engine.scene.mesh import TexturedMesh, build_meshes, cropped_texture
from amena.engine.types import ByteImage, FloatImage, LayeredDepthImage

#: Metres that the photo's long side spans, and how far the farthest lies behind the nearest as a
#: share of that. The photo's true depth would be a wedge metres deep, which stands on no table.
_SPAN, _RELIEF = 0.5, 1 / 3
#: Cells along a mesh's longer side at most.
_CELLS: Final = 120
#: Long side of a texture in pixels at most: what Apple recommends for phones.
_LONGEST_TEXTURE: Final = 2048
#: Each nearer layer is moved towards the viewer by this share.
_LAYER_GAP: Final = 2e-3
#: Contents of a USDZ start at multiples of this, so that they can be mapped into memory.
_ALIGNED: Final = 64

_MATERIAL: Final = """
        def Material "{name}"
        {{
            token outputs:surface.connect = </Photo/Materials/{name}/surface.outputs:surface>
            def Shader "surface"
            {{
                uniform token info:id = "UsdPreviewSurface"
                color3f inputs:diffuseColor{diffuse}
                color3f inputs:emissiveColor.connect = </Photo/Materials/{name}/colour.outputs:rgb>
                float inputs:roughness = 1
                token outputs:surface
            }}
            def Shader "places"
            {{
                uniform token info:id = "UsdPrimvarReader_float2"
                string inputs:varname = "st"
                float2 outputs:result
            }}{textures}
        }}"""
#: What reflects light: nothing. Many readers take opacity from the alpha of a texture of this input
#: and from nowhere else, so where there is any, it has one whose colours are multiplied by zero.
#: Others, Blender among them, lose the alpha of a texture that is multiplied: the input for opacity
#: has the plain one.
_BLACK: Final = " = (0, 0, 0)"
_CUT_OUT: Final = """.connect = </Photo/Materials/{name}/matte.outputs:rgb>
                float inputs:opacity.connect = </Photo/Materials/{name}/colour.outputs:a>"""
_TEXTURE: Final = """
            def Shader "{role}"
            {{
                uniform token info:id = "UsdUVTexture"
                asset inputs:file = @{file}@
                token inputs:sourceColorSpace = "sRGB"
                float2 inputs:st.connect = </Photo/Materials/{name}/places.outputs:result>
                token inputs:wrapS = "clamp"
                token inputs:wrapT = "clamp"
                float4 inputs:scale = {scale}
                float3 outputs:rgb
                float outputs:a
            }}"""
_MESH: Final = """
    def Mesh "{name}" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {{
        uniform bool doubleSided = 1
        float3[] extent = [{extent}]
        int[] faceVertexCounts = [{counts}]
        int[] faceVertexIndices = [{indices}]
        rel material:binding = </Photo/Materials/{name}>
        point3f[] points = [{points}]
        texCoord2f[] primvars:st = [{places}] (
            interpolation = "vertex"
        )
        uniform token subdivisionScheme = "none"
    }}"""
_STAGE: Final = """#usda 1.0
(
    defaultPrim = "Photo"
    metersPerUnit = 1
    upAxis = "Y"
)

def Xform "Photo" (
    kind = "component"
)
{{{meshes}

    def Scope "Materials"
    {{{materials}
    }}
}}
"""


def write_usdz(image: LayeredDepthImage, path: Path) -> None:
    """Write the layers as a USDZ: text (`.usda`) first, then the textures.

    The photo is a relief half a metre wide that stands on the floor, y up, its front at z = 0: from
    half a metre away it looks as it is, and moves as much as a third of its width is deep. Its
    colours glow, so that no light changes them.

    Args:
        image: the layers.
        path: file to write, replaced if it exists.
    """
    longest = max(image.layers[0].disparity.shape)
    every = max(1, round(longest / (grid_step(image.photo_size) * _CELLS)))
    meshes, materials = "", ""
    files: dict[str, bytes] = {}
    shapes = [mesh for mesh in build_meshes(image, every) if len(mesh.triangles)]
    floor = min(_relief(mesh, index)[:, 1].min() for index, mesh in enumerate(shapes))
    for index, mesh in enumerate(shapes):
        name = f"layer{index}"
        used, triangles = np.unique(mesh.triangles, return_inverse=True)
        points = _relief(mesh, index)[used]
        points[:, 1] -= floor
        pixels, places = cropped_texture(mesh, mesh.uv[used])
        meshes += _MESH.format(
            name=name,
            extent=_vectors(np.stack([points.min(axis=0), points.max(axis=0)])),
            counts=", ".join(["3"] * (triangles.size // 3)),
            indices=", ".join(map(str, triangles.reshape(-1).tolist())),
            points=_vectors(points),
            places=_vectors(np.stack([places[:, 0], 1 - places[:, 1]], axis=1)),
        )
        file, content = _texture(pixels, name)
        files[file] = content
        materials += _material(name, file, pixels.shape[2] == 4)
    stage = _STAGE.format(meshes=meshes, materials=materials)
    _write_package({"photo.usda": stage.encode()} | files, path)


def _relief(mesh: TexturedMesh, index: int) -> FloatImage:
    """Where the points of the layer of that number lie, in metres, float32 N×3, y up.

    Planes stay planes, and whoever stands one width before the front sees the photo.
    """
    u, v, q = mesh.points.T
    nearness = (q - Q_FAR) / (1 - Q_FAR)
    far = 1 + _RELIEF
    distance = 1 / (1 / far + (1 - 1 / far) * nearness) * (1 - _LAYER_GAP * index)
    points = np.stack([u * distance, -v * distance, 1 - distance], axis=1)
    return np.asarray(_SPAN * points, np.float32)


def _texture(pixels: ByteImage, name: str) -> tuple[str, bytes]:
    """Name and content of a texture's file: JPEG for RGB, PNG for RGBA."""
    scale = min(1.0, _LONGEST_TEXTURE / max(pixels.shape))
    if scale < 1:
        pixels = np.asarray(
            cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        )
    if pixels.shape[2] == 4:
        bgra = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
        return f"textures/{name}.png", cv2.imencode(".png", bgra)[1].tobytes()
    bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    quality = [cv2.IMWRITE_JPEG_QUALITY, 92]
    return f"textures/{name}.jpg", cv2.imencode(".jpg", bgr, quality)[1].tobytes()


def _material(name: str, file: str, cut_out: bool) -> str:
    roles = {"colour": "(1, 1, 1, 1)"} | ({"matte": "(0, 0, 0, 1)"} if cut_out else {})
    textures = [
        _TEXTURE.format(role=role, file=file, name=name, scale=scale)
        for role, scale in roles.items()
    ]
    diffuse = _CUT_OUT.format(name=name) if cut_out else _BLACK
    return _MATERIAL.format(name=name, diffuse=diffuse, textures="".join(textures))


def _vectors(rows: NDArray[np.float32]) -> str:
    """Rows of numbers as USD writes them, to a hundredth of a millimetre."""
    return ", ".join(f"({', '.join(f'{value:.5g}' for value in row)})" for row in rows.tolist())


def _write_package(files: dict[str, bytes], path: Path) -> None:
    """Write a zip archive as USDZ wants it: nothing compressed, every content aligned."""
    with path.open("wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            start = file.tell() + 30 + len(name) + 4
            padding = -start % _ALIGNED
            # An extra field of an unused number, as Pixar's own writer makes it.
            entry.extra = struct.pack("<HH", 0x1986, padding) + bytes(padding)
            archive.writestr(entry, data)
