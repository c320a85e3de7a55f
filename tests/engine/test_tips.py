"""What an estimate cuts off at a silhouette goes with its thing, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from amena.engine import scene_builder
from amena.engine.depth.sharpen import settled, sharpen
from amena.engine.depth.tips import _endless, with_tips
from amena.engine.inpainting.inpainter import TextureInpainter
from amena.engine.options import Options
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.types import ByteImage, Disparity, FloatImage, Mask, Photo
from benchmarks import mattes
from benchmarks.subjects import PALETTES, draw

pytestmark = pytest.mark.slow

HEIGHT, WIDTH = 300, 400
FAR, NEAR = 0.2, 0.8
DARK, LIGHT = 40, 200
#: The thing's sides, and the row at which something leaves it to the left.
TOP, BOTTOM, LEFT, RIGHT, ROW = 80, 220, 150, 260, 150


def _scene() -> tuple[ByteImage, FloatImage]:
    """A dark thing before a light wall with a little noise, and its depth."""
    noise = np.random.default_rng(2).normal(0, 2, (HEIGHT, WIDTH, 3))
    rgb = LIGHT + noise
    rgb[TOP:BOTTOM, LEFT:RIGHT] += DARK - LIGHT
    values = np.full((HEIGHT, WIDTH), FAR, np.float32)
    values[TOP:BOTTOM, LEFT:RIGHT] = NEAR
    return rgb.clip(0, 255).astype(np.uint8), values


def _mark(start: int, end: int, thick: int, slope: float = 0.0) -> Mask:
    """A bar from `start` to `end` pixels to the left of the thing."""
    rows, cols = np.mgrid[:HEIGHT, :WIDTH]
    out = LEFT - cols
    return np.asarray((out > start) & (out <= end) & (np.abs(rows - ROW - slope * out) < thick / 2))


def _near(rgb: ByteImage, values: FloatImage) -> Mask:
    return np.asarray(with_tips(values, rgb) > (FAR + NEAR) / 2)


@pytest.mark.parametrize("thick", [2, 4])
@pytest.mark.parametrize("slope", [0.0, 0.7])
@pytest.mark.parametrize("gap", [0, 2])
def test_a_tip_has_the_depth_of_what_it_grows_on(thick: int, slope: float, gap: int) -> None:
    rgb, values = _scene()
    tip = _mark(gap, 9, thick, slope)
    rgb[tip] = DARK
    result = with_tips(values, rgb)
    assert result[tip] == pytest.approx(NEAR)
    np.testing.assert_array_equal(result[~tip], values[~tip])


def test_what_goes_on_beyond_is_the_backgrounds_own() -> None:
    rgb, values = _scene()
    rgb[_mark(0, WIDTH, 3)] = DARK
    assert not _near(rgb, values)[:, :LEFT].any()


@pytest.mark.parametrize("tone", [120, 255])
@pytest.mark.parametrize("end", [6, 8])
def test_a_line_that_takes_on_another_look_on_its_way_leaves_no_stub(tone: int, end: int) -> None:
    rgb, values = _scene()
    rgb[_mark(0, 60, 3)] = (tone, 40, 40)
    rgb[_mark(0, end, 3)] = DARK
    assert not _near(rgb, values)[_mark(0, 60, 3)].any()


def test_what_lies_beyond_a_gap_is_no_part_of_a_tip() -> None:
    rgb, values = _scene()
    tip, beyond = _mark(0, 6, 3), _mark(8, 60, 3)
    rgb[tip], rgb[beyond] = DARK, (255, 40, 40)
    near = _near(rgb, values)
    assert near[tip].all()
    assert not near[beyond].any()


def test_what_lies_farther_off_is_the_backgrounds_own() -> None:
    rgb, values = _scene()
    rgb[_mark(5, 9, 4)] = DARK
    assert not _near(rgb, values)[:, :LEFT].any()


def test_another_thing_behind_stays_behind() -> None:
    rgb, values = _scene()
    rgb[_mark(0, 9, 40)] = DARK
    assert not _near(rgb, values)[:, :LEFT].any()


@pytest.mark.parametrize("tone", [LIGHT - 6, 255])
def test_a_mark_of_the_walls_or_of_another_colour_stays(tone: int) -> None:
    rgb, values = _scene()
    rgb[_mark(0, 9, 4)] = tone
    assert not _near(rgb, values)[:, :LEFT].any()


def test_texture_that_looks_like_both_tells_nothing() -> None:
    rgb, values = _scene()
    rows, cols = np.indices((HEIGHT, WIDTH))
    rgb[((rows // 2 + cols // 2) % 2 == 0) & (values < NEAR)] = DARK
    assert not _near(rgb, values)[:, :LEFT].any()


def test_where_nothing_steps_the_map_is_left_alone() -> None:
    rgb, _ = _scene()
    slope = np.tile(np.linspace(0.1, 0.9, WIDTH, dtype=np.float32), (HEIGHT, 1))
    assert with_tips(slope, rgb) is slope


def test_sharpening_finds_tips_in_estimates_and_leaves_measured_maps() -> None:
    rgb, values = _scene()
    tip = _mark(0, 8, 2)
    rgb[tip] = DARK
    tip[:, LEFT - 3 :] = False
    soft = Disparity(cv2.GaussianBlur(values, (0, 0), 1.5), "compact")
    assert (sharpen(settled(soft, rgb), rgb).values[tip] > 0.7).all()
    enlarged = sharpen(settled(soft, rgb), rgb, enlarged=2)
    assert (enlarged.values[tip] < 0.3).any()
    exact = sharpen(settled(Disparity(values, "uploaded"), rgb), rgb)
    np.testing.assert_array_equal(exact.values, values)


@pytest.mark.parametrize(("file_px", "enlarged"), [(WIDTH, 1), (2 * WIDTH, 1), (250, 1.6)])
def test_photos_that_were_enlarged_are_known_by_their_file(
    file_px: int, enlarged: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb, values = _scene()
    told: list[float] = []

    def spy(disparity: Disparity, *_: object, enlarged: float) -> Disparity:
        told.append(enlarged)
        return replace(disparity, sharpened=True)

    monkeypatch.setattr(scene_builder, "sharpen", spy)
    photo = Photo(rgb, (file_px, file_px * HEIGHT // WIDTH), "PNG")
    given = Disparity(cv2.GaussianBlur(values, (0, 0), 2), "compact")
    Engine(device="cpu").scenes.build(photo, Options(), given, Recorder())
    assert told == [enlarged]


#: The last two leave most behind in these colours.
@pytest.mark.parametrize(
    ("kind", "palettes"),
    [("hair", [*PALETTES]), ("foliage", [*PALETTES]), ("glass", ["busy"]), ("fur", ["busy"])],
)
def test_less_than_a_fiftieth_is_left_behind_of_what_estimates_do_not_see(
    kind: str, palettes: list[str]
) -> None:
    left = [
        mattes.judge(draw(kind, palette), "estimate", TextureInpainter(), None)["left"]
        for palette in palettes
    ]
    assert np.mean(left) < 0.02


def _endless_by_whole_pictures(start: Mask, through: Mask, hops: int, pixels: int) -> Mask:
    """What `_endless` finds, hop by hop over all pixels."""

    def hop(mask: Mask, among: Mask) -> Mask:
        square = np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)
        return (cv2.dilate(mask.view(np.uint8), square) > 0) & among

    reached = before = hop(start, through)
    for _ in range(hops - 1):
        before, reached = reached, hop(reached, through)
    endless = reached & ~before
    for _ in range(hops):
        endless = hop(endless, reached)
    return endless


@pytest.mark.parametrize("pixels", [1, 3])
def test_what_has_no_end_is_found_from_its_front_alone(pixels: int) -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(40):
        height, width = rng.integers(8, 70, 2)
        through = rng.random((height, width)) < rng.uniform(0.2, 0.6)
        start = rng.random(through.shape) < 0.01
        hops = int(rng.integers(2, 9))
        endless = _endless(start, through, hops, pixels)
        assert np.array_equal(endless, _endless_by_whole_pictures(start, through, hops, pixels))
        found += endless.any()
    assert 10 < found < 40
