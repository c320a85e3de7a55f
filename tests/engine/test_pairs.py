"""Stills of two views, read by Pillow, ExifTool and libheif."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from amena.engine.output import pairs
from amena.engine.output.isobmff import boxes, full_box, only
from amena.engine.output.spatial import write_spatial
from amena.engine.output.stereo import grey_anaglyph
from amena.engine.types import ByteImage
from tests.engine.readers import exiftool
from tests.engine.scenes import noise_photo

WIDTH, HEIGHT, SHIFT = 160, 96, 6


@pytest.fixture(scope="module")
def eyes() -> tuple[ByteImage, ByteImage]:
    left = noise_photo(HEIGHT, WIDTH).rgb
    return left, np.roll(left, -SHIFT, axis=1)


def near(picture: Image.Image, wanted: ByteImage) -> bool:
    return bool(np.abs(np.asarray(picture.convert("RGB")).astype(int) - wanted).mean() < 8)


def test_stills_for_headsets_have_the_left_eye_first(
    eyes: tuple[ByteImage, ByteImage], tmp_path: Path
) -> None:
    pairs.write_side_by_side(*eyes, tmp_path / "sbs.jpg")
    pairs.write_top_and_bottom(*eyes, tmp_path / "tab.jpg")
    with Image.open(tmp_path / "sbs.jpg") as picture:
        assert near(picture, np.hstack(eyes))
    with Image.open(tmp_path / "tab.jpg") as picture:
        assert near(picture, np.vstack(eyes))


def test_cards_show_the_views_for_crossed_and_for_relaxed_eyes(
    eyes: tuple[ByteImage, ByteImage], tmp_path: Path
) -> None:
    pairs.write_cross_eyed(*eyes, tmp_path / "crossed.jpg")
    pairs.write_parallel(*eyes, tmp_path / "parallel.jpg")
    for name, order in (("crossed.jpg", eyes[::-1]), ("parallel.jpg", eyes)):
        with Image.open(tmp_path / name) as card:
            frame = (card.width - 2 * WIDTH) // 3
            assert frame > 0
            for index, view in enumerate(order):
                x = frame + index * (WIDTH + frame)
                assert near(card.crop((x, 3 * frame, x + WIDTH, 3 * frame + HEIGHT)), view)
                # The dots to fuse stand as far apart as the views.
                assert card.getpixel((x + WIDTH // 2, round(1.5 * frame)))[0] < 90


def test_a_grey_anaglyph_gives_each_eye_its_own_view_without_colour(
    eyes: tuple[ByteImage, ByteImage], tmp_path: Path
) -> None:
    picture = grey_anaglyph(*eyes)
    assert np.array_equal(picture[..., 1], picture[..., 2])
    assert np.array_equal(picture[:, SHIFT:, 0], picture[:, :-SHIFT, 1])
    white = np.full((4, 4, 3), 255, np.uint8)
    assert grey_anaglyph(white, white).min() == 255
    pairs.write_grey_anaglyph(*eyes, tmp_path / "grey.jpg")
    pairs.write_anaglyph(*eyes, tmp_path / "colour.jpg")
    for name in ("grey.jpg", "colour.jpg"):
        # Chroma of half size would show each eye the other's edges.
        assert exiftool(tmp_path / name)["File:YCbCrSubSampling"] == "1 1"


def test_an_mpo_is_a_stereo_pair_to_its_readers(
    eyes: tuple[ByteImage, ByteImage], tmp_path: Path
) -> None:
    path = tmp_path / "stereo.mpo"
    pairs.write_mpo(*eyes, path)
    with Image.open(path) as picture:
        assert (picture.format, picture.n_frames) == ("MPO", 2)
        for index, view in enumerate(eyes):
            picture.seek(index)
            assert near(picture, view)
    told = exiftool(path)
    assert told["MPF0:NumberOfImages"] == 2
    assert told["MPImage1:MPImageType"] == told["MPImage2:MPImageType"] == 0x020002
    assert told["MPImage1:MPImageFlags"] == 4  # representative image


@pytest.mark.parametrize("size", [(160, 96), (90, 150)])
def test_a_spatial_photo_is_a_stereo_pair_with_cameras_to_libheif(
    size: tuple[int, int], tmp_path: Path
) -> None:
    left = noise_photo(size[1], size[0]).rgb[: size[1], : size[0]]
    size = left.shape[1], left.shape[0]
    right = np.roll(left, -SHIFT, axis=1)
    path = tmp_path / "spatial.heic"
    write_spatial(left, right, path)
    file = pillow_heif.open_heif(path)
    assert len(file) == 2 and file.primary_index == 0 and file.size == size
    for image, view in zip(file, (left, right), strict=True):
        assert np.abs(np.asarray(image).astype(int) - view).mean() < 10
    data = path.read_bytes()
    assert exiftool(path)["File:FileType"] == "HEIC"
    parts = boxes(data, only(boxes(data), b"meta").content + 4, only(boxes(data), b"meta").end)
    group = only(parts, b"grpl")
    assert data[group.content + 4 : group.content + 8] == b"ster"
    properties = only(parts, b"iprp")
    store = only(boxes(data, properties.content, properties.end), b"ipco")
    found = [
        data[each.start : each.end]
        for each in boxes(data, store.content, store.end)
        if each.kind in (b"cmin", b"cmex")
    ]
    # A field of view of 63.4 degrees: the focal length is 0.81 of the width; eyes 64 mm apart.
    focal, middle_x, middle_y, focal_y, skew = struct.unpack(">5i", found[0][12:])
    assert focal / 2**16 == pytest.approx(0.81, abs=0.001)
    assert focal_y * size[1] == pytest.approx(focal * size[0], rel=1e-3)
    assert (middle_x, middle_y, skew) == (2**15, 2**15, 0)
    assert found[1] == full_box(b"cmex", 0, 1, struct.pack(">i", 0))
    assert found[3] == full_box(b"cmex", 0, 1, struct.pack(">i", 64_000))
