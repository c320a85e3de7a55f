"""Stickers keep within what messengers take, also of the hardest picture, as Pillow reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.output.encode import video_writer
from amena.engine.output.stickers import write_moving_sticker, write_still_sticker

SIZE, FPS, COUNT = (640, 360), 30, 60
STRIP = (SIZE[1] * 512 // SIZE[0]) // 2


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)


@pytest.mark.slow
def test_a_moving_sticker_of_the_worst_video_fits(noise: np.ndarray, tmp_path: Path) -> None:
    video, path = tmp_path / "video.mp4", tmp_path / "sticker.webp"
    with video_writer(video, SIZE, FPS, COUNT) as write:
        for index in range(COUNT):
            write(np.roll(noise, 7 * index, axis=1))
    write_moving_sticker(video, path, FPS)
    assert path.stat().st_size <= 500_000
    with Image.open(path) as sticker:
        assert (sticker.format, sticker.size, sticker.info["loop"]) == ("WEBP", (512, 512), 0)
        milliseconds = 0.0
        for index in range(sticker.n_frames):
            sticker.seek(index)
            sticker.load()
            milliseconds += sticker.info["duration"]
        assert sticker.n_frames > 8 and milliseconds == pytest.approx(2000, abs=150)


def test_around_a_sticker_there_is_nothing_and_colours_are_the_videos(tmp_path: Path) -> None:
    video, path = tmp_path / "video.mp4", tmp_path / "sticker.webp"
    colour = np.array([220, 60, 40], np.uint8)
    frame = np.broadcast_to(colour, (SIZE[1], SIZE[0], 3)).copy()
    write_still_sticker(frame, tmp_path / "still.webp")
    with video_writer(video, SIZE, FPS, FPS) as write:
        for index in range(FPS):
            frame[40:80, 40 : 60 + 8 * index] = 0  # something moves
            write(frame.copy())
    write_moving_sticker(video, path, FPS)
    for made in (path, tmp_path / "still.webp"):
        with Image.open(made) as sticker:
            pixels = np.asarray(sticker.convert("RGBA")).astype(int)
        assert pixels.shape == (512, 512, 4)
        assert pixels[256 - STRIP - 3, :, 3].max() == pixels[256 + STRIP + 3, :, 3].max() == 0
        assert pixels[256 - STRIP + 3 : 256 + STRIP - 3, :, 3].min() == 255
        assert np.abs(pixels[256, 256, :3] - colour).max() <= 4


def test_a_still_sticker_of_noise_fits(noise: np.ndarray, tmp_path: Path) -> None:
    write_still_sticker(noise, tmp_path / "still.webp")
    assert (tmp_path / "still.webp").stat().st_size <= 100_000
    with Image.open(tmp_path / "still.webp") as sticker:
        assert sticker.size == (512, 512)
