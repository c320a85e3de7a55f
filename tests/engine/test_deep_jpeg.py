"""JPEG that is lossless or has other than 8 bits: the right tones, upright, in its colours."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.photo import decode
from amena.engine.photo.deep_jpeg import DeepJpeg
from amena.engine.photo.depth_image import read_depth_image
from amena.engine.photo.headers import read_header
from amena.engine.reading import ConfinedReader
from tests.engine import samples
from tests.engine.deep_jpegs import deep_jpeg, ffmpeg_lossless, ffmpeg_reads, with_segments
from tests.engine.samples import exif
from tests.engine.test_decode import assert_upright, loaded, quarters

KINDS = [
    (12, {}),
    (12, {"subsamp": 2}),
    (12, {"progressive": 1}),
    (12, {"arithmetic": 1}),
    (8, {"lossless": 1}),
    (7, {"lossless": 1, "predictor": 4}),
    (12, {"lossless": 1, "predictor": 7}),
    (14, {"lossless": 1}),
    (16, {"lossless": 1, "predictor": 5}),
]


@pytest.mark.parametrize(("bits", "options"), KINDS)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_kind_has_the_tones_of_what_was_coded(
    bits: int, options: dict[str, int], mode: str
) -> None:
    grid = np.indices((240, 320)).astype(np.float32)
    smooth = np.stack([grid[0] / 239, grid[1] / 319, (grid[0] + grid[1]) / 558], -1) * 255
    picture = Image.fromarray((smooth + 0.5).astype(np.uint8)).convert(mode)
    if "subsamp" in options and mode == "L":
        return
    photo = decode.load(io.BytesIO(deep_jpeg(picture, bits, **options)), 320)
    wanted = np.asarray(picture.convert("RGB")).astype(int)
    bound = 3 if not options.get("lossless") else 0 if bits >= 8 else 1
    assert abs(photo.rgb - wanted).max() <= bound
    assert photo.format == "JPEG"
    # What is reduced, and what a depth map keeps, comes from the same samples.
    small = decode.load(io.BytesIO(deep_jpeg(picture, bits, **options)), 64).rgb.astype(int)
    reduced = np.asarray(picture.convert("RGB").resize((64, 48), Image.Resampling.LANCZOS))
    assert abs(small - reduced).mean() < 1.0


@pytest.mark.parametrize("options", [{}, {"lossless": 1}])
def test_orientation_and_profile_count(options: dict[str, int]) -> None:
    stored = samples.picture().transpose(samples.UNDO[6])
    assert_upright(loaded(with_segments(deep_jpeg(stored, 12, **options), exif(6))), 6)
    swapped = with_segments(
        deep_jpeg(samples.picture(), 12, **options), icc=samples.swapped_profile()
    )
    wanted = np.array(samples.QUARTERS)[:, ::-1]
    np.testing.assert_allclose(quarters(loaded(swapped)), wanted, atol=5)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_ffmpeg_reads_the_same(bits: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (96, 128), np.uint8)
    data = deep_jpeg(Image.fromarray(noise), bits, lossless=1)
    theirs = ffmpeg_reads(data, tmp_path)
    np.testing.assert_allclose(loaded(data, 128).rgb, theirs / 257, atol=1.0)


def test_ffmpegs_lossless_jpeg_of_reduced_chroma_is_ycbcr(tmp_path: Path) -> None:
    """libjpeg-turbo would show it in false colours."""
    data = ffmpeg_lossless(samples.picture(), "yuvj420p", tmp_path)
    assert_upright(loaded(data), 6)


def test_cmyk() -> None:
    cmyk = samples.picture().convert("CMYK")
    data = deep_jpeg(Image.eval(cmyk, lambda value: 255 - value), 12)
    assert read_header(data).deep is not None
    assert_upright(loaded(data), 6)


def test_a_depth_map_keeps_its_bits() -> None:
    ramp = Image.linear_gradient("L")
    values = read_depth_image(deep_jpeg(ramp, 16, lossless=1))
    np.testing.assert_allclose(values, np.asarray(ramp) / 255, atol=1e-4)


@pytest.mark.parametrize("options", [{}, {"lossless": 1}, {"progressive": 1}])
def test_a_part_is_cut_off_and_a_missing_end_marker_is_none(options: dict[str, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (240, 320, 3), np.uint8)
    data = deep_jpeg(Image.fromarray(noise), 12, **options)
    with pytest.raises(PhotoError) as refused:
        loaded(data[: len(data) * 7 // 10])
    assert refused.value.code == "truncated"
    np.testing.assert_array_equal(loaded(data[:-2]).rgb, loaded(data).rgb)


def test_a_confined_child_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "deep.jpg"
    path.write_bytes(deep_jpeg(samples.picture(), 16, lossless=1))
    found = ConfinedReader().photo(path, 160, enlarge_to=0, rotate=0, stereo="auto")
    np.testing.assert_array_equal(found.rgb, loaded(path.read_bytes()).rgb)


@pytest.mark.slow
def test_memory_is_what_the_header_says_and_thumbnails_stay_within_their_bound() -> None:
    size = 6000, 5000
    data = deep_jpeg(Image.new("L", size, 77), 16, lossless=1)
    header = read_header(data)
    script = (
        "import io, resource, sys\n"
        "from amena.engine.photo import decode\n"
        "data = sys.stdin.buffer.read()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "decode.load(io.BytesIO(data), 960)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], input=data, stdout=subprocess.PIPE, check=True
    )
    assert int(run.stdout) * 1024 < header.memory + 120_000_000
    colour = deep_jpeg(Image.new("RGB", size, "red"), 12, lossless=1)
    assert read_header(colour).memory > 300_000_000  # so that a grey thumbnail stands for it
    with Image.open(io.BytesIO(decode.thumbnail(io.BytesIO(colour), 64))) as small:
        assert small.convert("RGB").getpixel((5, 5)) == pytest.approx((128, 128, 128), abs=2)


def test_nothing_is_written_beyond_the_room_that_the_header_asked_for() -> None:
    """What our reader of headers and the decoder's find must agree."""
    data = deep_jpeg(samples.picture(), 12)
    for size, bits in (((320, 200), 12), ((300, 240), 12), ((320, 240), 16)):
        with pytest.raises(PhotoError) as refused:
            DeepJpeg(data, size, 3, bits).to_pillow()
        assert refused.value.code == "broken"


def test_a_broken_one_is_refused_as_a_photo_and_as_a_depth_map() -> None:
    data = deep_jpeg(samples.picture().convert("L"), 16, lossless=1)
    at = data.index(b"\xff\xc4") + 5
    data = data[:at] + b"\xff" * 16 + data[at + 16 :]
    for read in (loaded, read_depth_image):
        with pytest.raises(PhotoError) as refused:
            read(data)
        assert refused.value.code == "broken"


def test_what_no_decoder_reads_is_named() -> None:
    lossless = deep_jpeg(samples.picture(), 8, lossless=1)
    for marker, code in ((0xCB, "rare_kind"), (0xC7, "rare_kind"), (0xF7, "is_jpeg_ls")):
        with pytest.raises(PhotoError) as refused:
            loaded(lossless.replace(b"\xff\xc3", bytes((0xFF, marker))))
        assert refused.value.code == code


def test_ffmpegs_own_transform_of_colours_is_a_rare_kind(tmp_path: Path) -> None:
    with pytest.raises(PhotoError) as refused:
        loaded(ffmpeg_lossless(samples.picture(), "bgr24", tmp_path))
    assert refused.value.code == "rare_kind"
