"""A JPEG's chroma bleeds across silhouettes; what it leaves on the other side is taken back."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.layering.bleeding import without_bleeding
from amena.engine.types import ByteImage, FloatImage, Mask

WIDTH, HEIGHT = 480, 320
RED, GREY = (200, 60, 90), (110, 112, 115)


def _disc() -> Mask:
    rows, cols = np.mgrid[:HEIGHT, :WIDTH]
    return np.asarray(np.hypot(cols - WIDTH / 2, rows - HEIGHT / 2) < 90)


def _distances(disc: Mask) -> tuple[FloatImage, FloatImage]:
    inner, outer = (
        cv2.distanceTransform(each.astype(np.uint8), cv2.DIST_L2, 5) for each in (disc, ~disc)
    )
    return np.asarray(inner, np.float32), np.asarray(outer, np.float32)


def _enlarged(rgb: ByteImage, times: float, subsampling: str) -> ByteImage:
    """What a camera of fewer pixels would have saved, enlarged as the engine does it."""
    small = Image.fromarray(rgb).resize(
        (round(WIDTH / times), round(HEIGHT / times)), Image.Resampling.BOX
    )
    file = io.BytesIO()
    small.save(file, "JPEG", quality=90, subsampling=subsampling)
    return np.asarray(Image.open(file).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))


def _chroma(rgb: ByteImage) -> FloatImage:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[..., 1:], np.float32)


@pytest.mark.parametrize("times", [1.6, 2.5])
def test_the_halo_of_a_small_jpeg_is_gone(times: float) -> None:
    disc = _disc()
    rgb = _enlarged(np.where(disc[..., None], RED, GREY).astype(np.uint8), times, "4:2:0")
    inner, outer = _distances(disc)
    result = without_bleeding(rgb, disc, ~disc, inner, outer, 4 * times, 1)
    own = _chroma(np.array([[GREY]], np.uint8))[0, 0]
    ring = (outer > 0.5) & (outer < 2 * times)
    before, after = (np.abs(_chroma(each)[ring] - own).mean() for each in (rgb, result))
    assert before > 5
    assert after < before / 3
    tones = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY).astype(int) for each in (rgb, result)]
    assert np.abs(tones[1] - tones[0])[outer > 2 * times].max() <= 2
    far = np.maximum(inner, outer) > 4 * times
    np.testing.assert_array_equal(result[far], rgb[far])


def test_colours_of_the_backgrounds_own_stay() -> None:
    disc = _disc()
    rows, _ = np.mgrid[:HEIGHT, :WIDTH]
    stripes = np.where((rows // 12 % 2 == 0)[..., None], (70, 120, 60), (60, 90, 150))
    rgb = np.where(disc[..., None], RED, stripes).astype(np.uint8)
    result = without_bleeding(rgb, disc, ~disc, *_distances(disc), 10, 1)
    assert np.abs(result.astype(int) - rgb).mean(where=~disc[..., None]) < 1
    assert np.abs(result.astype(int) - rgb).mean(where=disc[..., None]) < 1


def test_where_one_side_is_all_there_is_nothing_changes() -> None:
    rgb = np.full((40, 60, 3), 120, np.uint8)
    all_of_it, none = np.ones((40, 60), np.bool_), np.zeros((40, 60), np.bool_)
    distance = np.full((40, 60), 100, np.float32)
    assert without_bleeding(rgb, all_of_it, none, distance, distance * 0, 10, 1) is rgb


def _luma(rgb: ByteImage) -> FloatImage:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)


@pytest.mark.parametrize("darker", [-60, 60])
def test_a_shadow_beside_a_figure_stays(darker: int) -> None:
    disc = _disc()
    inner, outer = _distances(disc)
    shadow = np.clip(9 - outer, 0, 1) * ~disc * darker
    tone = np.where(disc, 10, 170) - shadow
    rgb = np.repeat(tone[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)
    result = without_bleeding(rgb, disc, ~disc, inner, outer, 10, 1)
    assert np.abs(_luma(result) - _luma(rgb))[outer > 5].mean() < 1


def test_the_darker_side_of_a_cut_has_ripples_too() -> None:
    disc = _disc()
    inner, outer = _distances(disc)
    ripples = 12 * np.sin(outer) * np.clip(1 - outer / 10, 0, 1)
    rgb = np.where(disc, 200, 60 + ripples)[..., None].repeat(3, 2).astype(np.uint8)
    result = without_bleeding(rgb, disc, ~disc, inner, outer, 10, 1)
    before, after = (
        np.abs(_luma(each) - 60)[outer > 0].mean(where=outer[outer > 0] < 10)
        for each in (rgb, result)
    )
    assert after < before / 2


def test_a_soft_edge_is_no_ripple() -> None:
    disc = _disc()
    inner, outer = _distances(disc)
    sharp = np.where(disc, 30, 170)[..., None].repeat(3, 2).astype(np.uint8)
    rgb = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 2), np.uint8)
    mixed = (outer > 0) & (outer < 5)
    kept, taken = (
        np.abs(_luma(without_bleeding(rgb, disc, ~disc, inner, outer, 10, px)) - _luma(rgb))[mixed]
        for px in (5, 0)
    )
    assert kept.max() <= 1
    assert taken.mean() > 3
