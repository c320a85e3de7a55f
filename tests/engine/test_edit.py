"""Depth editing: a scene and a depth picture become a new scene."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from amena.engine.errors import DepthMapError, EngineError, OptionsError
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder, Report
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import Scene
from amena.engine.types import Disparity, Photo
from tests.engine import samples
from tests.engine.edits import QUICK, assert_same, picture
from tests.engine.scenes import FAR, NEAR, noise_photo, square_mask

pytestmark = pytest.mark.slow

SIDE = 192


def build(engine: Engine, values: NDArray[np.float32], *, edited: bool = False) -> Scene:
    """A scene of a square before a wall, with that estimate of its depth."""
    rgb = noise_photo(SIDE, SIDE).rgb
    rgb = np.where(square_mask()[..., None], 255 - rgb, rgb)
    photo, given = Photo(rgb, (4000, 4000), "PNG"), Disparity(values, "compact", edited=edited)
    return engine.scenes.build(photo, QUICK, given, Recorder())


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("cpu")


@pytest.fixture(scope="module")
def soft_depth() -> NDArray[np.float32]:
    """As a network would see it: silhouettes some pixels wide."""
    return cv2.GaussianBlur(np.where(square_mask(), NEAR, FAR).astype(np.float32), (0, 0), 3)


@pytest.fixture(scope="module")
def scene_file(
    engine: Engine, soft_depth: NDArray[np.float32], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("scene") / "scene.amena"
    save_scene(build(engine, soft_depth), path)
    return path


@pytest.fixture
def edit(engine: Engine, scene_file: Path, tmp_path: Path) -> Callable[..., tuple[Report, Scene]]:
    """Edit the scene (or that in `scene`) with a picture; the report and the new scene."""

    def run(
        values: NDArray[np.uint8] | NDArray[np.uint16],
        mode: str,
        scene: Path = scene_file,
        **more: str,
    ) -> tuple[Report, Scene]:
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        report = engine.edit(scene, picture(tmp_path, values), out, QUICK, mode=mode, **more)
        return report, load_scene(out / "scene.amena")

    return run


def test_a_scene_holds_the_photo_and_the_estimate(
    scene_file: Path, soft_depth: NDArray[np.float32]
) -> None:
    scene = load_scene(scene_file)
    assert scene.sources is not None
    rgb = noise_photo(SIDE, SIDE).rgb
    assert np.array_equal(
        scene.sources.rgb, np.where(square_mask()[..., None], 255 - rgb, rgb).astype(np.uint8)
    )
    assert scene.sources.estimate is not None
    np.testing.assert_allclose(scene.sources.estimate, soft_depth, atol=1 / 65535)


def test_a_grey_brush_changes_nothing(
    edit: Callable[..., tuple[Report, Scene]], scene_file: Path
) -> None:
    report, scene = edit(np.full((48, 48), 128, np.uint8), "brush")
    assert_same(scene, load_scene(scene_file))
    assert report.photo_size == (4000, 4000)
    assert report.frames == 24


def test_a_brush_brings_nearer_and_pushes_away(
    edit: Callable[..., tuple[Report, Scene]], scene_file: Path
) -> None:
    strokes = np.full((2 * SIDE, 2 * SIDE), 128, np.uint8)
    strokes[40:100, 40:100] = 128 + 38  # 38 / 127 = 0.3
    strokes[300:360, 300:360] = 128 - 25  # 25 / 127 = 0.2
    _, scene = edit(strokes, "brush")
    before = load_scene(scene_file)
    assert scene.sources is not None and before.sources is not None
    assert scene.sources.estimate is not None and before.sources.estimate is not None
    change = scene.sources.estimate - before.sources.estimate
    assert change[35, 35] == pytest.approx(0.299, abs=0.002)
    assert change[165, 165] == pytest.approx(-25 / 127, abs=1e-4)
    assert np.abs(change[100:140, 100:140]).max() < 1e-4
    assert scene.disparity.values[35, 35] > before.disparity.values[35, 35] + 0.25


def test_an_edit_equals_a_build_from_the_same_depth(
    engine: Engine, edit: Callable[..., tuple[Report, Scene]], soft_depth: NDArray[np.float32]
) -> None:
    strokes = np.full((SIDE, SIDE), 128, np.uint8)
    strokes[20:60, 20:60] = 200
    _, scene = edit(strokes, "brush")
    assert scene.sources is not None and scene.sources.estimate is not None
    assert_same(scene, build(engine, scene.sources.estimate, edited=True))


@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "dark is near", "larger", "JPEG"])
def test_a_new_map_of_any_kind_replaces_the_depth(
    kind: str, engine: Engine, scene_file: Path, tmp_path: Path
) -> None:
    step = np.where(np.arange(SIDE) < SIDE // 2, 0.9, 0.1) * np.ones((SIDE, 1))
    image = Image.fromarray((step * 255).astype(np.uint8))
    path = tmp_path / ("map.jpg" if kind == "JPEG" else "map.png")
    if kind == "16 bits":
        image = Image.fromarray((step * 65535).astype(np.uint16))
    if kind == "dark is near":
        image = Image.fromarray(255 - np.asarray(image))
    if kind == "larger":
        image = image.resize((500, 500), Image.Resampling.NEAREST)
    image.save(path)
    (tmp_path / "out").mkdir()
    near = "dark" if kind == "dark is near" else "bright"
    report = engine.edit(scene_file, path, tmp_path / "out", QUICK, mode="replace", near=near)
    values = load_scene(tmp_path / "out" / "scene.amena").disparity.values
    assert report.estimator == "uploaded"
    assert "depth_uploaded" in report.notes and "depth_edited" not in report.notes
    assert values[:, :90].min() > 0.95
    assert values[:, 102:].max() < 0.05


def test_the_scenes_own_map_painted_on_counts_where_it_was_painted_on(
    edit: Callable[..., tuple[Report, Scene]], scene_file: Path
) -> None:
    before = load_scene(scene_file)
    own = (before.disparity.values * 65535 + 0.5).astype(np.uint16)
    _, same = edit(own, "replace")
    assert_same(same, before)
    painted = own.copy()
    painted[10:40, 10:40] = 50_000
    report, scene = edit(painted, "replace")
    assert report.estimator == "compact"
    assert "depth_edited" in report.notes
    difference = np.abs(scene.disparity.values - before.disparity.values)
    assert difference[12:38, 12:38].min() > 0.3
    difference[10:40, 10:40] = 0
    assert not difference.any()


def test_edits_build_on_each_other(
    edit: Callable[..., tuple[Report, Scene]], scene_file: Path, tmp_path: Path
) -> None:
    strokes = np.full((SIDE, SIDE), 128, np.uint8)
    strokes[20:60, 20:60] = 160
    _, once = edit(strokes, "brush")
    (tmp_path / "out" / "scene.amena").rename(tmp_path / "once.amena")
    _, twice = edit(strokes, "brush", scene=tmp_path / "once.amena")
    first, second = (float(each.disparity.values[40, 40]) for each in (once, twice))
    assert second - first == pytest.approx(32 / 127, abs=0.01)


@pytest.mark.parametrize("mode", ["replace", "brush"])
@pytest.mark.parametrize(
    ("data", "code", "word"),
    [
        (b"", "bad_depth_map", "empty"),
        (b"no picture", "bad_depth_map", "format"),
        (samples.truncated(samples.grey16_png()), "bad_depth_map", "cut off"),
        (samples.jpeg(), "bad_depth_map", "colour"),
        (samples.bomb_png(), "bad_depth_map", "megapixels"),
        (samples.encoded(Image.new("L", (SIDE, SIDE // 2), 128), "PNG"), "depth_map_shape", "Crop"),
        (samples.encoded(Image.new("L", (SIDE, SIDE), 255), "PNG"), "depth_map_flat", "move"),
    ],
)
def test_unusable_pictures_are_refused_with_one_clear_line(
    mode: str, data: bytes, code: str, word: str, engine: Engine, scene_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "picture"
    path.write_bytes(data)
    with pytest.raises(DepthMapError) as raised:
        engine.edit(scene_file, path, tmp_path, QUICK, mode=mode)
    assert raised.value.code == code
    assert word in raised.value.message
    assert "\n" not in raised.value.message
    assert {each.name for each in tmp_path.iterdir()} == {"picture"}


@pytest.mark.parametrize(
    ("more", "word"), [({"mode": "paint"}, "paint"), ({"mode": "replace", "near": "left"}, "Near")]
)
def test_unknown_modes_are_refused(
    more: dict[str, str], word: str, engine: Engine, scene_file: Path, tmp_path: Path
) -> None:
    path = picture(tmp_path, np.full((SIDE, SIDE), 128, np.uint8))
    with pytest.raises(OptionsError, match=word):
        engine.edit(scene_file, path, tmp_path, QUICK, **more)


def test_a_scene_of_the_first_version_renders_but_keeps_its_depth(
    engine: Engine, scene_file: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.amena"
    save_scene(replace(load_scene(scene_file), sources=None), old)
    with zipfile.ZipFile(old) as archive:
        assert json.loads(archive.read("scene.json"))["version"] == 1
    out = tmp_path / "out"
    out.mkdir()
    assert engine.restyle(old, out, QUICK).frames == 24
    path = picture(tmp_path, np.full((SIDE, SIDE), 128, np.uint8))
    with pytest.raises(EngineError, match="Make it again") as raised:
        engine.edit(out / "scene.amena", path, out, QUICK, mode="brush")
    assert raised.value.code == "scene_without_origin"
