from __future__ import annotations

import logging
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.output.encode import (
    video_writer,
    write_disparity,
    write_mp4,
    write_poster,
)
from amena.engine.types import ByteImage, Disparity
from tests.engine.films import SIZE, decoded, drawn

pytestmark = pytest.mark.slow


def children() -> list[psutil.Process]:
    """Encoders that still run; other tests of the same run may have children of other kinds."""
    return [child for child in psutil.Process().children() if "ffmpeg" in child.name()]


def test_every_frame_arrives_in_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    write_mp4(drawn(30), path, SIZE, 30, 30)
    frames = decoded(path)
    assert len(frames) == 30
    for frame, original in zip(frames, drawn(30), strict=True):
        # Chroma is stored at half size, so edges between the bars are soft.
        assert np.abs(frame.astype(int) - original).mean() < 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["video.mp4"]


def test_the_stream_is_what_browsers_and_phones_play(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    write_mp4(drawn(60), path, SIZE, 24, 60)
    probe = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)],
        capture_output=True,
        text=True,
    ).stderr
    assert re.search(r"Video: h264 \(High\).*yuv420p\(tv, bt709.*128x96.*24 fps", probe), probe
    assert "Duration: 00:00:02.50" in probe
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


def test_videos_side_by_side_fail_together(tmp_path: Path) -> None:
    with (
        pytest.raises(EncodeError, match="3 of 5"),
        video_writer(tmp_path / "video.webm", SIZE, 30, 5) as webm,
        video_writer(tmp_path / "video.mp4", SIZE, 30, 5) as mp4,
    ):
        for frame in drawn(3):
            webm(frame)
            mp4(frame)
    assert list(tmp_path.iterdir()) == []
    assert children() == []


def test_encoder_dying_in_the_middle_is_an_encode_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def deadly() -> Iterator[ByteImage]:
        for index, frame in enumerate(drawn(200, (640, 480))):
            if index == 20:
                (encoder,) = children()
                encoder.send_signal(signal.SIGKILL)
            yield frame

    with caplog.at_level(logging.ERROR), pytest.raises(EncodeError) as raised:
        write_mp4(deadly(), tmp_path / "video.mp4", (640, 480), 30, 200)
    assert raised.value.retryable
    assert "\n" not in raised.value.message
    assert list(tmp_path.iterdir()) == []
    assert children() == []


def test_encoder_dying_after_the_last_frame_is_an_encode_error(tmp_path: Path) -> None:
    def deadly() -> Iterator[ByteImage]:
        yield from drawn(3)
        (encoder,) = children()
        encoder.send_signal(signal.SIGKILL)

    with pytest.raises(EncodeError):
        write_mp4(deadly(), tmp_path / "video.mp4", SIZE, 30, 3)
    assert list(tmp_path.iterdir()) == []


def test_error_of_the_renderer_passes_and_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    def failing() -> Iterator[ByteImage]:
        yield from drawn(10)
        raise OSError("the renderer's own error")

    (tmp_path / "video.mp4").write_bytes(b"an earlier video")
    with pytest.raises(OSError, match="renderer's own"):
        write_mp4(failing(), tmp_path / "video.mp4", SIZE, 30, 20)
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"an earlier video"]
    assert children() == []


def test_interrupt_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    def interrupted() -> Iterator[ByteImage]:
        yield from drawn(10)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_mp4(interrupted(), tmp_path / "video.mp4", SIZE, 30, 20)
    assert list(tmp_path.iterdir()) == []
    assert children() == []


@pytest.mark.parametrize("count", [0, 9, 11])
def test_another_number_of_frames_than_announced_is_refused(tmp_path: Path, count: int) -> None:
    with pytest.raises(EncodeError, match=f"{count} of 10 frames"):
        write_mp4(drawn(count), tmp_path / "video.mp4", SIZE, 30, 10)
    assert list(tmp_path.iterdir()) == []


def test_frame_of_another_size_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncodeError, match="Frame 1 is not 128×96"):
        write_mp4(drawn(5, (96, 128)), tmp_path / "video.mp4", SIZE, 30, 5)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_is_not_there_is_an_encode_error(tmp_path: Path) -> None:
    with pytest.raises(EncodeError):
        write_mp4(drawn(5), tmp_path / "missing" / "video.mp4", SIZE, 30, 5)


def test_frames_are_not_gathered_in_memory(tmp_path: Path) -> None:
    alive: list[object] = []

    class Counted(np.ndarray):
        def __del__(self) -> None:
            alive.pop()

    most = 0

    def counted() -> Iterator[ByteImage]:
        nonlocal most
        for frame in drawn(60, (640, 480)):
            alive.append(None)
            most = max(most, len(alive))
            yield frame.copy().view(Counted)

    write_mp4(counted(), tmp_path / "video.mp4", (640, 480), 30, 60)
    assert most <= 2


def test_disparity_png_has_16_bits_with_near_white(tmp_path: Path) -> None:
    values = np.linspace(0, 1, 64 * 80, dtype=np.float32).reshape(64, 80)
    write_disparity(Disparity(values, "ramp"), tmp_path / "disparity.png")
    with Image.open(tmp_path / "disparity.png") as image:
        assert image.mode.startswith("I;16")
        assert not set(image.info) & {"exif", "xmp", "icc_profile"}
        levels = np.asarray(image)
    assert (levels[0, 0], levels[-1, -1]) == (0, 65535)
    np.testing.assert_allclose(levels / 65535, values, atol=1 / 65535)


def test_poster_is_a_plain_jpeg(tmp_path: Path) -> None:
    (frame,) = drawn(1)
    write_poster(frame, tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as image:
        assert (image.format, image.size) == ("JPEG", SIZE)
        assert "exif" not in image.info
        assert np.abs(np.asarray(image).astype(int) - frame).mean() < 8


def test_open_files_do_not_grow_with_every_video(tmp_path: Path) -> None:
    def opened() -> int:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208

    write_mp4(drawn(3), tmp_path / "video.mp4", SIZE, 30, 3)
    before = opened()
    for _ in range(3):
        write_mp4(drawn(3), tmp_path / "video.mp4", SIZE, 30, 3)
    assert opened() == before
