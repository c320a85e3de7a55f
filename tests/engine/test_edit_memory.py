"""What an edit remembers of the scene before: it is quicker by that, and changes no pixel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.inpainting.inpainter import LearnedInpainter
from amena.engine.memory import Memory
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.scene.file import load_scene, save_scene
from amena.engine.scene.scene import PHOTO_LEVELS, Scene, from_levels
from amena.engine.types import Disparity
from tests.engine.edits import QUICK, assert_same, picture, three_discs

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("cpu")


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


@pytest.fixture(scope="module")
def after(engine: Engine, discs: Scene) -> Callable[..., Scene]:
    """The scene after these strokes, which several tests look at."""
    return cache(partial(brushed, engine, discs))


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
    strokes: list[Stroke], engine: Engine, discs: Scene, after: Callable[..., Scene]
) -> None:
    quick, full = after(*strokes), brushed(engine, discs, *strokes, anew=True)
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
    x: int, y: int, radius: int, change: float, discs: Scene, after: Callable[..., Scene]
) -> None:
    scene = after((x, y, radius, change))
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
