"""Stereo photos: the second view is found in the file, and depth measured by it."""

from __future__ import annotations

import io
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from amena.engine.depth.compact import CompactDepth
from amena.engine.depth.stereo import measured
from amena.engine.errors import OptionsError, PhotoError
from amena.engine.options import STEREO, Options
from amena.engine.output.pairs import write_mpo
from amena.engine.output.spatial import write_spatial
from amena.engine.photo import decode
from amena.engine.photo.second_eye import LAYOUTS
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.types import ByteImage, Disparity, Photo, SecondEye
from benchmarks.depth import score
from tests.engine import depth_samples, samples, stereo_samples
from tests.engine.stereo_samples import Pair

pytestmark = pytest.mark.slow

SIZE = stereo_samples.WIDTH, stereo_samples.HEIGHT


@pytest.fixture(scope="module")
def pair() -> Pair:
    return stereo_samples.drawn()


@pytest.fixture(scope="module")
def network() -> CompactDepth:
    return CompactDepth(torch.device("cpu"))


@pytest.fixture(scope="module")
def estimate(pair: Pair, network: CompactDepth) -> Disparity:
    return network.estimate(Photo(pair.left, SIZE, "PNG"))


def by_both(
    pair: Pair, estimate: Disparity, other: ByteImage, turn: int = 0
) -> tuple[float, Disparity | None]:
    """The ordinal error with another second view; the estimate's where that was not used."""
    photo = Photo(pair.left, SIZE, "PNG", second_eye=SecondEye(other, turn))
    found = measured(photo, estimate)
    return score((found or estimate).values, pair.shifts).ordinal, found


def test_two_eyes_order_depth_far_better_than_the_network(
    pair: Pair, estimate: Disparity, network: CompactDepth
) -> None:
    for each in (pair, stereo_samples.drawn(1)):
        alone = network.estimate(Photo(each.left, SIZE, "PNG"))
        error, found = by_both(each, alone, each.right)
        assert found is not None
        assert (found.source, found.estimated) == ("stereo", False)
        assert error < min(0.03, 0.5 * score(alone.values, each.shifts).ordinal)


def tilted(view: ByteImage, **asked: float) -> ByteImage:
    """As a lens sees it that is turned (degrees), moved down (pixels), nearer, or looks inwards."""
    width, height = SIZE
    angle = np.deg2rad(asked.get("turn", 0))
    scale = asked.get("scale", 1)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    lens = np.array(
        [[cosine, -sine, 0], [sine, cosine, asked.get("down", 0)],
         [asked.get("inwards", 0) / width, 0, 1]]
    )  # fmt: skip
    warp = np.linalg.inv(middle) @ lens @ middle
    return cv2.warpPerspective(view, warp, SIZE, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize(
    "asked",
    [
        {"down": 14},
        {"turn": 1},
        {"scale": 1.02},
        {"inwards": 0.05},
        {"turn": -1.2, "down": -10, "scale": 0.985, "inwards": 0.03},
    ],
)
def test_lenses_need_be_neither_level_nor_parallel(
    pair: Pair, estimate: Disparity, asked: dict[str, float]
) -> None:
    error, found = by_both(pair, estimate, tilted(pair.right, **asked))
    assert found is not None
    assert error < 0.04


def test_a_lens_may_be_darker_and_of_another_tint(pair: Pair, estimate: Disparity) -> None:
    other = (pair.right * np.array([0.6, 0.55, 0.7])).astype(np.uint8)
    error, found = by_both(pair, estimate, other)
    assert found is not None
    assert error < 0.03


def test_views_turned_together_are_measured_across(pair: Pair, estimate: Disparity) -> None:
    """A camera held upright takes one view above the other."""
    photo = Photo(
        np.ascontiguousarray(np.rot90(pair.left, -1)), SIZE[::-1], "PNG",
        second_eye=SecondEye(np.ascontiguousarray(np.rot90(pair.right, -1)), 1),
    )  # fmt: skip
    turned = Disparity(np.ascontiguousarray(np.rot90(estimate.values, -1)), "compact")
    found = measured(photo, turned)
    assert found is not None
    assert score(np.ascontiguousarray(np.rot90(found.values)), pair.shifts).ordinal < 0.03


def test_exchanged_eyes_are_told_by_the_estimate(pair: Pair) -> None:
    true = Disparity((pair.shifts / pair.shifts.max()).astype(np.float32), "compact")
    error, found = by_both(pair, true, pair.right, turn=2)
    assert found is not None
    assert error < 0.03


def unlike(pair: Pair) -> list[ByteImage]:
    rng = np.random.default_rng(5)
    noise = rng.integers(0, 256, pair.left.shape).astype(np.uint8)
    return [stereo_samples.drawn(7).right, noise, np.zeros_like(noise), pair.left]


def test_a_second_view_that_tells_nothing_does_no_harm(pair: Pair, estimate: Disparity) -> None:
    """Another photo, noise, black, the very same picture."""
    for other in unlike(pair):
        assert by_both(pair, estimate, other)[1] is None


def test_a_flat_photo_and_its_second_view(estimate: Disparity) -> None:
    flat = np.full((*SIZE[::-1], 3), 128, np.uint8)
    photo = Photo(flat, SIZE, "PNG", second_eye=SecondEye(flat))
    assert measured(photo, estimate) is None


def load(data: bytes, stereo: str = "auto", rotate: int = 0) -> Photo:
    return decode.load(io.BytesIO(data), 480, rotate=rotate, stereo=stereo)


def assert_pair(photo: Photo, pair: Pair, *, exchanged: bool = False) -> None:
    """Both views are there, in their places."""
    eye = photo.second_eye
    assert eye is not None
    assert eye.turn == (2 if exchanged else 0)
    assert photo.size == photo.original_size == SIZE
    for found, drawn in zip((photo.rgb, eye.rgb), (pair.left, pair.right), strict=True):
        assert np.abs(found.astype(int) - drawn).mean() < 6
    assert np.abs(photo.rgb.astype(int) - pair.right).mean() > 12


def typed_mpo(pair: Pair, folder: Path) -> bytes:
    write_mpo(pair.left, pair.right, folder / "pair.mpo")
    return (folder / "pair.mpo").read_bytes()


def spatial(pair: Pair, folder: Path) -> bytes:
    write_spatial(pair.left, pair.right, folder / "pair.heic")
    return (folder / "pair.heic").read_bytes()


def test_pairs_are_found_in_files(pair: Pair, tmp_path: Path) -> None:
    side_by_side = np.hstack([pair.left, pair.right])
    assert_pair(load(stereo_samples.untyped_mpo(pair)), pair)
    assert_pair(load(typed_mpo(pair, tmp_path)), pair)
    assert_pair(load(spatial(pair, tmp_path)), pair)
    assert_pair(load(stereo_samples.jps(side_by_side)), pair)
    crossed = np.hstack([pair.right, pair.left])
    assert_pair(load(stereo_samples.jps(crossed, flags=0)), pair)
    above = np.vstack([pair.left, pair.right])
    assert_pair(load(stereo_samples.jps(above, layout=3)), pair)
    half = cv2.resize(side_by_side, SIZE, interpolation=cv2.INTER_AREA)
    found = load(stereo_samples.jps(half, flags=6))
    assert found.size == SIZE
    assert found.second_eye is not None


def test_the_pair_of_a_spatial_photo_is_what_exiftool_reads(pair: Pair, tmp_path: Path) -> None:
    """The file that stands for Apple's is known to others as a pair, not only to its writer."""
    spatial(pair, tmp_path)
    command = ["exiftool", "-v2", str(tmp_path / "pair.heic")]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout
    assert b"ster" in told


def test_a_spatial_photo_whose_picture_is_the_right_eyes(pair: Pair, tmp_path: Path) -> None:
    data = spatial(pair, tmp_path)
    at = data.index(b"ster") + 4 + 4 + 4 + 4
    left, right = struct.unpack(">II", data[at : at + 8])
    swapped = data[:at] + struct.pack(">II", right, left) + data[at + 8 :]
    assert_pair(load(swapped), pair, exchanged=True)


def test_nothing_is_told_from_looks(pair: Pair) -> None:
    side_by_side = Image.fromarray(np.hstack([pair.left, pair.right]))
    data = samples.encoded(side_by_side, "JPEG", quality=95)
    assert load(data).second_eye is None
    assert load(data).original_size == (2 * SIZE[0], SIZE[1])
    assert_pair(load(data, "sbs"), pair)
    assert load(stereo_samples.untyped_mpo(pair), "none").second_eye is None
    assert load(depth_samples.apple_depth_jpeg()).second_eye is None


def test_a_person_says_where_the_views_are(pair: Pair) -> None:
    pictures = {
        "sbs": np.hstack([pair.left, pair.right]),
        "sbs-half": cv2.resize(np.hstack([pair.left, pair.right]), SIZE),
        "cross-eyed": np.hstack([pair.right, pair.left]),
        "tab": np.vstack([pair.left, pair.right]),
    }
    assert set(pictures) == set(LAYOUTS) == set(STEREO) - {"auto", "none"}
    for layout, picture in pictures.items():
        photo = load(samples.encoded(Image.fromarray(picture), "PNG"), layout)
        assert photo.size == SIZE
        assert photo.second_eye is not None
        assert np.abs(photo.rgb.astype(int) - pair.left).mean() < 25
        assert np.abs(photo.second_eye.rgb.astype(int) - pair.right).mean() < 25
    with pytest.raises(OptionsError):
        Options(stereo="vr")


def test_views_that_are_stored_turned_are_cut_as_they_are_seen(pair: Pair) -> None:
    picture = Image.fromarray(np.hstack([pair.left, pair.right]))
    for orientation in range(1, 9):
        stored = picture.transpose(samples.UNDO[orientation]) if orientation > 1 else picture
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = samples.encoded(stored, "JPEG", quality=95, exif=exif)
        assert_pair(load(data, "sbs"), pair)


def test_the_second_view_turns_with_the_photo(pair: Pair) -> None:
    data = stereo_samples.untyped_mpo(pair)
    for rotate in (90, 180, 270):
        eye = load(data, rotate=rotate).second_eye
        assert eye is not None
        back = np.rot90(eye.rgb, eye.turn)
        assert np.abs(back.astype(int) - pair.right).mean() < 6
    exif = Image.Exif()
    exif[0x0112] = 6
    eye = load(stereo_samples.untyped_mpo(pair, exif=exif.tobytes())).second_eye
    assert eye is not None
    assert np.abs(np.rot90(eye.rgb, eye.turn).astype(int) - pair.right).mean() < 6


def gain_map_xmp(version: str) -> dict[str, object]:
    description = f'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" {version}'
    return {"xmp": samples.xmp_packet(description)}


@pytest.mark.parametrize(
    "second",
    [
        gain_map_xmp('hdrgm:Version="1.0"/>'),
        gain_map_xmp("><hdrgm:Version>1.0</hdrgm:Version></rdf:Description>"),
        {"extra": b"\xff\xe2\0\x22urn:iso:std:iso:ts:21496:-1\0\0\0\0\0"},
        {
            "xmp": samples.xmp_packet(
                '<rdf:Description xmlns:apdi="http://ns.apple.com/pixeldatainfo/1.0/" '
                'apdi:AuxiliaryImageType="urn:com:apple:photo:2020:aux:hdrgainmap"/>'
            )
        },
    ],
    ids=["Adobe", "Google", "ISO", "Apple"],
)
def test_a_gain_map_as_large_as_its_photo_is_no_second_view(
    pair: Pair, second: dict[str, object]
) -> None:
    """It says how much brighter the photo may be on a screen that can do more."""
    assert load(stereo_samples.untyped_mpo(pair, second={"quality": 95})).second_eye is not None
    assert load(stereo_samples.untyped_mpo(pair, second=second)).second_eye is None


def test_halves_too_small_are_refused() -> None:
    with pytest.raises(PhotoError, match="Each side needs"):
        load(samples.png(120, 240), "sbs")


def damaged(build: Callable[[], bytes], places: slice) -> list[bytes]:
    whole, random = build(), np.random.default_rng(2)
    found = []
    for _ in range(60):
        data = bytearray(whole)
        for place in random.choice(np.arange(len(whole))[places], 4):
            data[place] = random.integers(256)
        found.append(bytes(data))
    return found


def test_a_damaged_second_view_never_costs_the_photo(pair: Pair) -> None:
    small = Pair(*(each[:96, :128] for each in (pair.left, pair.right, pair.shifts)))
    mpo = stereo_samples.untyped_mpo(small)
    second = mpo.index(b"\xff\xd8\xff", 100)
    head = slice(mpo.index(b"MPF\0"), mpo.index(b"MPF\0") + 80)
    for places in (head, slice(second, len(mpo))):
        for data in damaged(lambda: mpo, places):
            assert load(data).size == (128, 96)
    cut = mpo[: second + 200]
    assert load(cut).size == (128, 96)


def test_the_engine_says_whether_both_views_counted(pair: Pair) -> None:
    engine = Engine()
    lone = Pair(pair.left, unlike(pair)[0], pair.shifts)
    for each, source in ((pair, "stereo"), (lone, "compact")):
        photo = load(stereo_samples.untyped_mpo(each))
        scene = engine.scenes.build(photo, Options(), None, Recorder())
        assert scene.disparity.source == source
        assert scene.ignored == (() if source == "stereo" else ("second_eye",))
    asked = Options(estimator="compact")  # nobody was let down
    assert engine.scenes.build(photo, asked, None, Recorder()).ignored == ()
