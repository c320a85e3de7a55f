"""The draft: a first 3D view that stands long before the scene."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pygltflib
import pytest
from PIL import Image

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.layering.draft import draft_layers
from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.progress import EarlyView
from amena.engine.render import build_renderer
from amena.engine.types import Disparity
from tests.engine.scenes import FAR, NEAR, noise_photo, square_mask

QUICK = Options(duration=1, fps=24)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("cpu")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photo, larger than a draft and low, of a square before a wall, and its depth map."""
    folder = tmp_path_factory.mktemp("in")
    mask = np.zeros((320, 1280), np.bool_)
    mask[100:220, 560:680] = True
    rgb = noise_photo(*mask.shape).rgb
    rgb[mask] = 255 - rgb[mask]
    Image.fromarray(rgb).save(folder / "photo.png")
    depth = (np.where(mask, NEAR, FAR) * 65535).astype(np.uint16)
    cv2.imwrite(str(folder / "depth.png"), depth)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("size", [960, 1440])
def test_the_draft_comes_first_and_moves_as_the_scene_will(
    engine: Engine, files: Path, tmp_path: Path, size: int
) -> None:
    seen: list[EarlyView] = []
    meshes: list[int] = []
    widths: list[int] = []

    def ready(view: EarlyView) -> None:
        seen.append(view)
        gltf = pygltflib.GLTF2().load(str(tmp_path / view.file))
        meshes.append(len(gltf.meshes))
        within = gltf.bufferViews[gltf.images[0].bufferView]
        picture = gltf.binary_blob()[within.byteOffset :][: within.byteLength]
        with Image.open(io.BytesIO(picture)) as image:
            widths.append(image.width)

    report = engine.create(
        files / "photo.png",
        tmp_path,
        replace(QUICK, size=size),
        depth_path=files / "depth.png",
        ready=ready,
    )
    draft, scene = seen
    assert (draft.draft, scene.draft) == (True, False)
    assert meshes[0] == 1 < meshes[1]
    assert report.size == (min(size, 1280), min(size, 1280) // 4)
    assert 960 < widths[0] < 1100, "with its margin, whatever the size of the film"
    assert widths[1] > report.size[0]
    assert draft.amplitude == pytest.approx(scene.amplitude, rel=0.1)
    assert draft.focus == pytest.approx(scene.focus, abs=0.05)
    assert draft.frame == pytest.approx(scene.frame, abs=0.01)
    assert not (tmp_path / "draft.glb").exists()
    assert "draft.glb" not in report.files
    assert "draft" in {stage.name for stage in report.stages}


@pytest.mark.slow
def test_nobody_to_see_it_no_draft_is_made(engine: Engine, files: Path, tmp_path: Path) -> None:
    report = engine.create(files / "photo.png", tmp_path, replace(QUICK, estimator="ramp"))
    assert "draft" not in {stage.name for stage in report.stages}


@pytest.mark.slow
def test_a_photo_in_a_window_has_no_draft_that_bends_its_frame(
    engine: Engine, tmp_path: Path
) -> None:
    framed = np.full((480, 640, 3), 255, np.uint8)
    framed[60:420, 80:560] = noise_photo(360, 480).rgb
    Image.fromarray(framed).save(tmp_path / "photo.png")
    seen: list[EarlyView] = []
    engine.create(
        tmp_path / "photo.png", tmp_path, replace(QUICK, estimator="ramp"), ready=seen.append
    )
    assert [view.draft for view in seen] == [False]


def test_what_is_near_keeps_its_shape_and_nothing_is_made_up() -> None:
    photo, mask = noise_photo(192, 192), square_mask()
    disparity = Disparity(np.where(mask, NEAR, FAR).astype(np.float32), "uploaded", soft=False)
    layers = draft_layers(photo, disparity, 0.05, (16, 16))
    assert len(layers.layers) == 1
    assert not layers.disoccluded.any()
    surface = layers.layers[0].disparity[16:-16, 16:-16]
    assert (surface[mask] == np.float32(NEAR)).all()
    assert np.abs(np.diff(surface)).max() * 0.05 * 192 <= 0.5 + 1e-3, "drawn out, not torn"
    rest = build_path("horizontal", 24, 0.0, 0.5, MOTIONS["horizontal"])
    frame = next(iter(build_renderer("warp").render(layers, rest)))
    assert np.abs(frame.astype(int) - photo.rgb).max() <= 2
