"""Where a near layer fades, both it and what lies behind it are seen: they must move alike."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from amena.engine.depth import build_estimator
from amena.engine.depth.sharpen import sharpen
from amena.engine.geometry.grid import grid_step
from amena.engine.layering.cuts import drop_specks, find_cuts
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.peeling import peel_layers
from amena.engine.layering.slopes import limit_slope, yielding
from amena.engine.photo import decode
from tests.engine.torn import torn_pixels

pytestmark = pytest.mark.slow

#: Shares of the long side: the automatic motion of usual photos, and twice as much.
AMPLITUDES = (0.035, 0.07)
#: Of scikit-image (`astronaut`, `chelsea`, `rocket`), SciPy (`face`) and Pexels (290316), in the
#: public domain or CC0. Those of the first page are made anew with it.
PHOTOS = Path(__file__).parent / "photos"
SMOOTH = ("cat.webp", "rocket.webp", "wine.webp")


def slanted(long_side):
    """A tilted square and a dome on sloping ground, with a low bump on the square."""
    height = long_side * 2 // 3
    y, x = np.mgrid[:height, :long_side].astype(np.float32) / long_side
    values = 0.05 + 0.5 * y
    tilted = np.abs(x - 0.35) + np.abs(y - 0.33)
    square = tilted < 0.2
    values[square] = (0.7 + 0.3 * np.exp(-((tilted / 0.05) ** 2)))[square]
    dome = np.hypot(x - 0.75, y - 0.4) / 0.15
    round_part = dome < 1
    values[round_part] = (0.45 + 0.5 * np.sqrt(np.maximum(1 - dome**2, 0)))[round_part]
    return values.astype(np.float32)


@cache
def estimated(name, size):
    photo = decode.load(PHOTOS / name, 960, enlarge_to=size)
    estimate = build_estimator("compact", torch.device("cpu")).estimate(photo)
    return sharpen(estimate, photo.rgb).values


def fading_gaps(values, amplitude):
    """Pixels of parallax between a layer and what is seen behind it, wherever it fades."""
    reach = amplitude * max(values.shape)
    step = grid_step(values.shape[::-1])
    layers, behind = peel_layers(drop_specks(values), reach, UnknownBand(), step)
    gaps = []
    for layer in reversed(layers):
        fade = np.where(layer.foreground, layer.fade, 0)
        fading = (fade > 0) & (fade < 1)
        gaps.append(np.abs(layer.disparity - behind)[fading] * reach)
        behind = np.where(fade > 0.5, layer.disparity, behind)
    return np.concatenate(gaps)


@pytest.mark.parametrize("amplitude", AMPLITUDES)
@pytest.mark.parametrize("name", ["astronaut.webp", "raccoon.webp"])
def test_layers_of_photos_agree_where_they_fade(name, amplitude):
    gaps = fading_gaps(estimated(name, 640), amplitude)
    assert gaps.size > 1000
    assert np.percentile(gaps, 99) < 1


@pytest.mark.parametrize(("long_side", "amplitude"), [(640, 0.035), (640, 0.07), (1920, 0.07)])
def test_layers_of_drawn_scenes_agree_where_they_fade(long_side, amplitude):
    gaps = fading_gaps(slanted(long_side), amplitude)
    assert gaps.size > 1000
    assert np.percentile(gaps, 99) < 1


def test_layers_of_large_photos_agree_where_they_fade():
    values = cv2.resize(estimated("astronaut.webp", 640), (1920, 1278))
    gaps = fading_gaps(values, AMPLITUDES[0])
    assert gaps.size > 1000
    assert np.percentile(gaps, 99) < 1


@pytest.mark.parametrize("soft", [True, False])
def test_a_dent_near_a_silhouette_moves_with_the_thing_around_it(soft):
    """No later peel takes it, and behind all layers it would be a slash of the wrong depth."""
    rows, cols = np.mgrid[:240, :320].astype(np.float32)
    values = np.where(cols < 160, np.float32(0.85), np.float32(0.15))
    across, along = (cols - 146) / 3, (rows - 120) / 25
    values -= np.where(cols < 160, 0.16 * np.exp(-(across**2) - along**2), 0).astype(np.float32)
    assert (find_cuts(values).foreground.sum(axis=1) == 1).all()  # the silhouette alone is cut
    parallax = 60.0
    band = UnknownBand() if soft else UnknownBand(1, 1)
    layers, behind = peel_layers(values, parallax, band, 2)
    shown = behind
    for layer in reversed(layers):
        shown = np.where(layer.foreground & (layer.fade > 0.5), layer.disparity, shown)
    off = np.abs(shown - values) * parallax
    assert not (off[cols < 156] > 6).any()  # 331 pixels, left behind


def shoulder(long_side):
    """A near plane that falls off, steeply but without a step, to one that ends before a far wall;
    all of it on a slant.
    """
    y, x = np.mgrid[: long_side * 2 // 3, :long_side].astype(np.float32)
    across = x + 0.3 * y - 0.45 * long_side
    fall = 0.04 * np.clip(across, 0, 10)
    return np.where(across < 0.08 * long_side, 0.9 - fall, 0.1).astype(np.float32)


@pytest.mark.parametrize(("long_side", "amplitude"), [(480, 0.065), (960, 0.065), (640, 0.13)])
def test_a_smooth_flank_does_not_tear(long_side, amplitude):
    values = shoulder(long_side)
    jumps = np.abs(np.diff(values, axis=1))
    assert ((jumps > 0.05).sum(axis=1) == 1).all()  # the silhouette alone is cut
    assert jumps[jumps <= 0.05].max() * amplitude * long_side > 1.2
    assert torn_pixels(values, amplitude) < 10  # 1,027, 8,471 and thousands when it ended


def test_surfaces_of_photos_hardly_tear():
    """At twice the automatic motion; 3,047 pixels when what was deferred ended at its rim."""
    torn = [torn_pixels(estimated(name, 960), 0.13) for name in SMOOTH]
    assert sum(torn) < 800, torn


@pytest.mark.parametrize("side", [1, 3, 5])
def test_a_few_pixels_that_no_layer_took_do_not_raise_what_is_seen_around_them(side):
    """Beside a thing that a layer took, they stand before the same wall."""
    parallax = 60.0
    values = np.full((400, 960), 0.2, np.float32)
    covered = np.zeros(values.shape, np.bool_)
    covered[:, :100] = True
    values[100 : 100 + side, 100 : 100 + side] = 0.9
    speck = values > 0.5
    moved = np.abs(yielding(values, covered, parallax) - values) * parallax
    assert moved[~speck].max() < 1
    assert (np.abs(limit_slope(values, parallax) - values) * parallax)[~speck].max() > 10


def test_a_surface_that_is_wide_enough_keeps_its_place():
    values = np.full((400, 960), 0.2, np.float32)
    values[100:300, 100:300] = 0.9
    moved = np.abs(yielding(values, np.zeros(values.shape, np.bool_), 60.0) - values)
    assert moved[160:240, 160:240].max() < 0.01


def shown_off(values, parallax):
    """Pixels of parallax by which what is seen of all layers misses the disparity."""
    layers, behind = peel_layers(values, parallax, UnknownBand(), 2)
    shown = behind
    for layer in reversed(layers):
        shown = np.where(layer.foreground & (layer.fade > 0.5), layer.disparity, shown)
    return np.abs(shown - values) * parallax


def before_a_post(rows, below):
    """A thing close to the foot of a post that stands before a wall, and where the post is."""
    values = np.full((640, 960), 0.2, np.float32)
    post = np.zeros(values.shape, np.bool_)
    post[:rows, 400:424] = True
    values[post] = 0.42
    values[rows + below :, 424 + 30 :] = 0.9
    return values, post


@pytest.mark.parametrize("below", [38, 42])
def test_half_a_post_is_not_left_behind(below):
    """A nearer thing's layer takes its upper part. The rest opens up little of the picture, but a
    tall step at one place.
    """
    values, post = before_a_post(300, below)
    off = shown_off(values, 85.0)
    assert (off[post] > 4).sum() < 10
