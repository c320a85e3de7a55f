"""Holes of given maps are filled from an estimate; what is whole stays bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from amena.engine.depth import refining
from amena.engine.depth.compact import CompactDepth
from amena.engine.depth.refining import refined
from amena.engine.options import Options
from amena.engine.photo.depth_image import normalised
from amena.engine.pipeline import Engine
from amena.engine.types import Disparity, FloatImage, Photo
from benchmarks.depth import fitted
from tests.engine import stereo_samples
from tests.engine.stereo_samples import Pair

SIZE = stereo_samples.WIDTH, stereo_samples.HEIGHT


@pytest.fixture(scope="module")
def pair() -> Pair:
    return stereo_samples.drawn()


@pytest.fixture(scope="module")
def estimate(pair: Pair) -> Disparity:
    return CompactDepth(torch.device("cpu")).estimate(Photo(pair.left, SIZE, "PNG"))


def true(pair: Pair) -> FloatImage:
    values = normalised(pair.shifts)
    assert values is not None
    return values


def patches() -> FloatImage:
    """Two ragged regions where a sensor has seen nothing: float32 H×W, 1 inside."""
    mask = np.zeros(SIZE[::-1], np.float32)
    width, height = SIZE
    cv2.ellipse(mask, (width // 3, height // 2), (width // 8, height // 6), 30, 0, 360, 1, -1)
    cv2.rectangle(mask, (width * 3 // 4, height // 8), (width * 7 // 8, height // 3), 1, -1)
    return mask


def error(values: FloatImage, pair: Pair) -> float:
    """Mean error of the map, in standard deviations of the true one."""
    shifts = pair.shifts - pair.shifts.min() + 1
    return float(np.abs(fitted(values, shifts) - shifts).mean() / shifts.std())


def given(values: FloatImage, source: str = "uploaded") -> Disparity:
    return Disparity(np.asarray(values, np.float32), source)


@pytest.mark.parametrize("nothing", [0.0, 1.0])
def test_what_was_not_measured_is_filled(pair: Pair, estimate: Disparity, nothing: float) -> None:
    whole = 0.15 + 0.7 * true(pair)
    broken = np.where(patches() > 0, nothing, whole)
    map_ = replace(given(broken), black=nothing)
    mended, done = refined(map_, pair.left, estimate)
    assert done == ("depth_holes",)
    assert error(mended.values, pair) < 0.3 * error(broken, pair)
    assert (mended.source, mended.values.max()) == ("uploaded", 1)


def test_holes_of_a_small_map_that_was_enlarged_and_packed_are_filled(
    pair: Pair, estimate: Disparity
) -> None:
    small = tuple(side // 4 for side in SIZE)
    values = cv2.resize(0.2 + 0.8 * true(pair), small, interpolation=cv2.INTER_AREA)
    values[cv2.resize(patches(), small, interpolation=cv2.INTER_NEAREST) > 0] = 0
    packed = np.asarray(np.round(values * 255), np.uint8)
    _, coded = cv2.imencode(".jpg", packed, [cv2.IMWRITE_JPEG_QUALITY, 95])
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    read = decoded.astype(np.float32) / 255
    broken = cv2.resize(read, SIZE, interpolation=cv2.INTER_LINEAR)
    mended, done = refined(given(broken, "embedded"), pair.left, estimate)
    assert done == ("depth_holes",)
    assert error(mended.values, pair) < 0.5 * error(broken, pair)


def test_a_whole_map_stays(pair: Pair, estimate: Disparity) -> None:
    ramp = np.tile(np.linspace(0, 1, SIZE[0], dtype=np.float32), (SIZE[1], 1))
    for values in (0.1 + 0.8 * true(pair), ramp, ramp[:, ::-1]):
        for source in ("uploaded", "embedded"):
            map_ = given(values, source)
            assert refined(map_, pair.left, estimate) == (map_, ())


def test_a_map_in_a_file_that_says_the_opposite_is_turned_and_a_sent_one_is_told(
    pair: Pair,
) -> None:
    """Holes are told apart and filled as well, whichever end they stand at."""
    guess = given(cv2.GaussianBlur(true(pair), (0, 0), 5), "compact")
    whole = 0.15 + 0.7 * true(pair)
    turned, done = refined(given(1 - whole, "embedded"), pair.left, guess)
    assert done == ("depth_swapped",)
    np.testing.assert_allclose(turned.values, whole, atol=1e-6)
    broken = given(np.where(patches() > 0, 0, 1 - whole), "embedded")
    mended, done = refined(broken, pair.left, guess)
    assert done == ("depth_swapped", "depth_holes")
    assert error(mended.values, pair) < 0.3 * error(1 - broken.values, pair)
    sent = given(1 - whole)
    assert refined(sent, pair.left, guess) == (sent, ("depth_opposite",))


def test_a_far_plane_that_the_estimate_sees_as_well_is_meant(pair: Pair) -> None:
    """The sky, or a cut-out's ground: a cliff all around, but far indeed."""
    values = true(pair)
    values = np.where(values < 0.3, 0, values)
    map_ = given(values)
    assert refined(map_, pair.left, given(values, "compact")) == (map_, ())


def test_a_silhouette_that_the_estimate_has_missed_is_meant() -> None:
    """What lies at the end of the range and is outlined by the photo's own edges throughout."""
    height, width = SIZE[::-1]
    rgb = np.random.default_rng(1).integers(120, 128, (height, width, 3), np.uint8)
    window = (slice(height // 4, height // 2), slice(width // 3, width // 2))
    rgb[window] = 250
    ramp = np.tile(np.linspace(0.4, 1, width, dtype=np.float32), (height, 1))
    values = ramp.copy()
    values[window] = 0
    map_ = given(values)
    assert refined(map_, rgb, given(ramp, "compact")) == (map_, ())
    blank = np.full_like(rgb, 120)
    assert refined(map_, blank, given(ramp, "compact"))[1] == ("depth_holes",)


def test_an_estimate_that_contradicts_the_map_is_no_judge(pair: Pair, estimate: Disparity) -> None:
    broken = np.where(patches() > 0, 0, 0.95 - 0.7 * true(pair))
    map_ = given(broken)
    assert refined(map_, pair.left, estimate) == (map_, ())


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine("cpu")


@pytest.mark.slow
@pytest.mark.parametrize("near", ["bright", "dark"])
def test_the_engine_fills_a_sent_map_and_says_so(
    engine: Engine, pair: Pair, near: str, tmp_path: Path
) -> None:
    photo, depth = tmp_path / "photo.png", tmp_path / "depth.png"
    strip = np.s_[SIZE[1] // 4 : SIZE[1] * 3 // 4]  # enough to be filled
    pair = Pair(pair.left[strip], pair.right[strip], pair.shifts[strip])
    Image.fromarray(pair.left).save(photo)
    broken = 0.2 + 0.8 * (true(pair) if near == "bright" else 1 - true(pair))
    broken = np.where(patches()[strip] > 0, 0, broken)
    Image.fromarray(np.round(broken * 255).astype(np.uint8)).save(depth)
    out = tmp_path / "out"
    out.mkdir()
    options = Options(duration=1, fps=24)
    report = engine.create(photo, out, options, depth_path=depth, depth_near=near)
    assert {"depth_uploaded", "depth_holes"} <= set(report.notes)
    shown = np.asarray(Image.open(out / "disparity.png"), np.float32) / 65535
    small = cv2.resize(shown, broken.shape[::-1], interpolation=cv2.INTER_AREA)
    assert error(small, pair) < 0.5 * error(broken.astype(np.float32), pair)
    if near == "dark":
        return  # the scene is like that of a bright one
    again = tmp_path / "again"
    again.mkdir()
    assert "depth_holes" in engine.restyle(out / "scene.amena", again, options).notes


@pytest.mark.attack(
    "a depth map of hundreds of holes that each go around all others (minutes of a worker)",
    "looked at for ten pictures' worth of pixels; such a map stays as it is",
)
def test_holes_in_holes_cost_no_more_than_ten_pictures(monkeypatch):
    height, width = 320, 480
    rows, columns = np.mgrid[:height, :width]
    inward = np.minimum(
        np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns)
    )
    smooth = (0.3 + 0.6 * columns / width).astype(np.float32)
    values = np.where((inward % 4 == 0) | (inward > 150), 0, smooth).astype(np.float32)
    looked, surroundings = [], refining._surroundings

    def counted(*args):
        found = surroundings(*args)
        looked.append(found[1].size)
        return found

    monkeypatch.setattr(refining, "_surroundings", counted)
    given = Disparity(values, "uploaded")
    rgb = np.zeros((height, width, 3), np.uint8)
    result, notes = refining.refined(given, rgb, Disparity(smooth, "compact"))
    assert len(looked) > 10
    # Once for the plateaus, and once for those of them that may be holes.
    assert sum(looked) < 2 * 11 * values.size
    assert (result, notes) == (given, ())


def stairs(values: FloatImage, count: int, small: int = 3) -> FloatImage:
    """The map in so many levels, smaller, and enlarged again as a map from a file is."""
    rounded = np.round(values * (count - 1)) / (count - 1)
    size = (SIZE[0] // small, SIZE[1] // small)
    reduced = cv2.resize(rounded.astype(np.float32), size, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(reduced, SIZE, interpolation=cv2.INTER_LINEAR), np.float32)


def no_judge() -> Disparity:
    """An estimate that goes together with no map."""
    return given(np.random.default_rng(4).random(SIZE[::-1], np.float32), "compact")


@pytest.mark.parametrize("count", [4, 6, 8, 16])
def test_the_stairs_of_few_levels_are_smoothed(count: int) -> None:
    """A hill, and something flat well before it."""
    across = np.linspace(-1, 1, SIZE[0], dtype=np.float32)
    down = np.linspace(-1, 1, SIZE[1], dtype=np.float32)[:, None]
    hill = 0.6 * np.exp(-2 * (across**2 + down**2))
    near = (np.abs(across - 0.3) < 0.1) & (np.abs(down) < 0.5)
    whole = np.where(near, np.float32(1), hill - hill.min())
    photo = np.random.default_rng(3).integers(0, 256, (*SIZE[::-1], 3)).astype(np.uint8)
    map_ = stairs(whole, count)
    mended, done = refined(given(map_), photo, no_judge())
    assert done == ("depth_levels",)
    # The stretch that follows is undone; the near thing's rim is left out.
    apart = cv2.dilate(near.view(np.uint8), np.ones((15, 15), np.uint8)) == 0
    wrong = [
        float(np.abs(fitted(each, whole + 1) - whole - 1)[apart].mean())
        for each in (map_, mended.values)
    ]
    assert wrong[1] < 0.87 * wrong[0]
    # What stands before it by more than a level stays cut out.
    row, column = SIZE[1] // 2, round((0.3 - 0.1 + 1) / 2 * SIZE[0])
    assert mended.values[row, column + 8] - mended.values[row, column - 8] > 0.5 / count


def test_flat_layers_that_were_painted_stay(pair: Pair) -> None:
    painted = np.select([pair.shifts == each for each in (10, 17, 24, 31)], (0.4, 0.6, 0.8, 1.0))
    map_ = given(painted)
    assert refined(map_, pair.left, replace(map_, source="compact")) == (map_, ())


def test_true_maps_of_eight_bits_keep_their_levels(pair: Pair) -> None:
    map_ = given(0.1 + np.round(true(pair) * 200) / 255)
    assert refined(map_, pair.left, no_judge()) == (map_, ())
