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
from amena.engine.inpainting.inpainter import LearnedInpainter
from amena.engine.memory import Memory
from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder, Report
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import PHOTO_LEVELS, Scene, from_levels
from amena.engine.types import Disparity, Photo
from tests.engine import samples
from tests.engine.scenes import FAR, NEAR, noise_photo, square_mask

pytestmark = pytest.mark.slow

QUICK = Options(duration=1, fps=24)
SIDE = 192


def picture(folder: Path, values: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    path = folder / "depth.png"
    cv2.imwrite(str(path), values)
    return path


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


def assert_same(one: Scene, other: Scene) -> None:
    """Every pixel of every layer, and all else that a render reads."""
    assert (one.amplitude, one.focus, one.layers.margin) == (
        other.amplitude,
        other.focus,
        other.layers.margin,
    )
    assert len(one.layers.layers) == len(other.layers.layers)
    for a, b in zip(one.layers.layers, other.layers.layers, strict=True):
        for name in ("rgb", "alpha", "disparity"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert np.array_equal(one.layers.disoccluded, other.layers.disoccluded)
    assert np.array_equal(one.disparity.values, other.disparity.values)


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


def three_discs() -> tuple[Photo, NDArray[np.float32]]:
    """Discs before a wall that comes nearer downwards; the middle one touches the border."""
    photo = noise_photo(336, 480)
    rows, cols = np.mgrid[:336, :480]
    values = (0.1 + 0.2 * rows / 336).astype(np.float32)
    for x, y, radius, level in ((90, 120, 50, 0.8), (250, 290, 70, 0.95), (400, 140, 45, 0.6)):
        values[np.hypot(cols - x, rows - y) < radius] = level
    return photo, cv2.GaussianBlur(values, (0, 0), 2)


@pytest.fixture(scope="module")
def discs(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    photo, values = three_discs()
    given = Disparity(values, "compact")
    scene = engine.scenes.build(photo, QUICK, given, Recorder())
    path = tmp_path_factory.mktemp("discs") / "scene.amena"
    save_scene(scene, path)
    return load_scene(path)


#: Column, row, radius and change of a disc painted on.
Stroke = tuple[int, int, int, float]


def brushed(engine: Engine, before: Scene, *strokes: Stroke, anew: bool = False) -> Scene:
    """The scene of three discs after strokes of the brush; `anew`: with nothing remembered."""
    assert before.sources is not None and before.sources.estimate is not None
    rows, cols = np.mgrid[:336, :480]
    values = before.sources.estimate
    for x, y, radius, change in strokes:
        painted = np.hypot(cols - x, rows - y) < radius
        values = np.clip(values + np.float32(change) * painted, 0, 1)
    return engine.scenes.build(
        three_discs()[0],
        QUICK,
        Disparity(values.astype(np.float32), "compact", edited=True),
        Recorder(),
        Memory(amplitude=before.amplitude) if anew else before.memory(),
    )


@pytest.mark.parametrize(
    "strokes",  # column, row, radius, change
    [
        [(90, 120, 6, 0.02)],  # inside a disc: no cut changes
        [(440, 300, 20, 0.4)],  # opens a cut
        [(400, 140, 70, -0.45)],  # closes one: the disc sinks into the wall
        [(320, 290, 25, -0.6)],  # bites into a silhouette
        [(0, 330, 30, 0.5)],  # in the corner
        [(479, 40, 24, 0.3), (200, 0, 18, 0.35)],  # at two borders
        [(140, 120, 14, 0.3), (420, 300, 16, -0.1)],  # across a cut, and far from it
    ],
)
def test_what_is_remembered_changes_no_pixel_of_an_edit(
    strokes: list[Stroke], engine: Engine, discs: Scene
) -> None:
    quick, full = brushed(engine, discs, *strokes), brushed(engine, discs, *strokes, anew=True)
    assert_same(quick, full)
    assert quick.sources is not None and full.sources is not None and discs.sources is not None
    assert list(quick.sources.tiles) == list(full.sources.tiles)
    if strokes == [(90, 120, 6, 0.02)]:
        assert set(full.sources.tiles) == set(discs.sources.tiles)


def test_the_network_is_asked_about_changed_tiles_alone(
    engine: Engine, discs: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NDArray[np.float32]:
        raise AssertionError("asked again")

    monkeypatch.setattr(LearnedInpainter, "_infer", refuse)
    # Sorted otherwise as far as anybody knows: the colours are made again.
    unknown = replace(discs, layers=replace(discs.layers, colour_digest=b""))
    again = brushed(engine, unknown)
    assert_same(again, discs)


def test_an_edit_that_moves_no_silhouette_fills_nothing_anew(
    engine: Engine, discs: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> NDArray[np.uint8]:
        raise AssertionError("filled again")

    with monkeypatch.context() as patch:
        patch.setattr(LearnedInpainter, "__call__", refuse)
        scene = brushed(engine, discs, (90, 120, 6, 0.02))
        with pytest.raises(AssertionError, match="filled again"):
            brushed(engine, discs, (440, 300, 20, 0.4))
    assert not np.array_equal(scene.layers.layers[1].disparity, discs.layers.layers[1].disparity)
    assert scene.sources is not None and discs.sources is not None
    assert set(scene.sources.tiles) == set(discs.sources.tiles)


@pytest.mark.parametrize(
    ("x", "y", "radius", "change"), [(90, 120, 6, 0.02), (440, 300, 20, 0.4), (0, 330, 30, 0.5)]
)
def test_what_is_seen_far_from_a_stroke_stays_as_it_was(
    x: int, y: int, radius: int, change: float, engine: Engine, discs: Scene
) -> None:
    scene = brushed(engine, discs, (x, y, radius, change))
    assert not np.array_equal(scene.disparity.values, discs.disparity.values)
    rows, cols = np.indices(scene.layers.disoccluded.shape)
    mx, my = scene.layers.margin
    far = np.hypot(cols - mx - x, rows - my - y) > radius + 128
    for a, b in zip(scene.layers.layers, discs.layers.layers, strict=True):
        seen = far & (a.alpha > 0)
        for name in ("rgb", "alpha", "disparity"):
            assert np.array_equal(getattr(a, name)[seen], getattr(b, name)[seen]), name


def test_colours_are_not_kept_from_other_weights(
    engine: Engine, discs: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine.scenes.inpainter(), "key", b"others")
    scene = brushed(engine, discs, (90, 120, 6, 0.02))
    assert scene.layers.colour_digest != discs.layers.colour_digest
    for a, b in zip(scene.layers.layers, discs.layers.layers, strict=True):
        assert np.array_equal(a.rgb, b.rgb)


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


def test_a_map_that_differs_in_one_region_equals_a_build_from_it(
    engine: Engine, discs: Scene, tmp_path: Path
) -> None:
    photo, _ = three_discs()
    painted = (discs.disparity.values * 65535 + 0.5).astype(np.uint16)
    painted[60:150, 330:470] = 42_000  # the disc on the right becomes part of a board
    save_scene(discs, tmp_path / "scene.amena")
    (tmp_path / "out").mkdir()
    path = picture(tmp_path, painted)
    engine.edit(tmp_path / "scene.amena", path, tmp_path / "out", QUICK, mode="replace")
    values = from_levels(painted, PHOTO_LEVELS)
    given = Disparity(values, "compact", edited=True, sharpened=True)
    full = engine.scenes.build(photo, QUICK, given, Recorder(), Memory(amplitude=discs.amplitude))
    assert_same(load_scene(tmp_path / "out" / "scene.amena"), full)


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
