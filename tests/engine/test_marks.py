"""Single hairs and lit rims beside a silhouette go with the figure, lines of the wall stay."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from amena.engine.inpainting.inpainter import TextureInpainter
from amena.engine.layering.layers import build_layers
from amena.engine.layering.marks import find_marks, own_colour
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo

_HEIGHT, _WIDTH = 240, 320
_DARK, _LIT, _WALL = 40, 245, 150


def _figure() -> Mask:
    rows, cols = np.mgrid[:_HEIGHT, :_WIDTH]
    return np.asarray((np.hypot(cols - 160, rows - 90) < 60) | (np.abs(cols - 160) < 30))


def _away(mask: Mask) -> FloatImage:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _rim(from_px: float, to_px: float) -> Mask:
    """A line around the left half of the head, so many pixels away from it, joined to it."""
    rows, cols = np.mgrid[:_HEIGHT, :_WIDTH]
    away = _away(_figure())
    line = (away >= from_px) & (away < to_px) & (cols < 130) & (rows > 40) & (rows < 120)
    root = (away > 0) & (away < to_px) & (rows > 84) & (rows < 88) & (cols < 130)
    return np.asarray(line | root)


def _drawn(rim: Mask, wall: FloatImage | int = _WALL) -> ByteImage:
    luma = np.where(_figure(), _DARK, np.where(rim, _LIT, wall)).astype(np.float32)
    luma = cv2.GaussianBlur(luma, (0, 0), 0.7)
    return np.dstack([np.clip(luma + 0.5, 0, 255).astype(np.uint8)] * 3)


def _beside_wall(picture: np.ndarray) -> np.ndarray:
    """The picture with wall beside it, 960 pixels wide."""
    wall = ((0, 0), (0, 960 - _WIDTH), (0, 0))
    return np.pad(picture, wall[: picture.ndim], mode="edge")


def _found(rgb: ByteImage) -> Mask:
    figure = _figure()
    return find_marks(rgb, ~figure, np.where(figure, np.float32(0), _away(figure)), 3.0)


@pytest.mark.slow
@pytest.mark.parametrize(("to_px", "times"), [(7, 1), (8, 1), (7, 2)])
def test_a_lit_rim_moves_with_the_figure_and_nothing_of_it_is_left(to_px: int, times: int) -> None:
    """It is lighter than the wall, and the figure darker: no mixture of both explains it.

    In a picture of twice as many pixels a side as estimates resolve all is twice as wide.
    """
    rim, rgb = _rim(5, to_px), _drawn(_rim(5, to_px))
    values = np.where(_figure(), np.float32(0.8), np.float32(0.2))
    if times > 1:
        # The figure of a picture of 960 pixels, in one of so many times that.
        rim, rgb, values = (
            np.repeat(np.repeat(_beside_wall(each), times, axis=0), times, axis=1)
            for each in (rim, rgb, values)
        )
    height, width = values.shape
    layers = build_layers(
        Photo(rgb, (width, height), "PNG"),
        Disparity(values, "net", sharpened=True),
        0.05 * _WIDTH * times / width,
        TextureInpainter(),
        (0, 0),
    )
    far, near = layers.layers
    assert np.abs(far.rgb[rim].astype(int) - _WALL).max() < 12
    alpha = near.alpha[..., None] / np.float32(255)
    at_rest = near.rgb * alpha + far.rgb * (1 - alpha)
    middle = cv2.erode(rim.astype(np.uint8), np.ones((3, 1), np.uint8)) > 0
    assert np.abs(at_rest - rgb)[middle].mean() < 12


def test_what_the_wall_has_elsewhere_too_is_its_own() -> None:
    rows, cols = np.mgrid[:_HEIGHT, :_WIDTH]
    lines = (np.abs(rows % 16 - 8) < 2) & (cols % 24 < 18)
    rim = _rim(5, 8)
    assert _found(_drawn(rim))[rim].mean() > 0.8
    # Lines that the wall has elsewhere, too, are no marks, and the rim beside them is hardly one.
    striped = _found(_drawn(rim, np.where(lines, _LIT, _WALL).astype(np.float32)))
    assert striped[lines & (_away(_figure()) < 12)].mean() < 0.1
    assert striped[rim & ~lines].mean() < 0.5


def test_what_goes_on_beyond_is_the_walls() -> None:
    """A cable that runs behind the head."""
    rows, _ = np.mgrid[:_HEIGHT, :_WIDTH]
    cable = np.asarray((np.abs(rows - 86) < 2) & ~_figure())
    assert not _found(_drawn(cable)).any()


def test_what_ends_within_the_unknown_band_is_mixed_as_everywhere() -> None:
    assert not _found(_drawn(_rim(0, 2))).any()


def test_a_marks_colour_is_the_near_sides_unless_that_cannot_be() -> None:
    rgb = np.uint8([[[95] * 3, [245] * 3, [150] * 3]])[0]
    front, back = np.full((3, 3), _DARK, np.uint8), np.full((3, 3), _WALL, np.uint8)
    assert own_colour(rgb, front, back)[:, 0].tolist() == [_DARK, 245, _DARK]
