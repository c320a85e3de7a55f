from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.photo import decode
from amena.engine.photo.decode import PhotoInfo
from amena.engine.photo.limits import MAX_BYTES
from amena.engine.types import Photo
from tests.engine import depth_samples, samples


def loaded(data: bytes, long_side: int = 160) -> Photo:
    return decode.load(io.BytesIO(data), long_side)


def quarters(photo: Photo) -> np.ndarray:
    """The colours in the middle of the four quarters, in the order of `samples.QUARTERS`."""
    height, width = photo.rgb.shape[:2]
    rows, cols = [height // 4] * 2 + [height * 3 // 4] * 2, [width // 4, width * 3 // 4] * 2
    return photo.rgb[rows, cols].astype(int)


def assert_upright(photo: Photo, tolerance: int = 4) -> None:
    np.testing.assert_allclose(quarters(photo), samples.QUARTERS, atol=tolerance)


def refusal(data: bytes, *, by_header: bool = True) -> PhotoError:
    """The error that all entrances must give alike; the header does not show all damage."""
    if by_header:
        with pytest.raises(PhotoError) as inspected:
            decode.inspect(io.BytesIO(data))
    else:
        decode.inspect(io.BytesIO(data))
        with pytest.raises(PhotoError) as inspected:
            decode.thumbnail(io.BytesIO(data), 96)
    with pytest.raises(PhotoError) as decoded:
        loaded(data)
    assert decoded.value.code == inspected.value.code
    assert "\n" not in inspected.value.message
    return inspected.value


@pytest.mark.parametrize(
    ("build", "kind"),
    [
        (samples.jpeg, "JPEG"),
        (samples.png, "PNG"),
        (samples.webp, "WEBP"),
        (samples.heic, "HEIF"),
    ],
)
def test_each_format_is_told_by_content_and_decoded(
    build: Callable[[], bytes], kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "a wrong name.txt"
    path.write_bytes(build())
    assert decode.inspect(path) == PhotoInfo(kind, 320, 240)
    photo = decode.load(path, 160)
    assert (photo.format, photo.original_size, photo.size) == (kind, (320, 240), (160, 120))
    assert photo.rgb.dtype == np.uint8
    assert photo.rgb.flags.c_contiguous
    assert photo.rgb.flags.writeable
    assert photo.embedded is None
    assert_upright(photo)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    data = samples.rotated_jpeg(orientation, 320, 200)
    assert decode.inspect(io.BytesIO(data)) == PhotoInfo("JPEG", 320, 200)
    photo = loaded(data)
    assert (photo.original_size, photo.size) == ((320, 200), (160, 100))
    assert_upright(photo)


def test_orientation_counts_in_png_and_webp_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = samples.picture(240, 320).transpose(Image.Transpose.ROTATE_90)
    for kind in ("PNG", "WEBP"):
        data = samples.encoded(stored, kind, exif=exif)
        assert decode.inspect(io.BytesIO(data)) == PhotoInfo(kind, 240, 320)
        assert_upright(loaded(data))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_is_turned_once(orientation: int) -> None:
    """By the container's own properties; the EXIF beside them says the same again."""
    data = depth_samples.heic_with_depth(orientation)
    assert decode.inspect(io.BytesIO(data)) == PhotoInfo("HEIF", 320, 240)
    assert_upright(loaded(data))


def test_orientation_out_of_range_is_ignored() -> None:
    assert loaded(samples.rotated_jpeg(99)).size == (160, 120)


def test_damaged_exif_does_not_hinder() -> None:
    assert_upright(loaded(samples.jpeg(exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")))


@pytest.mark.parametrize("build", [samples.cmyk_jpeg, samples.rgb16_png])
def test_other_colour_models_become_rgb(build: Callable[[], bytes]) -> None:
    assert_upright(loaded(build()))


def test_greyscale_becomes_three_equal_channels() -> None:
    rgb = loaded(samples.grey_jpeg()).rgb
    assert (np.ptp(rgb, axis=2) == 0).all()


def test_16_bit_greyscale_keeps_its_range() -> None:
    grey = loaded(samples.grey16_png(), 320).rgb[0, :, 0].astype(int)
    np.testing.assert_allclose(grey, np.linspace(0, 255, 320), atol=1)


def test_transparency_is_laid_on_white_without_a_fringe_of_hidden_colour() -> None:
    rgb = loaded(samples.transparent_png()).rgb.astype(int)
    assert (rgb[:, :75] == 255).all()
    assert (rgb[:, 85:] == (0, 0, 255)).all()
    edge = rgb[:, 75:85]
    assert (edge[..., 0] == edge[..., 1]).all()  # from white to blue; no red of the clear half


def test_palette_with_a_transparent_colour() -> None:
    photo = loaded(samples.palette_png())
    np.testing.assert_allclose(quarters(photo)[:3], samples.QUARTERS[:3], atol=8)
    assert (quarters(photo)[3] == 255).all()


def test_colour_profile_is_applied_in_every_format() -> None:
    profile = samples.swapped_profile()
    files = [
        samples.encoded(samples.picture(), kind, icc_profile=profile, quality=92)
        for kind in ("JPEG", "PNG", "WEBP")
    ]
    for data in (*files, samples.heic(icc_profile=profile, icc_profile_type="prof")):
        found = quarters(loaded(data))
        np.testing.assert_allclose(found, np.array(samples.QUARTERS)[:, ::-1], atol=5)


@pytest.mark.parametrize("profile", [b"not a profile", b"\0" * 200])
def test_damaged_colour_profile_is_ignored(profile: bytes) -> None:
    assert_upright(loaded(samples.jpeg(icc_profile=profile)))


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((4000, 3000), 960, (960, 720)),
        ((3000, 4000), 960, (720, 960)),
        ((641, 427), 960, (640, 426)),  # not enlarged, made even
        ((961, 961), 960, (960, 960)),
        ((1000, 667), 960, (960, 640)),
        ((1000, 125), 960, (960, 120)),
        ((4000, 3000), 961, (960, 720)),
    ],
)
def test_sizes_are_even_reduced_and_never_enlarged(
    size: tuple[int, int], long_side: int, expected: tuple[int, int]
) -> None:
    photo = loaded(samples.jpeg(*size), long_side)
    assert (photo.original_size, photo.size) == (size, expected)


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((512, 512), 960, (960, 960)),
        ((451, 300), 960, (960, 638)),
        ((300, 451), 1920, (638, 960)),
        ((1200, 800), 1920, (1200, 800)),
        ((4000, 3000), 1920, (1920, 1440)),
    ],
)
def test_a_small_photo_is_enlarged_as_far_as_asked_and_a_large_one_is_not(
    size: tuple[int, int], long_side: int, expected: tuple[int, int]
) -> None:
    photo = decode.load(io.BytesIO(samples.jpeg(*size)), long_side, enlarge_to=960)
    assert (photo.original_size, photo.size) == (size, expected)


@pytest.mark.parametrize("size", [(1003, 755), (997, 640), (1501, 1203)])
def test_reducing_does_not_stretch(size: tuple[int, int]) -> None:
    """A horizontal and a vertical ramp must have the same slope afterwards."""
    ramp_x, ramp_y = np.meshgrid(np.arange(size[0]) * 0.15, np.arange(size[1]) * 0.15)
    pixels = np.stack([ramp_x, ramp_y, 0 * ramp_x], axis=2).astype(np.uint8)
    rgb = loaded(samples.encoded(Image.fromarray(pixels), "PNG"), 480).rgb.astype(float)
    across = np.polyfit(np.arange(480), rgb[:, :, 0].mean(axis=0), 1)[0]
    down = np.polyfit(np.arange(rgb.shape[0]), rgb[:, :, 1].mean(axis=1), 1)[0]
    assert abs(across / down - 1) < 0.001  # a stretch by one row in 360 would be 0.003
    # Nor does it shift: the middle stays the middle.
    assert abs(rgb[:, rgb.shape[1] // 2, 0].mean() - ramp_x[0, size[0] // 2]) < 1
    assert abs(rgb[rgb.shape[0] // 2, :, 1].mean() - ramp_y[size[1] // 2, 0]) < 1


def test_quick_reduction_of_a_large_jpeg_is_as_good_as_a_full_one() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (375, 500, 3), np.uint8)
    picture = Image.fromarray(noise).resize((2000, 1500), Image.Resampling.BICUBIC)
    data = samples.encoded(picture, "JPEG", quality=90)
    with Image.open(io.BytesIO(data)) as image:
        full = np.asarray(image.resize((480, 360), Image.Resampling.LANCZOS)).astype(float)
    ideal = np.asarray(picture.resize((480, 360), Image.Resampling.LANCZOS)).astype(float)
    assert np.abs(loaded(data, 480).rgb - ideal).mean() < 1.05 * np.abs(full - ideal).mean()


@pytest.mark.parametrize(
    ("build", "code"),
    [
        (lambda: b"", "empty_file"),
        (lambda: b"hello", "unknown_format"),
        (lambda: b"\xff\xd8\xff", "broken"),
        (samples.svg, "is_svg"),
        (samples.one_pixel_png, "too_small"),
        (lambda: samples.png(640, 63), "too_small"),
        (lambda: samples.png(801, 100), "too_narrow"),
        (samples.bomb_png, "too_many_pixels"),
        (lambda: samples.bomb_png(16_000, 15_626), "too_many_pixels"),
        (lambda: samples.bomb_png(8000, 5001), "truncated"),  # of a few bytes
        (samples.bomb_jpeg, "too_many_pixels"),
        (samples.bomb_webp, "too_many_pixels"),
        (samples.bomb_heic, "too_many_pixels"),
        (lambda: samples.truncated(samples.png()), "truncated"),
        (lambda: samples.truncated(samples.webp()), "truncated"),
        (lambda: samples.truncated(samples.heic()), "truncated"),
        (lambda: samples.png() + b"\0" * MAX_BYTES, "too_large_file"),
    ],
)
def test_bad_content_is_refused_with_one_clear_line(build: Callable[[], bytes], code: str) -> None:
    assert refusal(build()).code == code


@pytest.mark.parametrize("share", [0.6, 0.995])
def test_a_jpeg_that_is_cut_off_is_refused_when_it_is_decoded(share: float) -> None:
    data = samples.truncated(samples.noisy_jpeg(), share)
    assert refusal(data, by_header=False).code == "truncated"


def test_truncated_progressive_jpeg_is_refused() -> None:
    noise = Image.open(io.BytesIO(samples.noisy_jpeg()))
    whole = samples.encoded(noise, "JPEG", quality=95, progressive=True)
    assert loaded(whole).size == (160, 120)
    cut = samples.truncated(whole, 0.4)
    assert refusal(cut, by_header=False).code == "truncated"


def test_path_that_is_not_there_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"none\.jpg: No such file") as raised:
        decode.inspect(tmp_path / "none.jpg")
    assert raised.value.code == "unreadable"
    assert str(tmp_path) not in raised.value.message
    with pytest.raises(PhotoError, match="Is a directory"):
        decode.load(tmp_path, 960)


@pytest.mark.parametrize("build", [samples.jpeg, samples.png, samples.webp, samples.heic])
def test_damage_anywhere_gives_a_picture_or_a_photo_error(build: Callable[[], bytes]) -> None:
    """Also no warning leaks: the test settings would turn one into an error."""
    whole = build()
    random = np.random.default_rng(7)
    outcomes = set()
    for _ in range(120):
        data = bytearray(whole)
        for place in random.integers(0, len(data), random.integers(1, 6)):
            data[place] = random.integers(256)
        if random.random() < 0.2:
            del data[random.integers(len(data)) :]
        for look in (decode.inspect, lambda file: decode.load(file, 96)):
            try:
                look(io.BytesIO(bytes(data)))
                outcomes.add("fine")
            except PhotoError as error:
                outcomes.add(error.code)
    assert "fine" in outcomes
    assert outcomes & {"broken", "truncated"}


def test_a_file_read_before_is_read_from_its_start_and_rewound() -> None:
    file = io.BytesIO(samples.jpeg())
    file.read(100)
    decode.inspect(file)
    assert file.tell() == 0


def test_threads_decode_side_by_side() -> None:
    files = [samples.rotated_jpeg(orientation) for orientation in range(1, 9)] * 4
    with ThreadPoolExecutor(8) as pool:
        for photo in pool.map(loaded, files):
            assert_upright(photo)


def test_thumbnail_is_small_upright_and_bare() -> None:
    data = decode.thumbnail(io.BytesIO(samples.rotated_jpeg(6)), 96)
    with Image.open(io.BytesIO(data)) as image:
        assert (image.format, image.size) == ("JPEG", (96, 72))
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        left, right = image.getpixel((20, 15)), image.getpixel((75, 15))
    np.testing.assert_allclose([left, right], samples.QUARTERS[:2], atol=12)
    bare = decode.thumbnail(io.BytesIO(samples.gps_jpeg()), 96)
    assert samples.SECRET.encode() not in bare
    assert b"Exif" not in bare


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_heic_too_large_for_the_web_process_shows_the_thumbnail_that_it_holds(
    orientation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "THUMBNAIL_MEMORY", 320 * 240)
    upright = samples.picture()
    stored = upright.transpose(samples.UNDO[orientation]) if orientation > 1 else upright
    stored.info["thumbnails"] = [160]
    grey = [(128, 128, 128)] * 4
    data = samples.heif_file([stored], orientation)
    for file, colours in ((data, samples.QUARTERS), (samples.heic(), grey)):
        with Image.open(io.BytesIO(decode.thumbnail(io.BytesIO(file), 96))) as image:
            assert image.size == (96, 72)
            shown = [image.getpixel(place) for place in ((20, 15), (75, 15), (20, 55), (75, 55))]
        np.testing.assert_allclose(shown, colours, atol=12)


@pytest.mark.service
def test_pixels_are_not_decoded_before_the_size_is_checked() -> None:
    """Bombs are refused within the memory that a small photo needs."""
    script = (
        "import io, resource, sys\n"
        "from amena.engine.photo import decode\n"
        "from amena.engine.errors import PhotoError\n"
        "small, *bombs = [sys.stdin.buffer.read(int(each)) for each in sys.argv[1:]]\n"
        "decode.load(io.BytesIO(small), 160)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for bomb in bombs:\n"
        "    try:\n"
        "        decode.inspect(io.BytesIO(bomb))\n"
        "    except PhotoError as error:\n"
        "        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "        print(error.code, grown < 20_000)\n"
    )
    builds = (samples.png, samples.bomb_png, samples.bomb_jpeg, samples.bomb_webp)
    files = [build() for build in (*builds, samples.bomb_heic)]
    command = [sys.executable, "-c", script, *(str(len(each)) for each in files)]
    done = subprocess.run(command, input=b"".join(files), stdout=subprocess.PIPE, check=True)
    assert done.stdout.decode().splitlines() == 4 * ["too_many_pixels True"]


def test_checking_a_photo_loads_nothing_heavy() -> None:
    script = (
        "import sys, amena.engine.photo.decode\n"
        "sys.exit(bool({'torch', 'cv2', 'vispy', 'django'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
