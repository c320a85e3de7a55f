"""OpenEXR: ffmpeg's own decoder reads the colours of all layers, OpenEXR's the distances."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from amena.engine.output.exr import write_exr
from amena.engine.scene.scene import Scene, rest_view
from tests.engine.readers import exiftool
from tests.engine.scenes import FAR, NEAR, square_before_wall, square_layers

SIDE = 192


def scene(metres: tuple[float, float] | None = None) -> Scene:
    disparity = replace(square_before_wall()[1], metres=metres)
    return Scene(square_layers(), disparity, 0.06, 0.05, 0.5, (SIDE, SIDE))


def light(path: Path, layer: str = "") -> NDArray[np.float32]:
    """What ffmpeg decodes of a layer, within the frame: float32 H×W×4, red, green, blue, alpha."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-layer", layer, "-i", str(path)]
    # As the file has it: a conversion would lose digits.
    command += ["-f", "rawvideo", "-pix_fmt", "gbrapf16le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    green, blue, red, alpha = np.frombuffer(raw, "<f2").reshape(4, SIDE, SIDE).astype(np.float32)
    return np.stack([red, green, blue, alpha], axis=-1)


def to_srgb(linear: NDArray[np.float32]) -> NDArray[np.float64]:
    low = linear <= 0.0031308
    return np.where(low, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def test_the_layers_over_each_other_are_the_photo_in_linear_light(tmp_path: Path) -> None:
    made, path = scene(), tmp_path / "scene.exr"
    write_exr(made, path)
    photo = rest_view(made.layers) / 255
    assert np.abs(to_srgb(light(path)[..., :3]) - photo).max() < 1e-3
    shown = np.zeros((SIDE, SIDE, 3), np.float32)
    for index in range(len(made.layers.layers)):
        layer = light(path, f"layer{index}")
        shown = layer[..., :3] + shown * (1 - layer[..., 3:])
    # Soft edges differ a little, since the film mixes colours as they are shown.
    apart = np.abs(to_srgb(shown) - photo).max(axis=2)
    assert np.median(apart) < 1e-3 and (apart > 0.02).mean() < 0.02


@pytest.mark.parametrize("metres", [None, (2.0, 40.0)])
def test_distances_are_those_of_the_camera_that_the_file_states(
    metres: tuple[float, float] | None, tmp_path: Path
) -> None:
    path = tmp_path / "scene.exr"
    write_exr(scene(metres), path)
    near, far = metres or (1.0, 5.0)
    with OpenEXR.File(str(path), separate_channels=True) as file:
        margin = np.array(scene().layers.margin)
        assert file.header()["dataWindow"][0].tolist() == (-margin).tolist()
        found, back, front = (
            file.channels()[f"{layer}Z"].pixels[margin[1] :, margin[0] :]
            for layer in ("", "layer0.", "layer1.")
        )
    assert found.dtype == np.float32
    middle = SIDE // 2
    for plane, at, disparity in (
        *((found, middle, NEAR), (front, middle, NEAR)),
        *((found, 5, FAR), (back, 5, FAR)),
    ):
        expected = 1 / (1 / far + (1 / near - 1 / far) * disparity)
        assert plane[at, at] == pytest.approx(expected, rel=1e-3)
    told = exiftool(path)
    assert told["File:FileType"] == "EXR" and told["OpenEXR:ScreenWindowWidth"] == 1
    assert ("in metres" in told["OpenEXR:Comments"]) == (metres is not None)
