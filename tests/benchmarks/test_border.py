"""The benchmark of margins, on photos whose border is known."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.border import METHODS, main
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow


def test_every_method_gives_back_what_was_not_hidden() -> None:
    photo = noise_photo(80, 96).rgb
    for method in METHODS.values():
        drawn = method(photo, 8)
        assert drawn.shape == (96, 112, 3)
        np.testing.assert_array_equal(drawn[8:-8, 8:-8], photo)


def test_slanted_stripes_are_continued_best_by_the_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, cols = np.mgrid[:160, :192]
    grey = 128 + 90 * np.sin((cols + 0.6 * rows) / 5)
    Image.fromarray(grey.astype(np.uint8)).convert("RGB").save(tmp_path / "stripes.png")
    main([str(tmp_path / "stripes.png"), "--hidden", "8"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["method"] for line in lines] == list(METHODS)
    ours, *others = lines
    assert ours["psnr"] > max(line["psnr"] for line in others) + 3
    assert ours["haarpsi"] > max(line["haarpsi"] for line in others)
    assert ours["feature"] < min(line["feature"] for line in others)
