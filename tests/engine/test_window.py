"""A photo with a uniform border: the border is a window that stays still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.depth.window import NEAREST_BEHIND, window
from amena.engine.motion.planning import plan
from amena.engine.options import Options
from amena.engine.output.effects import defocused
from amena.engine.pipeline import Engine
from amena.engine.render.warp import WarpRenderer
from amena.engine.report import Recorder
from amena.engine.scene.file import load_scene
from amena.engine.types import Photo
from tests.engine.test_mount import PAPER, mounted

TOP, LEFT, SIDE = 40, 30, 400


@pytest.fixture(scope="module")
def framed() -> Photo:
    rgb = mounted(PAPER, TOP, 120, LEFT, 30, caption=True)
    return Photo(rgb, (rgb.shape[1], rgb.shape[0]), "jpeg")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("cpu")


@pytest.fixture(scope="module")
def scene(engine, framed):
    return engine.scenes.build(framed, Options(), None, Recorder())


def test_the_depth_is_that_of_the_photo_alone(engine, framed, scene) -> None:
    box = window(scene.disparity.values)
    assert box[0].start == pytest.approx(TOP, abs=2)
    assert box[1].stop == pytest.approx(LEFT + SIDE, abs=2)
    alone = replace(framed, rgb=np.ascontiguousarray(framed.rgb[box]))
    estimate = engine.scenes.estimator("compact").estimate(alone)
    assert np.abs(scene.sources.estimate[box] - estimate.values * NEAREST_BEHIND).mean() < 1e-3
    assert scene.disparity.values[box].max() <= NEAREST_BEHIND + 1e-4


@pytest.mark.parametrize(
    "motion", ["circle", "swing", "orbit", "zoom-in", "dolly-zoom", "ken-burns"]
)
def test_the_border_stays_still_and_the_photo_moves_behind_it(framed, scene, motion) -> None:
    path = plan(scene, Options(motion=motion, duration=1, fps=24)).path
    ends = replace(path, poses=path.poses[[0, 6, 12, 18]])
    frames = np.stack(list(WarpRenderer().render(scene.layers, ends))).astype(int)
    border = np.ones(framed.rgb.shape[:2], np.bool_)
    border[TOP - 6 : TOP + SIDE + 6, LEFT - 6 : LEFT + SIDE + 6] = False
    moved = np.abs(frames - framed.rgb).max(axis=(0, 3))
    assert moved[border].max() <= 2
    # Beside the photo it is as clean as anywhere.
    assert np.abs(frames[:, TOP - 3, LEFT : LEFT + SIDE] - PAPER).max() <= 12
    assert np.median(np.ptp(frames, axis=0)[TOP : TOP + SIDE, LEFT : LEFT + SIDE]) > 2


def test_an_edit_with_the_brush_keeps_the_border(engine, framed, scene) -> None:
    values = np.clip(scene.sources.estimate + np.float32(0.4), 0, 1)
    edited = replace(scene.disparity, values=values, edited=True, sharpened=False)
    again = engine.scenes.build(framed, Options(), edited, Recorder(), scene.memory())
    assert window(again.disparity.values) == window(scene.disparity.values)


@pytest.mark.slow
def test_it_is_made_and_edited_as_files(engine, framed, tmp_path: Path) -> None:
    made, edited, styled = (tmp_path / name for name in ("made", "edited", "styled"))
    for folder in (made, edited, styled):
        folder.mkdir()
    Image.fromarray(framed.rgb).save(tmp_path / "photo.png")
    quick = Options(duration=1, fps=24)
    report = engine.create(tmp_path / "photo.png", made, quick)
    assert (made / "video.mp4").stat().st_size == report.files["video.mp4"] > 0
    stroke = np.full(framed.rgb.shape[:2], 128, np.uint8)
    stroke[200:260, 200:260] = 200
    Image.fromarray(stroke).save(tmp_path / "stroke.png")
    engine.edit(made / "scene.amena", tmp_path / "stroke.png", edited, quick, mode="brush")
    before, after = (load_scene(folder / "scene.amena") for folder in (made, edited))
    assert window(after.disparity.values) == window(before.disparity.values)
    assert after.disparity.edited
    engine.restyle(edited / "scene.amena", styled, replace(quick, motion="swing"))
    assert (styled / "video.mp4").exists()


def test_a_lens_that_blurs_leaves_the_border_alone(scene) -> None:
    blurred = defocused(scene.layers, 0.2, 1.0)
    assert (blurred.layers[-1].rgb == scene.layers.layers[-1].rgb).all()
    assert (blurred.layers[0].rgb != scene.layers.layers[0].rgb).any()
