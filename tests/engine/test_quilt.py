"""Pictures of many views: which view lies where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from amena.engine.output.quilt import QUILT, WIGGLE, quilts, write_quilt, write_wiggle
from amena.engine.types import ByteImage


def grey_views(count: int, size: tuple[int, int]) -> Iterator[ByteImage]:
    """Views that are told apart by their grey: 5, 10, 15 …"""
    for index in range(count):
        yield np.full((size[1], size[0], 3), 5 * (index + 1) % 256, np.uint8)


def test_a_quilt_goes_from_bottom_left_to_top_right(tmp_path: Path) -> None:
    path = tmp_path / "quilt_qs8x6a0.75.png"
    write_quilt(grey_views(48, (300, 600)), path)
    with Image.open(path) as picture:
        quilt = np.asarray(picture)
    across, down = QUILT
    height, width = quilt.shape[0] // down, quilt.shape[1] // across
    assert width / height == 0.75
    for index in range(across * down):
        row, column = down - 1 - index // across, index % across
        tile = quilt[row * height : (row + 1) * height, column * width : (column + 1) * width]
        assert tile[height // 2, width // 2, 0] == 5 * (index + 1)
        # The whole view is shown: a taller one has black at its sides.
        assert tile[0, width // 2, 0] == 5 * (index + 1) and tile[height // 2, 0, 0] == 0


def test_every_48_views_are_a_quilt() -> None:
    made = list(quilts(grey_views(96, (30, 40))))
    tile = made[0].shape[0] // QUILT[1]
    lower_left = [int(quilt[-tile // 2, 210, 0]) for quilt in made]
    upper_right = [int(quilt[tile // 2, -210, 0]) for quilt in made]
    assert (lower_left, upper_right) == ([5, 5 * 49], [5 * 48, 5 * 96 % 256])


def test_a_wiggle_swings_through_its_views_forever(tmp_path: Path) -> None:
    path = tmp_path / "wiggle.gif"
    write_wiggle(grey_views(len(WIGGLE), (96, 64)), path)
    with Image.open(path) as picture:
        assert (picture.n_frames, picture.info["loop"]) == (len(WIGGLE), 0)
        shades = []
        for index in range(picture.n_frames):
            picture.seek(index)
            shades.append(picture.convert("RGB").getpixel((40, 30))[0])
    assert shades == [5, 10, 15, 20]


def test_large_views_are_reduced(tmp_path: Path) -> None:
    write_wiggle(grey_views(len(WIGGLE), (1920, 1080)), tmp_path / "wiggle.gif")
    with Image.open(tmp_path / "wiggle.gif") as picture:
        assert picture.size == (640, 360)
