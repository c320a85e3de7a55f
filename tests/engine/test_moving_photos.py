"""Photos that move in galleries, read by ExifTool and played by ffmpeg."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.geometry.camera import MOTIONS, build_path
from amena.engine.output.encode import write_mp4
from amena.engine.output.motion_photo import (
    moment_of_still,
    write_live_photo,
    write_motion_photo,
)
from amena.engine.types import ByteImage
from tests.engine.readers import exiftool, ffmpeg
from tests.engine.scenes import noise_photo

SIZE, FPS, COUNT = (128, 96), 24, 12
STILL = noise_photo(SIZE[1], SIZE[0]).rgb


def frames() -> Iterator[ByteImage]:
    for index in range(COUNT):
        yield np.roll(STILL, index, axis=1)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("video") / "video.mp4"
    write_mp4(frames(), path, SIZE, FPS, COUNT)
    return path


def count_frames(path: Path) -> int:
    reader, count = cv2.VideoCapture(str(path)), 0
    while reader.read()[0]:
        count += 1
    return count


def test_a_motion_photo_is_a_picture_and_the_video_lies_where_it_says(
    video: Path, tmp_path: Path
) -> None:
    path = tmp_path / "motionMP.jpg"
    write_motion_photo(STILL, video, path, 0.25)
    told = exiftool(path)
    assert (told["XMP-GCamera:MotionPhoto"], told["XMP-GCamera:MotionPhotoVersion"]) == (1, 1)
    assert told["XMP-GCamera:MotionPhotoPresentationTimestampUs"] == 250_000
    items = [entry["Item"] for entry in told["XMP-Container:Directory"]]
    assert [item["Semantic"] for item in items] == ["Primary", "MotionPhoto"]
    assert [item["Mime"] for item in items] == ["image/jpeg", "video/mp4"]
    length = items[1]["Length"]
    movie = tmp_path / "behind.mp4"
    movie.write_bytes(path.read_bytes()[-length:])
    assert movie.read_bytes() == video.read_bytes()
    assert count_frames(movie) == COUNT
    with Image.open(path) as picture:
        assert picture.size == SIZE
        assert np.abs(np.asarray(picture).astype(int) - STILL).mean() < 6


def test_both_files_of_a_live_photo_carry_one_identifier_and_the_movie_the_still_s_moment(
    video: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "live-photo.zip"
    write_live_photo(STILL, video, archive, 0.25)
    assert [entry.name for entry in tmp_path.iterdir()] == [archive.name]
    with zipfile.ZipFile(archive) as content:
        assert content.testzip() is None
        assert content.namelist() == ["photo.jpg", "photo.mov", "HOW TO IMPORT.txt"]
        content.extractall(tmp_path)
    picture, movie = exiftool(tmp_path / "photo.jpg"), exiftool(tmp_path / "photo.mov")
    # ExifTool 12.57 calls tag 0x0011 so; later ones ContentIdentifier.
    still = picture.get("Apple:MediaGroupUUID") or picture["Apple:ContentIdentifier"]
    assert len(still) == 36
    assert movie["Keys:ContentIdentifier"] == still
    assert movie["File:FileType"] == "MOV"
    assert movie["Track2:StillImageTime"] == -1
    said = ffmpeg(tmp_path / "photo.mov")
    assert "Video: h264" in said and "bt709" in said
    assert "Data: none (mebx" in said
    assert count_frames(tmp_path / "photo.mov") == COUNT
    assert cv2.VideoCapture(str(tmp_path / "photo.mov")).get(cv2.CAP_PROP_FPS) == FPS


def test_two_live_photos_are_two(video: Path, tmp_path: Path) -> None:
    found = set()
    for name in ("a.zip", "b.zip"):
        write_live_photo(STILL, video, tmp_path / name, 0.0)
        with zipfile.ZipFile(tmp_path / name) as content:
            picture = Image.open(io.BytesIO(content.read("photo.jpg")))
        found.add(picture.getexif().get_ifd(0x8769)[0x927C])
    assert len(found) == 2


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_still_is_the_frame_that_is_nearest_to_it(motion: str) -> None:
    path = build_path(motion, 30, 0.04, 0.5)
    frame = round(moment_of_still(path, 30) * 30)
    away = np.abs(path.poses - np.eye(4)).sum(axis=(1, 2))
    assert away[frame] == away.min()
