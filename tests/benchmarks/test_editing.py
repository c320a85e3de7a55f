"""The benchmark of edits, on a drawn photo with a disparity of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.types import Disparity, Photo
from benchmarks import editing
from tests.engine.edits import three_discs

pytestmark = pytest.mark.slow


class Drawn:
    """An estimator that knows the drawn scene."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def estimate(self, _: Photo) -> Disparity:
        return Disparity(self._values, "compact")


def test_edits_are_compared_with_scenes_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, values = three_discs()
    engine = Engine("cpu")
    monkeypatch.setattr(engine.scenes, "estimator", lambda _: Drawn(values))
    line = editing.compare(engine, photo, 3)
    assert line["strokes"] == line["equal"] == 3
    assert 0 < line["edit"] < line["full"]
    assert 0 <= line["kept"] <= 1 and 0 <= line["asked"] <= 1
    mean, most = line["changed"]
    assert 0 < mean <= most < 0.5


def test_a_layer_that_differs_is_found() -> None:
    photo, values = three_discs()
    engine = Engine("cpu")
    scene = engine.scenes.build(photo, Options(), Disparity(values, "compact"), Recorder())
    assert editing.same(scene, scene)
    back = scene.layers.layers[0]
    rgb = back.rgb.copy()
    rgb[100, 200] ^= 1
    layers = replace(scene.layers, layers=(replace(back, rgb=rgb), *scene.layers.layers[1:]))
    other = replace(scene, layers=layers)
    assert not editing.same(scene, other)
    assert np.argwhere(editing.differing(scene, other)).tolist() == [[100, 200]]
