"""Pictures that hardly compress are written all the same."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.output.encode import write_poster
from amena.engine.output.jpeg import jpeg
from amena.engine.output.pairs import write_anaglyph

NOISE = np.random.default_rng(0).integers(0, 256, (1200, 1600, 3), dtype=np.uint8)


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("quality", [90, 92, 94, 98])
def test_noise_is_written_whole(quality: int, subsampling: int) -> None:
    written = jpeg(NOISE, quality, subsampling=subsampling, progressive=True)
    with Image.open(io.BytesIO(written)) as back:
        back.load()
        assert back.size == (1600, 1200)


def test_outputs_of_noise(tmp_path: Path) -> None:
    write_anaglyph(NOISE, NOISE[:, ::-1], tmp_path / "anaglyph.jpg")
    write_poster(NOISE, tmp_path / "poster.jpg")
    for name in ("anaglyph.jpg", "poster.jpg"):
        with Image.open(tmp_path / name) as back:
            back.load()


def test_a_plain_picture_is_smaller_than_without_optimal_tables() -> None:
    plain = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (256, 1, 3))
    usual = io.BytesIO()
    Image.fromarray(plain).save(usual, "JPEG", quality=90)
    assert len(jpeg(plain, 90)) < len(usual.getvalue())
