from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.output.encode import (
    CODECS,
    video_writer,
    write_disparity,
    write_mp4,
    write_poster,
)
from amena.engine.types import ByteImage, Disparity
from tests.engine.readers import ffmpeg

pytestmark = pytest.mark.slow

SIZE = (128, 96)


def drawn(count: int, size: tuple[int, int] = SIZE) -> Iterator[ByteImage]:
    """Red, green and blue bars on grey, drifting by a pixel a frame."""
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    for channel in range(3):
        start = size[0] * (2 * channel + 1) // 8
        picture[:, start : start + size[0] // 8] = 0
        picture[:, start : start + size[0] // 8, channel] = 220
    for index in range(count):
        yield np.roll(picture, index, axis=1)


def decoded(path: Path) -> list[ByteImage]:
    reader = cv2.VideoCapture(str(path))
    frames = []
    while True:
        more, frame = reader.read()
        if not more:
            return frames
        frames.append(frame[..., ::-1])


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


@pytest.mark.parametrize(
    ("codec", "said"),
    [
        ("hevc", r"Video: hevc \(Main 10\) \(hvc1.*yuv420p10le\(tv, bt709"),
        ("av1", r"Video: av1 .*\(Main\) \(av01.*yuv420p10le\(tv, bt709"),
    ],
)
def test_the_codecs_that_save_bytes_have_ten_bits_and_every_tag(
    codec: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "video.mp4"
    with video_writer(path, SIZE, 30, 20, codec) as write:
        for frame in drawn(20):
            write(frame)
    probe = ffmpeg(path)
    assert re.search(said + r".*128x96.*30 fps", probe), probe
    raw = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path), "-f", "rawvideo",
         "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
    ).stdout  # fmt: skip
    frames = np.frombuffer(raw, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)
    assert len(frames) == 20
    for frame, original in zip(frames, drawn(20), strict=True):
        assert np.abs(frame.astype(int) - original).mean() < 8
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_what_saves_bytes_is_kept_to_full_hd(codec: str) -> None:
    assert CODECS[codec].size((3840, 2562), 30) == (1920, 1280)
    assert CODECS[codec].size((1280, 1920), 60) == (1280, 1920)


def luma(path: Path) -> NDArray[np.float64]:
    """Of a film's last frame, in steps of ten bits, the means of eight columns each."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    command += ["-vf", "format=yuv420p10le", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    last = np.frombuffer(raw, "<u2").reshape(-1, 540 * 3 // 2, 960)[-1, :540].astype(float)
    return last.reshape(540, 120, 8).mean(axis=2)


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_skies_do_not_band_with_ten_bits(codec: str, tmp_path: Path) -> None:
    """Whose steps in 8 bits are 20 rows high. The film is nearer to the sky than they are."""
    sky = np.linspace(0, 1, 540)[:, None] + 0.15 * np.linspace(0, 1, 960)
    colours = np.stack([120 + 26 * sky, 160 + 22 * sky, 215 + 10 * sky], -1)
    frame = colours.round().astype(np.uint8)
    found = {}
    for kind in ("h264", codec):
        path = tmp_path / f"{kind}.mp4"
        with video_writer(path, (960, 540), 24, 12, kind) as write:
            for _ in range(12):
                write(frame)
        found[kind] = luma(path)
    true, rounded = (
        (64 + 876 / 255 * (each @ (0.2126, 0.7152, 0.0722))).reshape(540, 120, 8).mean(axis=2)
        for each in (colours, frame)
    )

    def steepest(rows: NDArray[np.float64]) -> float:
        return float(np.abs(rows[3:] - rows[:-3]).max(axis=0).mean())

    def off(rows: NDArray[np.float64]) -> float:
        return float(np.sqrt(((rows - true) ** 2).mean()))

    assert steepest(found[codec]) < 2.2 < 3 < min(steepest(rounded), steepest(found["h264"]))
    assert off(found[codec]) < 0.8 * off(rounded) < 0.8 * off(found["h264"])


@pytest.mark.parametrize("codec", ["hevc", "av1"])
def test_what_is_no_sky_stays_as_it_is(codec: str, tmp_path: Path) -> None:
    """Faint texture, and what is even beside an edge."""
    frame = np.full((540, 960, 3), 120, np.uint8)
    frame[:, 480:] = 60
    frame[:270] += np.round(3 + 3 * np.sin(np.arange(270) / 6)).astype(np.uint8)[:, None, None]
    path = tmp_path / "film.mp4"
    with video_writer(path, (960, 540), 24, 6, codec) as write:
        for _ in range(6):
            write(frame)
    seen, true = luma(path), 64 + 876 / 255 * frame[..., 0].reshape(540, 120, 8).mean(axis=2)
    step = 876 / 255  # of 8 bits
    assert np.abs(seen - true)[275:].max() < step
    faint = seen[10:260] - seen[10:260].mean(axis=0)
    assert faint.std() > 0.9 * (true[10:260] - true[10:260].mean(axis=0)).std()


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    """On processors with AVX-512 too, where x264 of itself makes now one, now another of these."""
    noise = np.random.default_rng(1).integers(0, 255, (32, 32, 3), np.uint8)
    wide = cv2.resize(noise, (1300, 1300), interpolation=cv2.INTER_CUBIC)

    def moved(angle: float, radius: float) -> ByteImage:
        shift = [[1, 0, radius * math.cos(angle) - 150], [0, 1, radius * math.sin(angle) - 150]]
        return cv2.warpAffine(wide, np.array(shift, np.float32), (960, 960)).astype(np.uint8)

    frames = [moved(2 * math.pi * k / 24, -12) for k in range(24)]
    for k, frame in enumerate(frames):
        front = moved(2 * math.pi * k / 24, 12)
        frame[300:660, 300:660] = 255 - front[300:660, 300:660]
    path = tmp_path / "video.mp4"
    made = set()
    for _ in range(8):
        write_mp4(frames, path, (960, 960), 24, len(frames))
        made.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(made) == 1


def test_webm_is_vp9_with_every_frame_in_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "video.webm"
    with video_writer(path, SIZE, 30, 20) as write:
        for frame in drawn(20):
            write(frame)
    probe = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)],
        capture_output=True,
        text=True,
    ).stderr
    assert re.search(r"Video: vp9.*yuv420p\(tv, bt709.*128x96.*30 fps", probe), probe
    frames = decoded(path)
    assert len(frames) == 20
    for frame, original in zip(frames, drawn(20), strict=True):
        assert np.abs(frame.astype(int) - original).mean() < 8
    assert [entry.name for entry in tmp_path.iterdir()] == ["video.webm"]


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


def test_a_loop_is_one_closed_group_of_pictures(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    write_mp4(drawn(100), path, SIZE, 24, 100)
    listing = subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(path)),
            *("-vf", "showinfo", "-f", "null", "-"),
        ],
        capture_output=True,
        text=True,
    ).stderr
    kinds = re.findall(r"n:\s*(\d+).*?iskey:(\d) type:(\w)", listing)
    assert [int(n) for n, key, _ in kinds if key == "1"] == [0]


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


@pytest.mark.parametrize(("size", "search"), [(SIZE, b"subme=2"), ((2400, 1700), b"subme=1")])
def test_the_encoder_searches_less_in_large_pictures(
    tmp_path: Path, size: tuple[int, int], search: bytes
) -> None:
    """x264 writes its settings into the stream."""
    path = tmp_path / "video.mp4"
    write_mp4(drawn(1, size), path, size, 30, 1)
    assert search in path.read_bytes()


def grainy_loop(count: int) -> list[ByteImage]:
    """Grain that goes round a circle of six pixels and ends where it began."""
    grain = np.random.default_rng(1).normal(0, 1, (320, 320, 3)).astype(np.float32)
    grain = 128 + 60 * cv2.GaussianBlur(grain, (0, 0), 1.5)
    frames = []
    for angle in np.linspace(0, 2 * np.pi, count, endpoint=False):
        shift = np.array([[1, 0, 6 * np.cos(angle)], [0, 1, 6 * np.sin(angle)]])
        moved = cv2.warpAffine(grain, shift, (320, 320), flags=cv2.INTER_CUBIC)
        frames.append(moved[32:-32, 32:-32].clip(0, 255).round().astype(np.uint8))
    return frames


def test_quality_does_not_fall_before_the_loop_begins_again(tmp_path: Path) -> None:
    frames = grainy_loop(60)
    write_mp4(frames, tmp_path / "v.mp4", (256, 256), 30, len(frames))
    shown = decoded(tmp_path / "v.mp4")
    error = [np.abs(a.astype(int) - b).mean() for a, b in zip(shown, frames, strict=True)]
    assert error[-1] < 1.03 * np.median(error)
