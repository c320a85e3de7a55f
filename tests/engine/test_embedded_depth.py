from __future__ import annotations

import io
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.photo import decode
from amena.engine.types import Disparity
from tests.engine import depth_samples, readers, samples


def embedded(data: bytes) -> Disparity | None:
    return decode.load(io.BytesIO(data), 160).embedded


def profile(data: bytes) -> np.ndarray:
    """The disparity along the middle row of a photo whose map is `depth_samples.ramp`."""
    found = embedded(data)
    assert found is not None
    assert found.source == "embedded"
    assert (found.values.dtype, found.values.shape) == (np.float32, (120, 160))
    assert np.ptp(found.values, axis=0).max() < 0.02
    return found.values[60]


def assert_ignored(data: bytes, caplog: pytest.LogCaptureFixture, note: str) -> None:
    """The photo is good without its depth, and the log says why it has none."""
    with caplog.at_level(logging.INFO, logger="amena.engine"):
        photo = decode.load(io.BytesIO(data), 160)
    assert photo.embedded is None
    assert photo.size == (160, 120)
    assert note in caplog.text


SHARE = np.linspace(0, 1, 160)


@pytest.mark.parametrize("extended", [False, True])
def test_gdepth_inverse_range_is_disparity_with_black_near(extended: bool) -> None:
    np.testing.assert_allclose(
        profile(depth_samples.gdepth_jpeg(extended=extended)), 1 - SHARE, atol=0.01
    )


def test_gdepth_linear_range_is_turned_into_inverse_depth() -> None:
    data = depth_samples.gdepth_jpeg(
        attributes='GDepth:Format="RangeLinear" GDepth:Near="2" GDepth:Far="8"'
    )
    inverse = 1 / (2 + 6 * SHARE)
    expected = (inverse - 1 / 8) / (1 / 2 - 1 / 8)
    np.testing.assert_allclose(profile(data), expected, atol=0.02)


def test_gdepth_in_16_bits_and_in_a_jpeg() -> None:
    for image, kind in (
        (Image.fromarray(depth_samples.ramp().astype(np.uint16) * 257), "PNG"),
        (Image.fromarray(depth_samples.ramp()).convert("RGB"), "JPEG"),
    ):
        data = depth_samples.gdepth_jpeg(samples.encoded(image, kind))
        np.testing.assert_allclose(profile(data), 1 - SHARE, atol=0.02)


@pytest.mark.parametrize("form", ["attributes", "elements"])
def test_dynamic_depth_finds_the_map_among_the_appended_files(form: str) -> None:
    inverse = 1 / (1 + 3 * SHARE)
    expected = (inverse - 1 / 4) / (1 - 1 / 4)
    np.testing.assert_allclose(
        profile(depth_samples.dynamic_depth_jpeg(form=form)), expected, atol=0.03
    )


def test_apple_disparity_in_a_jpeg() -> None:
    np.testing.assert_allclose(profile(depth_samples.apple_depth_jpeg()), SHARE, atol=0.02)


def test_apple_depth_in_metres_is_inverted() -> None:
    inverse = 1 / (0.5 + 1.5 * SHARE)
    expected = (inverse - 1 / 2) / (2 - 1 / 2)
    np.testing.assert_allclose(
        profile(depth_samples.apple_depth_jpeg("depth")), expected, atol=0.04
    )


def test_apple_matte_is_not_taken_for_depth() -> None:
    matte = "<apdi:AuxiliaryImageSubType>portraiteffectsmatte</apdi:AuxiliaryImageSubType>"
    assert embedded(depth_samples.apple_depth_jpeg("depth", matte)) is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_heic_depth_image_is_turned_as_the_container_says(orientation: int) -> None:
    data = depth_samples.heic_with_depth(orientation)
    np.testing.assert_allclose(profile(data), SHARE, atol=0.03)


def test_dynamic_depth_behind_a_heic() -> None:
    inverse = 1 / (1 + 3 * SHARE)
    expected = (inverse - 1 / 4) / (1 - 1 / 4)
    np.testing.assert_allclose(profile(depth_samples.dynamic_depth_heic()), expected, atol=0.04)


@pytest.mark.parametrize("behind", [b"", b"stray bytes of others"])
def test_samsungs_depth_in_its_trailer(behind: bytes, tmp_path: Path) -> None:
    data = depth_samples.samsung_depth_jpeg(behind=behind)
    np.testing.assert_allclose(profile(data), 1 - SHARE, atol=0.02)
    if not behind:  # the layout is the one that ExifTool reads
        (tmp_path / "photo.jpg").write_bytes(data)
        told = readers.exiftool(tmp_path / "photo.jpg")
        assert told["Samsung:DepthMapWidth"] == 160
        assert told["Samsung:DepthMapHeight"] == 120


@pytest.mark.parametrize("turns", range(4))
def test_huaweis_depth_behind_the_photo(turns: int) -> None:
    data = depth_samples.huawei_depth_jpeg(turns=turns)
    np.testing.assert_allclose(profile(data), 1 - SHARE, atol=0.02)


def upper_left_is_near(photo: bytes, build: Callable[..., bytes], *, upright: bool) -> None:
    """Red (the upper left quarter) is nearest, whatever the orientation of the photo."""
    with Image.open(io.BytesIO(photo)) as stored:
        turn = stored.getexif().get(0x0112, 1)
    depth = Image.fromarray(np.full((120, 160), 255, np.uint8))
    depth.paste(0, (0, 0, 80, 60))
    if not upright and turn in samples.UNDO:
        depth = depth.transpose(samples.UNDO[turn])
    loaded = decode.load(io.BytesIO(build(np.asarray(depth), photo=photo)), 160)
    assert loaded.embedded is not None
    expected = np.zeros((120, 160), bool)
    expected[:60, :80] = True
    assert ((loaded.embedded.values > 0.5) == expected).mean() > 0.97


@pytest.mark.parametrize("orientation", range(1, 9))
def test_phones_maps_turn_with_the_picture(orientation: int) -> None:
    """Samsung's lies as the picture is stored, Huawei's as it is seen."""
    photo = samples.rotated_jpeg(orientation)
    upper_left_is_near(photo, depth_samples.samsung_depth_jpeg, upright=False)
    upper_left_is_near(photo, depth_samples.huawei_depth_jpeg, upright=True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_depth_turns_with_the_picture(orientation: int) -> None:
    """Red (the upper left quarter) carries the nearest depth, whatever the orientation."""
    photo = samples.rotated_jpeg(orientation)
    with Image.open(io.BytesIO(photo)) as stored:
        red = np.asarray(stored.convert("RGB"))[::2, ::2].astype(int)
    near = (red[..., 0] > 150) & (red[..., 1] < 100)
    depth = samples.encoded(Image.fromarray(np.where(near, 0, 255).astype(np.uint8)), "PNG")
    loaded = decode.load(io.BytesIO(depth_samples.gdepth_jpeg(depth, photo=photo)), 160)
    assert loaded.embedded is not None
    assert loaded.embedded.values.shape == loaded.rgb.shape[:2] == (120, 160)
    upper_left = np.zeros((120, 160), bool)
    upper_left[:60, :80] = True
    assert ((loaded.embedded.values > 0.5) == upper_left).mean() > 0.97


def test_depth_is_cut_like_a_picture_with_odd_sides() -> None:
    data = depth_samples.gdepth_jpeg(photo=samples.jpeg(321, 241))
    photo = decode.load(io.BytesIO(data), 960)
    assert photo.embedded is not None
    assert photo.embedded.values.shape == photo.rgb.shape[:2] == (240, 320)


def test_ordinary_photos_have_none() -> None:
    for build in (samples.jpeg, samples.gps_jpeg, samples.png, samples.webp, samples.heic):
        assert embedded(build()) is None


FLAT = samples.encoded(Image.new("L", (160, 120), 80), "PNG")
SQUARE = samples.encoded(Image.fromarray(depth_samples.ramp(120, 120)), "PNG")


@pytest.mark.parametrize(
    ("build", "note"),
    [
        (lambda: depth_samples.gdepth_jpeg(b"not a picture"), "not a picture"),
        (lambda: depth_samples.gdepth_jpeg(samples.bomb_png()), "megapixels"),
        (lambda: depth_samples.gdepth_jpeg(FLAT), "same everywhere"),
        (lambda: depth_samples.gdepth_jpeg(SQUARE), "shape"),
        (lambda: depth_samples.gdepth_jpeg(attributes='GDepth:Format="RangeLinear"'), "Near"),
        (
            lambda: depth_samples.gdepth_jpeg(
                attributes='GDepth:Format="RangeLinear" GDepth:Near="0" GDepth:Far="9"'
            ),
            "range of distances",
        ),
        (lambda: depth_samples.gdepth_jpeg(attributes='GDepth:Near="1" x="<'), "not well-formed"),
        (
            lambda: depth_samples.gdepth_jpeg(extended=True).replace(b"iVBOR", b"iVBOS", 1),
            "extended XMP is incomplete",
        ),
        (lambda: depth_samples.dynamic_depth_jpeg(stated_length=10**9), "place in the file"),
        (lambda: depth_samples.dynamic_depth_jpeg(stated_length=77), "place in the file"),
        (
            lambda: depth_samples.dynamic_depth_jpeg().replace(
                b'URI="android/d', b'URI="nowhere/d', 1
            ),
            "missing",
        ),
        (
            lambda: depth_samples.samsung_depth_jpeg().replace(b"\xff\xff\xa0", b"\xff\xff\xa1"),
            "size",
        ),
        (
            lambda: depth_samples.samsung_depth_jpeg().replace(
                b"SEFHj\0\0\0\3", b"SEFHj\0\0\0\xff"
            ),
            "room",
        ),
        (lambda: depth_samples.huawei_depth_jpeg()[:-9000], "cut off"),
        (
            lambda: depth_samples.apple_depth_jpeg().replace(
                b"FloatMinValue>0.5", b"FloatMinValue>???"
            ),
            "could not convert",
        ),
    ],
)
def test_malformed_depth_is_ignored_with_a_note(
    build: Callable[[], bytes], note: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert_ignored(build(), caplog, note)


def test_entities_in_xmp_are_refused(caplog: pytest.LogCaptureFixture) -> None:
    packet = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'
    assert_ignored(samples.jpeg(xmp=packet), caplog, "DTDForbidden")


@pytest.mark.parametrize(
    "build",
    [
        depth_samples.gdepth_jpeg,
        depth_samples.dynamic_depth_jpeg,
        depth_samples.apple_depth_jpeg,
        depth_samples.samsung_depth_jpeg,
        depth_samples.huawei_depth_jpeg,
    ],
)
def test_damaged_depth_never_costs_the_photo(build: Callable[[], bytes]) -> None:
    whole = build()
    segment = range(6, 4 + int.from_bytes(whole[4:6], "big"))
    appended = range(segment.stop - 2 + len(samples.jpeg()), len(whole))
    places = [*segment, *appended]
    if whole.startswith(samples.jpeg()):  # all is behind the photo: no pixel of the map, its frame
        places = [
            *range(len(samples.jpeg()), len(samples.jpeg()) + 120),
            *range(len(whole) - 400, len(whole)),
        ]
    random = np.random.default_rng(3)
    for _ in range(80):
        data = bytearray(whole)
        for place in random.choice(places, 4):
            data[place] = random.integers(256)
        assert decode.load(io.BytesIO(bytes(data)), 160).size == (160, 120)


@pytest.mark.parametrize(
    ("build", "black"),
    [
        (
            lambda: depth_samples.gdepth_jpeg(
                samples.encoded(Image.fromarray(depth_samples.ramp()), "PNG")
            ),
            1,
        ),
        (depth_samples.dynamic_depth_jpeg, 1),
        (depth_samples.samsung_depth_jpeg, 1),
        (depth_samples.apple_depth_jpeg, 0),
        (lambda: depth_samples.heic_with_depth(1), 0),
    ],
)
def test_it_is_known_which_end_holes_are_written_at(build: Callable[[], bytes], black: int) -> None:
    found = embedded(build())
    assert found is not None
    assert found.black == black
