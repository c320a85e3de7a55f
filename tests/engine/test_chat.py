"""A loop for chats keeps within a megabyte whatever it shows, as ffmpeg and OpenCV read it."""

from __future__ import annotations

import re
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.errors import EncodeError
from amena.engine.output import chat
from amena.engine.output.chat import write_chat_loop
from amena.engine.output.encode import video_writer
from tests.engine.readers import ffmpeg
from tests.site.gallery import EXAMPLES

pytestmark = pytest.mark.slow


def frames_of(path: Path) -> list[NDArray[np.uint8]]:
    video = cv2.VideoCapture(str(path))
    found = []
    while (read := video.read())[0]:
        found.append(np.asarray(read[1], np.uint8))
    return found


def film(path: Path, kind: str, size: tuple[int, int], fps: int, count: int) -> None:
    """A loop that goes round once: something drawn, or an example of the engine's own."""
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    down, across = np.mgrid[:height, :width]
    wave = 127 + 60 * np.sin(across / 9) + 60 * np.cos(down / 7)
    picture = {
        "noise": noise,
        "pattern": np.repeat(wave[..., None], 3, axis=2).astype(np.uint8),
        "flat": np.full((height, width, 3), 90, np.uint8),
    }[kind]
    with video_writer(path, size, fps, count) as write:
        for index in range(count):
            write(np.roll(picture, round(40 * np.sin(2 * np.pi * index / count)), axis=1))


@pytest.mark.parametrize(
    ("kind", "size", "fps", "count"),
    [
        ("noise", (1280, 720), 60, 60),  # too large at first
        ("noise", (180, 240), 30, 150),
        ("pattern", (160, 160), 24, 288),
        ("flat", (270, 480), 25, 50),
    ],
)
def test_it_is_short_small_silent_and_plays_on_every_phone(
    kind: str, size: tuple[int, int], fps: int, count: int, tmp_path: Path
) -> None:
    video, path = tmp_path / "video.mp4", tmp_path / "chat.mp4"
    film(video, kind, size, fps, count)
    tried = mock.Mock(wraps=chat.run_ffmpeg)
    with mock.patch.object(chat, "run_ffmpeg", tried):
        write_chat_loop(video, path, fps, size, count)
    assert tried.call_count == (2 if size == (1280, 720) else 1)
    assert path.stat().st_size < 1_000_000
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    told = ffmpeg(path)
    stream = re.search(r"Video: h264 \(Main\).*yuv420p\(tv, bt709.*, (\d+)x(\d+)", told)
    assert stream and "Audio" not in told and told.count("Stream #") == 1
    width, height = map(int, stream.groups())
    assert width % 2 == height % 2 == 0 and width <= size[0] and height <= size[1]
    assert abs(width * size[1] - height * size[0]) <= 2 * max(size)
    hours, minutes, seconds = map(float, re.search(r"Duration: ([\d:.]+)", told)[1].split(":"))
    assert hours == minutes == 0
    assert seconds == pytest.approx(min(6, count / fps), abs=0.05)
    rate = float(re.search(r"([\d.]+) fps", told)[1])
    assert 10 <= rate <= 30
    shown = frames_of(path)
    assert len(shown) == pytest.approx(rate * seconds, abs=1.5)


# Of the examples the largest, and the one that loses most.
@pytest.mark.parametrize("name", ["dandelion", "astronaut"])
def test_films_of_photos_keep_their_size_and_their_sight(name: str, tmp_path: Path) -> None:
    source = EXAMPLES / f"{name}.mp4"
    before = frames_of(source)
    height, width = before[0].shape[:2]
    fps = round(float(re.search(r"([\d.]+) fps", ffmpeg(source))[1]))
    write_chat_loop(source, tmp_path / "chat.mp4", fps, (width, height), len(before))
    after = frames_of(tmp_path / "chat.mp4")
    assert (tmp_path / "chat.mp4").stat().st_size < 1_000_000
    assert max(after[0].shape) == min(960, width) and len(after) == len(before)
    shown = (after[0].shape[1], after[0].shape[0])
    fitted = [cv2.resize(each, shown, interpolation=cv2.INTER_AREA) for each in before]
    for one, other in zip(fitted, after, strict=True):
        assert cv2.PSNR(one, other) > 40
    # The end meets the beginning as it does in the film.
    assert cv2.PSNR(after[-1], after[0]) > cv2.PSNR(fitted[-1], fitted[0]) - 2


def test_what_never_fits_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "MOST_BYTES", 500)
    film(tmp_path / "video.mp4", "noise", (320, 180), 30, 30)
    with pytest.raises(EncodeError, match="one megabyte") as raised:
        write_chat_loop(tmp_path / "video.mp4", tmp_path / "chat.mp4", 30, (320, 180), 30)
    assert raised.value.code == "loop_too_large"
    assert [each.name for each in tmp_path.iterdir()] == ["video.mp4"]
