"""The packaged depth network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from amena.engine.depth.compact import CompactDepth, exposed, working_size
from amena.engine.depth.ramp import Ramp
from amena.engine.errors import WeightsError
from amena.engine.types import Photo
from benchmarks.depth import score
from training.pages import Pages
from training.scenes.raycast import render
from training.scenes.street import street
from training.scenes.textures import Cutout, Materials

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def compact() -> CompactDepth:
    return CompactDepth(torch.device("cpu"))


def _photo(rgb: NDArray[np.uint8]) -> Photo:
    return Photo(rgb, (rgb.shape[1], rgb.shape[0]), "PNG")


def _noise(height: int, width: int) -> Photo:
    rng = np.random.default_rng(7)
    return _photo(rng.integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("height", "width"), [(480, 640), (640, 480), (240, 1280), (1280, 240), (2, 2), (34, 500)]
)
def test_every_shape_gets_depth_of_its_own_size(
    compact: CompactDepth, height: int, width: int
) -> None:
    disparity = compact.estimate(_noise(height, width))
    assert disparity.source == "compact"
    assert disparity.values.shape == (height, width)
    assert disparity.values.dtype == np.float32
    assert np.isfinite(disparity.values).all()
    assert disparity.values.min() >= 0
    assert disparity.values.max() <= 1


def test_same_photo_gives_the_same_depth(compact: CompactDepth) -> None:
    photo = _noise(240, 320)
    again = CompactDepth(torch.device("cpu"))
    first, second = compact.estimate(photo).values, again.estimate(photo).values
    np.testing.assert_array_equal(first, second)


def test_photo_of_one_colour_does_not_break_it(compact: CompactDepth) -> None:
    grey = _photo(np.full((120, 160, 3), 128, np.uint8))
    assert np.isfinite(compact.estimate(grey).values).all()


def test_layout_comes_from_the_small_look_and_edges_from_the_large_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The small look takes the picture for a floor, the large one sees its brightness."""

    def look(rgb: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        rows = np.linspace(0, 1, rgb.shape[0], dtype=np.float32)[:, None]
        large = rgb.shape[1] > 384
        return rgb[..., 0] / 255 if large else np.tile(rows, (1, rgb.shape[1])), 1.0

    compact = CompactDepth(torch.device("cpu"))
    monkeypatch.setattr(compact, "_infer", look)
    rgb = np.zeros((288, 384, 3), np.uint8)
    rgb[:, 192:] = 255
    values = compact.estimate(_photo(rgb)).values
    assert (values[:, 196] - values[:, 188] > 0.2).all()
    assert np.abs(values[:, 300] - values[:, 60]).max() < 0.02
    assert (values[230] > values[60] + 0.2).all()


@pytest.mark.parametrize("size", [(960, 720), (720, 960), (1242, 376), (3840, 2160), (31, 4000)])
def test_working_size_keeps_shape_and_cost(size: tuple[int, int]) -> None:
    width, height = working_size(*size)
    assert width % 32 == 0 and height % 32 == 0
    assert min(width, height) >= 64
    if max(size) / min(size) < 5:
        assert 0.8 < width * height / working_size(400, 300)[0] / working_size(400, 300)[1] < 1.25
        assert width / height == pytest.approx(size[0] / size[1], rel=0.2)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    (tmp_path / "depth.safetensors").write_bytes(b"no weights")
    with pytest.raises(WeightsError):
        CompactDepth(torch.device("cpu"), tmp_path / "depth.safetensors")


def test_rendered_scenes_are_ordered_better_than_by_the_ramp(compact: CompactDepth) -> None:
    subject = Cutout(np.full((40, 20, 3), 0.3, np.float32), np.ones((40, 20), np.float32), True)
    texture = np.random.default_rng(3).random((64, 64, 3)).astype(np.float32)
    materials = Materials([texture], [subject])
    errors: dict[str, list[float]] = {"ramp": [], "compact": []}
    for seed in range(3):
        rng = np.random.default_rng(900 + seed)
        rgb, inverse = render(street(rng, materials), rng)
        for estimator in (Ramp(), compact):
            values = estimator.estimate(_photo(rgb)).values
            errors[estimator.name].append(score(values, inverse).ordinal)
    assert np.mean(errors["compact"]) < 0.6 * np.mean(errors["ramp"])


def test_pages_are_flat_and_scenes_are_not(compact: CompactDepth) -> None:
    pages = Pages([])
    flat = [
        np.ptp(compact.estimate(_photo(pages.draw(np.random.default_rng((9, k))))).values)
        for k in range(5)
    ]
    assert np.median(flat) < 0.2
    subject = Cutout(np.full((40, 20, 3), 0.3, np.float32), np.ones((40, 20), np.float32), True)
    materials = Materials([np.full((64, 64, 3), 0.3, np.float32)], [subject])
    rng = np.random.default_rng(901)
    rgb, _ = render(street(rng, materials), rng)
    assert np.ptp(compact.estimate(_photo(rgb)).values) > 0.95


def test_a_dark_photo_is_seen_as_its_bright_one() -> None:
    """At three tenths of its light a photo differs by the rounding of its levels alone."""
    rgb = np.tile(np.linspace(0, 222, 160).astype(np.uint8)[None, :, None], (120, 1, 3))
    rgb[30:90, 40:80] = (200, 120, 40)
    dark = (rgb * 0.3 + 0.5).astype(np.uint8)
    assert np.abs(exposed(dark).astype(int) - exposed(rgb)).max() <= 4
    assert np.array_equal(exposed(rgb), rgb)
    # What is black stays dark: noise is no light.
    assert exposed(np.full((60, 80, 3), 2, np.uint8)).max() <= 8


def test_a_dark_photo_has_the_depth_of_its_bright_one(compact: CompactDepth) -> None:
    subject = Cutout(np.full((40, 20, 3), 0.3, np.float32), np.ones((40, 20), np.float32), True)
    rng = np.random.default_rng(901)
    materials = Materials([np.full((64, 64, 3), 0.3, np.float32)], [subject])
    rgb, _ = render(street(rng, materials), rng)
    dark = (rgb * 0.3 + 0.5).astype(np.uint8)
    bright_map, dark_map = (compact.estimate(_photo(each)).values for each in (rgb, dark))
    assert np.corrcoef(bright_map.ravel(), dark_map.ravel())[0, 1] > 0.995
