"""A scene: all that later renders of the same photo need, and its one-file format.

The file is a ZIP archive (stored, since its members are compressed already) of a manifest and PNG
images. Disparities are 16-bit. A scene is quantised when it is built, so what a saved scene renders
is the same, pixel for pixel, as what the first render gave.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.errors import EngineError
from amena.engine.types import ByteImage, Disparity, FloatImage, Layer, LayeredDepthImage

FORMAT = "amena-scene"
VERSION = 1


@dataclass(frozen=True)
class Scene:
    """What a render needs.

    Attributes:
        layers: the layered depth image.
        disparity: the sharpened disparity of the photo, in [0, 1].
        amplitude: the largest amplitude that the layers were built for.
        budget: the amplitude that `auto` takes.
        focus: the disparity that `auto` focuses on.
        original_size: (width, height) of the picture in the uploaded file.
    """

    layers: LayeredDepthImage
    disparity: Disparity
    amplitude: float
    budget: float
    focus: float
    original_size: tuple[int, int]

    def quantised(self) -> Scene:
        """The scene as it will be after saving and loading."""
        layers = tuple(
            replace(layer, disparity=_to_float(_to_16_bit(layer.disparity)))
            for layer in self.layers.layers
        )
        values = _to_float(_to_16_bit(self.disparity.values))
        return replace(
            self,
            layers=replace(self.layers, layers=layers),
            disparity=replace(self.disparity, values=values),
        )


def save_scene(scene: Scene, path: Path) -> None:
    """Write the scene to one file."""
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "layers": len(scene.layers.layers),
        "margin": scene.layers.margin,
        "photo_size": scene.layers.photo_size,
        "original_size": scene.original_size,
        "depth_source": scene.disparity.source,
        "amplitude": scene.amplitude,
        "budget": scene.budget,
        "focus": scene.focus,
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("scene.json", json.dumps(manifest))
        archive.writestr("disparity.png", _png(_to_16_bit(scene.disparity.values)))
        archive.writestr("disoccluded.png", _png(scene.layers.disoccluded.astype(np.uint8) * 255))
        for index, layer in enumerate(scene.layers.layers):
            seen = cv2.dilate((layer.alpha > 0).astype(np.uint8), np.ones((9, 9), np.uint8))
            colour = cv2.cvtColor(layer.rgb * seen[..., None], cv2.COLOR_RGB2BGR)
            archive.writestr(f"layer-{index}/rgb.png", _png(colour))
            archive.writestr(f"layer-{index}/alpha.png", _png(layer.alpha))
            archive.writestr(f"layer-{index}/disparity.png", _png(_to_16_bit(layer.disparity)))


def load_scene(path: Path) -> Scene:
    """Read a scene back.

    Raises:
        EngineError: the file is not a scene, damaged, or of a version this engine does not know.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(archive.read("scene.json"))
            _check_version(manifest)
            return _read(archive, manifest)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, cv2.error) as error:
        raise EngineError(
            "The saved scene cannot be read: make the 3D photo again from the original.",
            code="bad_scene",
        ) from error


def _check_version(manifest: dict[str, Any]) -> None:
    if manifest["format"] != FORMAT or manifest["version"] != VERSION:
        raise EngineError(
            f"The saved scene has version {manifest['version']}, this engine reads {VERSION}: "
            "make the 3D photo again from the original.",
            code="bad_scene",
        )


def _read(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> Scene:
    layers = tuple(
        Layer(
            cv2.cvtColor(_image(archive, f"layer-{k}/rgb.png"), cv2.COLOR_BGR2RGB),
            _image(archive, f"layer-{k}/alpha.png"),
            _to_float(_image(archive, f"layer-{k}/disparity.png")),
        )
        for k in range(manifest["layers"])
    )
    disparity = _to_float(_image(archive, "disparity.png"))
    mx, my = manifest["margin"]
    width, height = manifest["photo_size"]
    original_width, original_height = manifest["original_size"]
    return Scene(
        LayeredDepthImage(
            layers, (mx, my), (width, height), _image(archive, "disoccluded.png") > 0
        ),
        Disparity(disparity, manifest["depth_source"]),
        float(manifest["amplitude"]),
        float(manifest["budget"]),
        float(manifest["focus"]),
        (original_width, original_height),
    )


def _to_16_bit(values: FloatImage) -> NDArray[np.uint16]:
    return (np.clip(values, 0, 1) * 65535 + 0.5).astype(np.uint16)


def _to_float(values: NDArray[Any]) -> FloatImage:
    return values.astype(np.float32) / np.float32(65535)


def _png(image: NDArray[Any]) -> bytes:
    return cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()


def _image(archive: zipfile.ZipFile, name: str) -> ByteImage:
    image = cv2.imdecode(np.frombuffer(archive.read(name), np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise ValueError(f"{name} is not an image")
    return np.asarray(image)
