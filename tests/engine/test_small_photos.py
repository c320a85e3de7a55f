"""What small files leave behind where a figure stood, judged by scenes that are drawn."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ImageFilter import UnsharpMask

from amena.engine.depth.sharpen import sharpen
from amena.engine.inpainting.inpainter import TextureInpainter
from amena.engine.layering.layers import build_layers
from amena.engine.photo.decode import load
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo

pytestmark = pytest.mark.slow

_BOX = Image.Resampling.BOX


def _taken_by_a_small_camera(texture: float, tufts: int = 0) -> tuple[Photo, Mask, FloatImage]:
    """A dark figure before a light wall, sharpened and saved as small cameras do it, as the engine
    loads it; where the figure is, and the wall's luma, both at the size of the engine.

    Its tufts are so many hundredths of the picture's width long, and not counted as the figure.
    """
    fine = 3840, 2880
    rows, cols = np.mgrid[: fine[1], : fine[0]].astype(np.float32)
    figure = np.hypot((cols - 1900) / 0.8, rows - 1100) < 700
    figure |= (np.abs(cols - 1900) < 260) & (rows > 1100)
    noise = np.random.default_rng(4).normal(0, 1, (36, 48)).astype(np.float32)
    wall = 190 + 30 * cols / fine[0] + texture * cv2.resize(noise, fine)
    out = 1640 - cols
    tuft = (out >= 0) & (out < tufts * 38.4) & (np.abs((rows - 1900) % 300 - 150) < 14)
    drawn = np.where(figure | (tuft & (rows > 1900)), np.float32(30), wall)
    small = Image.fromarray(drawn.clip(0, 255).astype(np.uint8)).resize((384, 288), _BOX)
    file = io.BytesIO()
    small.convert("RGB").filter(UnsharpMask(1, 40, 0)).save(file, "JPEG", quality=85)
    photo = load(file, 960, enlarge_to=960)
    seen, own = (
        np.asarray(Image.fromarray(each.astype(np.float32)).resize(photo.size, _BOX))
        for each in (figure, wall)
    )
    return photo, seen > 0.5, own


def _wall_of_the_layers(photo: Photo, figure: Mask) -> FloatImage:
    """The luma that lies behind the figure's layer, blurred as an eye does."""
    estimate = Disparity(0.2 + 0.6 * cv2.GaussianBlur(figure.astype(np.float32), (0, 0), 3), "net")
    return _behind(photo, sharpen(estimate, photo.rgb, enlarged=photo.enlarged))


def _behind(photo: Photo, disparity: Disparity) -> FloatImage:
    layers = build_layers(photo, disparity, 0.05, TextureInpainter(), (0, 0))
    assert len(layers.layers) == 2
    return cv2.GaussianBlur(_luma(layers.layers[0].rgb), (0, 0), 1)


def _from(mask: Mask) -> FloatImage:
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(distance, np.float32)


def _luma(rgb: ByteImage) -> FloatImage:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


def test_no_outline_of_a_figure_stays_on_a_plain_wall() -> None:
    photo, figure, wall = _taken_by_a_small_camera(texture=0)
    outer = _from(figure)
    ring = (outer > 1) & (outer < 4 * photo.enlarged)
    assert np.abs(_luma(photo.rgb) - wall)[ring].mean() > 7
    left = np.abs(_wall_of_the_layers(photo, figure) - wall)[ring]
    assert left.mean() < 1.5
    assert np.percentile(left, 95) < 5


def test_a_wall_keeps_its_own_texture() -> None:
    photo, figure, wall = _taken_by_a_small_camera(texture=12)
    outer = _from(figure)
    ring = (outer > 2 * photo.enlarged) & (outer < 4 * photo.enlarged)
    behind = _wall_of_the_layers(photo, figure)
    assert np.abs(behind - wall)[ring].mean() < 1.6
    assert np.corrcoef(behind[ring], wall[ring])[0, 1] > 0.95


def _notch(figure: Mask, pixels: int) -> Mask:
    """So far down into a figure from its top, and eight pixels wide."""
    notch = np.zeros_like(figure)
    top, middle = int(np.argmax(figure.any(axis=1))), figure.shape[1] // 2
    notch[top : top + pixels, middle - 4 : middle + 4] = True
    return notch


def test_a_notch_into_a_figure_makes_no_cloud_in_the_fill() -> None:
    photo, figure, wall = _taken_by_a_small_camera(texture=0)
    notch = _notch(figure, 20)
    values = np.where(figure & ~notch, np.float32(0.8), np.float32(0.2))
    behind = _behind(photo, Disparity(values, "net", sharpened=True))
    beside = figure & (_from(notch) > 8) & (_from(notch) < 30)
    assert np.abs(behind - wall)[beside].mean() < 3


def test_a_long_gap_is_filled_from_what_it_shows() -> None:
    photo, figure, _ = _taken_by_a_small_camera(texture=0)
    gap = _notch(figure, 200)
    photo.rgb[gap] = 110
    values = np.where(figure & ~gap, np.float32(0.8), np.float32(0.2))
    behind = _behind(photo, Disparity(values, "net", sharpened=True))
    beside = figure & (_from(gap) > 2) & (_from(gap) < 10)
    beside[: int(np.nonzero(gap)[0].mean())] = False
    assert np.abs(behind - 110)[beside].mean() < 25


@pytest.mark.parametrize(("tufts", "share"), [(1, 0), (30, 1)])
def test_tufts_go_with_the_figure_and_poles_behind_it_do_not(tufts: int, share: float) -> None:
    photo, figure, wall = _taken_by_a_small_camera(texture=0, tufts=tufts)
    values = np.where(figure, np.float32(0.8), np.float32(0.2))
    behind = _behind(photo, Disparity(values, "net", sharpened=True))
    beside = ~figure & (_from(figure) > 1) & (_luma(photo.rgb) < 110)
    assert beside.sum() > 150
    left = (wall - behind)[beside] > 0.3 * (wall[beside] - 30)
    assert left.mean() == pytest.approx(share, abs=0.05)
