"""The inpainting benchmark's holes lie on the far side, and its measures say what they claim."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.inpainting import (
    Case,
    all_methods,
    gmsd,
    main,
    measure,
    read_cases,
    score,
    stretch,
    windows,
)
from tests.benchmarks.pictures import texture

pytestmark = pytest.mark.slow

_KEYS = {
    "method", "photos", "windows", "psnr", "ssim", "haarpsi", "gmsd", "feature", "milliseconds"
}  # fmt: skip
_SUBJECT = np.s_[50:150, 70:140]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A flat orange subject before a textured wall, with its disparity."""
    for seed in range(2):
        rgb = texture(200, 224, seed)
        rgb[_SUBJECT] = (250, 140, 20)
        disparity = np.full((200, 224), 12_000, np.uint16)
        disparity[_SUBJECT] = 55_000
        cv2.imwrite(str(tmp_path / f"{seed}.jpg"), rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])
        cv2.imwrite(str(tmp_path / f"{seed}.png"), disparity)
    return tmp_path


@pytest.fixture
def case(photos: Path) -> Case:
    return next(read_cases(photos, width=12.0))


def test_holes_lie_on_the_far_side_along_the_silhouette(case: Case) -> None:
    subject = np.zeros(case.hole.shape, np.uint8)
    subject[_SUBJECT] = 1
    assert not case.hole[subject > 0].any()
    assert not (case.hole & case.known).any()
    away = cv2.distanceTransform(1 - subject, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # The pixels right at the silhouette mix near and far colour: they are no truth.
    assert case.hole[(away > 5) & (away < 12)].mean() > 0.9
    assert not case.known[(away > 0) & (away < 12)].any()
    assert away[case.hole].max() < 22


def test_the_truth_scores_perfectly(case: Case) -> None:
    for row in score(case.rgb, case):
        assert row["psnr"] == 60
        assert row["ssim"] == pytest.approx(1)
        assert row["haarpsi"] == pytest.approx(1, abs=1e-3)
        assert row["gmsd"] == pytest.approx(0, abs=1e-6)
        assert row["feature"] == pytest.approx(0, abs=1e-6)


def test_a_worse_fill_scores_worse_in_every_measure(case: Case) -> None:
    def means(filled: np.ndarray) -> dict[str, float]:
        rows = score(filled, case)
        return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}

    noise = np.random.default_rng(1).normal(size=case.rgb.shape)

    def disturbed(levels: float) -> np.ndarray:
        noisy = np.clip(case.rgb + levels * noise, 0, 255).astype(np.uint8)
        return np.where(case.hole[..., None], noisy, case.rgb)

    good, bad = means(disturbed(8)), means(disturbed(60))
    for key in ("psnr", "ssim", "haarpsi"):
        assert good[key] > bad[key]
    for key in ("gmsd", "feature"):
        assert good[key] < bad[key]


def test_no_method_looks_at_the_near_side(case: Case) -> None:
    painted = np.where(case.known[..., None], case.rgb, (255, 0, 255)).astype(np.uint8)
    for name, fill in all_methods().items():
        plain = fill(case.rgb, case.hole, case.known)
        magenta = fill(painted, case.hole, case.known)
        assert np.array_equal(plain[case.hole], magenta[case.hole]), name
        assert np.array_equal(plain[~case.hole], case.rgb[~case.hole]), name


def test_gradient_similarity_falls_with_a_lost_edge() -> None:
    edge = np.zeros((64, 64, 3), np.uint8)
    edge[:, 32:] = 200
    soft = cv2.GaussianBlur(edge, (0, 0), 3)
    softer = cv2.GaussianBlur(edge, (0, 0), 8)
    assert 0 < gmsd(soft, edge) < gmsd(softer, edge)


def test_windows_hold_enough_of_the_hole_and_cover_most_of_it(case: Case) -> None:
    covered = np.zeros_like(case.hole)
    for window in windows(case.hole):
        assert case.hole[window].mean() >= 0.04
        covered[window] = True
    assert covered[case.hole].mean() > 0.8


def test_a_small_photo_is_one_window() -> None:
    hole = np.zeros((60, 90), np.bool_)
    hole[10:30, 20:40] = True
    assert len(windows(hole)) == 1


def test_the_command_prints_a_line_for_every_method(
    photos: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["inpainting", "--photos", str(photos), "--limit", "1"])
    main()
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["method"] for row in rows] == [
        "stretch", "telea", "navier_stokes", "push_pull", "texture", "learned"
    ]  # fmt: skip
    for row in rows:
        assert set(row) == _KEYS
        assert row["photos"] == 1
        assert row["windows"] > 0
        assert 0 < row["haarpsi"] < 1
        assert row["milliseconds"] > 0


def test_a_folder_without_photos_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"No NAME\.jpg"):
        next(read_cases(tmp_path))


def test_photos_without_silhouettes_are_an_error(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "flat.jpg"), texture(100, 120))
    cv2.imwrite(str(tmp_path / "flat.png"), np.full((100, 120), 30_000, np.uint16))
    with pytest.raises(ValueError, match="No photo has a silhouette"):
        measure("stretch", stretch, list(read_cases(tmp_path)))
