"""The depth benchmark's measures say what they claim."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.depth import align, measure, read_pairs, score

pytestmark = pytest.mark.slow

_KEYS = {
    "estimator", "pairs", "absrel", "delta1", "ordinal", "ordinal_row", "edge", "seconds"
}  # fmt: skip


def _step_scene() -> NDArray[np.float32]:
    """A floor that comes nearer towards the bottom, and a box standing on it."""
    truth = np.repeat(np.linspace(0.2, 0.9, 120, dtype=np.float32)[:, None], 160, axis=1)
    truth[30:80, 50:110] = 0.8
    return truth


def _write_pair(folder: Path, name: str, truth: NDArray[np.float32]) -> None:
    photo = np.repeat((truth * 255).astype(np.uint8)[..., None], 3, axis=2)
    cv2.imwrite(str(folder / f"{name}.jpg"), photo)
    cv2.imwrite(str(folder / f"{name}.png"), (truth * 65535).astype(np.uint16))


def test_truth_itself_scores_perfectly() -> None:
    truth = _step_scene()
    scores = score(truth, truth)
    assert scores.absrel == pytest.approx(0, abs=1e-5)
    assert scores.delta1 == 1
    assert (scores.ordinal, scores.ordinal_row) == (0, 0)
    assert scores.edge == pytest.approx(0, abs=1e-4)


def test_scale_and_shift_do_not_count() -> None:
    truth = _step_scene()
    scores = score(truth * 37 - 5, truth)
    assert scores.absrel == pytest.approx(0, abs=1e-4)
    assert scores.edge == pytest.approx(0, abs=1e-3)


def test_reversed_depth_has_every_order_wrong() -> None:
    truth = _step_scene()
    scores = score(-truth, truth)
    assert (scores.ordinal, scores.ordinal_row) == (1, 1)


def test_flat_prediction_is_at_chance_and_has_no_edges() -> None:
    truth = _step_scene()
    scores = score(np.ones_like(truth), truth)
    assert (scores.ordinal, scores.ordinal_row) == (0.5, 0.5)
    assert scores.edge == pytest.approx(1)


def test_blur_costs_sharpness_but_hardly_order() -> None:
    truth = _step_scene()
    sharp = score(truth + 0.001, truth)
    soft = score(cv2.GaussianBlur(truth, (0, 0), 4), truth)
    assert soft.edge > sharp.edge + 0.3
    assert soft.ordinal < 0.05


def test_ramp_cannot_order_pixels_of_one_row() -> None:
    truth = _step_scene()
    ramp = np.repeat(np.linspace(0, 1, 120, dtype=np.float32)[:, None], 160, axis=1)
    scores = score(ramp, truth)
    assert scores.ordinal_row == 0.5
    assert scores.ordinal < 0.3


def test_unknown_pixels_are_not_judged() -> None:
    truth = _step_scene()
    truth[:, :40] = 0
    prediction = truth.copy()
    prediction[:, :40] = 99
    scores = score(prediction, truth)
    assert scores.absrel == pytest.approx(0, abs=1e-4)
    assert scores.ordinal == 0


def test_alignment_keeps_depth_finite() -> None:
    truth = _step_scene()
    wild = truth.copy()
    wild[0, 0] = -1000
    assert align(wild, truth).min() >= truth.min()


def test_map_that_knows_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no pixel"):
        score(np.ones((4, 4), np.float32), np.zeros((4, 4), np.float32))


def test_prediction_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in size"):
        score(np.ones((4, 4), np.float32), np.ones((4, 5), np.float32))


def test_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"No NAME\.jpg"):
        next(read_pairs(tmp_path))


def test_depth_map_of_another_size_than_its_photo_is_refused(tmp_path: Path) -> None:
    _write_pair(tmp_path, "a", _step_scene())
    cv2.imwrite(str(tmp_path / "a.png"), np.ones((8, 8), np.uint16))
    with pytest.raises(ValueError, match="differ in size"):
        next(read_pairs(tmp_path))


def test_limit_spreads_over_the_folder(tmp_path: Path) -> None:
    for index in range(5):
        _write_pair(tmp_path, str(index), np.full((16, 16), 0.1 + 0.2 * index, np.float32))
    means = [float(truth.mean()) for _, truth in read_pairs(tmp_path, limit=3)]
    np.testing.assert_allclose(means, [0.1, 0.5, 0.9], atol=1e-3)


def test_measure_averages_over_the_pairs(tmp_path: Path) -> None:
    _write_pair(tmp_path, "a", _step_scene())
    _write_pair(tmp_path, "b", _step_scene()[:, ::-1])
    row = measure("flat", lambda rgb: np.ones(rgb.shape[:2], np.float32), tmp_path)
    assert set(row) == _KEYS
    assert row["pairs"] == 2
    assert row["ordinal"] == 0.5


def test_command_prints_the_ramp_and_the_network_as_json_lines(tmp_path: Path) -> None:
    _write_pair(tmp_path, "a", _step_scene())
    _write_pair(tmp_path, "b", _step_scene())
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "benchmarks.depth", "--pairs", str(tmp_path), "--limit", "1"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["estimator"] for row in rows] == ["ramp", "compact"]
    assert all(set(row) == _KEYS and row["pairs"] == 1 for row in rows)
