import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.output.encode import video_writer
from benchmarks import contact_sheet
from tests.benchmarks.pictures import texture

pytestmark = pytest.mark.slow


def test_frames_of_videos_stand_in_rows_evenly_spaced(tmp_path):
    for name in ("first.mp4", "second.mp4"):
        with video_writer(tmp_path / name, (64, 48), 24, 24) as write:
            for index in range(24):
                write(np.full((48, 64, 3), 10 * index, np.uint8))
    out = tmp_path / "sheet.png"
    videos = [str(tmp_path / name) for name in ("first.mp4", "second.mp4")]
    contact_sheet.main(["videos", *videos, "--out", str(out), "--frames", "4", "--width", "64"])
    with Image.open(out) as image:
        assert image.size == (4 * 64, 2 * 48)
        row = np.asarray(image)[40, 32::64, 0]
    assert np.abs(row.astype(int) - [0, 60, 120, 180]).max() <= 3


def test_a_file_that_is_no_video_is_named(tmp_path):
    (tmp_path / "none.mp4").write_bytes(b"")
    with pytest.raises(ValueError, match=r"none\.mp4 is not a video"):
        contact_sheet.video_row(tmp_path / "none.mp4", 8)


def test_every_motion_of_a_photo_is_a_row(tmp_path):
    photo, depth = tmp_path / "photo.png", tmp_path / "depth.png"
    cv2.imwrite(str(photo), texture(96, 128))
    ramp = np.broadcast_to(np.linspace(0, 255, 96)[:, None], (96, 128)).astype(np.uint8)
    cv2.imwrite(str(depth), ramp)
    contact_sheet.main(
        [
            "motions",
            str(photo),
            "--depth",
            str(depth),
            "--out",
            str(tmp_path / "sheets"),
            "--motions",
            "circle",
            "zoom-in",
            "--frames",
            "3",
            "--width",
            "100",
        ]
    )
    with Image.open(tmp_path / "sheets" / "photo.jpg") as image:
        assert image.size == (300, 150)
        assert np.asarray(image).std() > 20


def test_a_row_shows_photo_disparity_and_both_ends_of_the_motion(tmp_path):
    names = [tmp_path / f"{name}.png" for name in ("a", "b", "c")]
    for index, name in enumerate(names):
        cv2.imwrite(str(name), np.roll(texture(96, 128), 30 * index, axis=1))
    out = tmp_path / "sheet.png"
    contact_sheet.main(
        ["photos", *map(str, names), "--out", str(out), "--width", "100", "--columns", "2"]
    )
    with Image.open(out) as image:
        assert image.size == (2 * 4 * 100, 2 * 75)
        cells = np.asarray(image)[:75].reshape(75, 8, 100, 3).astype(int)
    # Photo and frames look alike, the disparity does not.
    assert np.abs(cells[:, 0] - cells[:, 2]).mean() < 25 < np.abs(cells[:, 0] - cells[:, 1]).mean()


def test_zoom_shows_a_quarter_at_any_place():
    frame = np.arange(400 * 800, dtype=np.uint32).astype(np.uint8).reshape(400, 800, 1)
    for centre in ((0.5, 0.5), (0, 0), (1, 1)):
        part = contact_sheet._part(frame, centre)
        assert part.shape[:2] == (100, 200)
    assert np.array_equal(contact_sheet._part(frame, (0.5, 0.5)), frame[150:250, 300:500])
