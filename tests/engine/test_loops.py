import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import EncodeError
from amena.engine.output.encode import video_writer
from amena.engine.output.loops import write_loop
from tests.engine.scenes import noise_photo

pytestmark = pytest.mark.slow

SIZE, FPS, COUNT = (320, 180), 30, 30
PLENTY = 50_000_000


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "video.mp4"
    picture = noise_photo(SIZE[1], SIZE[0]).rgb
    with video_writer(path, SIZE, FPS, COUNT) as write:
        for index in range(COUNT):
            write(np.roll(picture, 4 * index, axis=1))
    return path


def loop(video, path, limit):
    write_loop(video, path, FPS, SIZE, limit)
    with Image.open(path) as image:
        milliseconds = 0.0
        for index in range(image.n_frames):
            image.seek(index)
            image.load()
            milliseconds += image.info["duration"]
        return image.size, image.n_frames, milliseconds, image.info["loop"]


@pytest.mark.parametrize("name", ["loop.gif", "loop.webp"])
def test_a_loop_lasts_as_long_as_the_video_and_repeats_forever(name, video, tmp_path):
    size, frames, milliseconds, repeats = loop(video, tmp_path / name, PLENTY)
    assert size == SIZE  # not enlarged
    assert frames == COUNT / 2
    assert milliseconds == pytest.approx(1000, abs=40)
    assert repeats == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["loop.gif", "loop.webp"])
@pytest.mark.parametrize("share", [0.6, 0.05])
def test_a_loop_gives_up_pixels_and_frames_to_fit_the_limit(name, share, video, tmp_path):
    path = tmp_path / name
    full = loop(video, path, PLENTY)
    limit = int(path.stat().st_size * share)
    size, frames, milliseconds, _ = loop(video, path, limit)
    assert limit / 4 < path.stat().st_size <= limit
    assert max(size) <= max(full[0]) and frames <= full[1]
    assert max(size) * frames < max(full[0]) * full[1]
    assert milliseconds == pytest.approx(1000, abs=150)


@pytest.mark.parametrize("name", ["loop.gif", "loop.webp"])
def test_a_limit_that_nothing_fits_in_is_an_error_that_says_what_to_do(name, video, tmp_path):
    (tmp_path / name).write_bytes(b"an earlier loop")
    with pytest.raises(EncodeError, match=r"does not fit in 0\.0 MB\. Allow more") as raised:
        write_loop(video, tmp_path / name, FPS, SIZE, 300)
    assert raised.value.code == "loop_too_large"
    assert [entry.read_bytes() for entry in tmp_path.iterdir()] == [b"an earlier loop"]


def test_a_video_that_cannot_be_read_is_an_error(tmp_path):
    broken = tmp_path / "video.mp4"
    broken.write_bytes(b"no video")
    with pytest.raises(EncodeError, match="could not be encoded"):
        write_loop(broken, tmp_path / "loop.gif", FPS, SIZE, PLENTY)
    assert [entry.name for entry in tmp_path.iterdir()] == ["video.mp4"]


@pytest.mark.parametrize(("name", "side"), [("loop.gif", 480), ("loop.webp", 640)])
def test_a_large_video_is_reduced_at_once(name, side, tmp_path):
    path, size = tmp_path / "video.mp4", (600, 960)
    with video_writer(path, size, 24, 2) as write:
        for _ in range(2):
            write(np.full((960, 600, 3), 90, np.uint8))
    write_loop(path, tmp_path / name, 24, size, PLENTY)
    with Image.open(tmp_path / name) as image:
        assert image.size == (side * 600 // 960, side)
