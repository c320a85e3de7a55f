from __future__ import annotations

import hashlib
import math
import re
import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.output.codecs import CODECS
from amena.engine.output.encode import video_writer, write_mp4
from amena.engine.types import ByteImage
from tests.engine.films import SIZE, decoded, drawn
from tests.engine.readers import ffmpeg

pytestmark = pytest.mark.slow


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
