"""The benchmark of silhouettes says what it claims."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.edges import judge, main


@pytest.fixture
def truth() -> NDArray[np.float32]:
    """A box before a wall."""
    values = np.full((160, 200), 0.3, np.float32)
    values[50:110, 60:140] = 0.9
    return values


def test_the_truth_is_perfect(truth: NDArray[np.float32]) -> None:
    figures = judge(truth, truth)
    assert figures["found"] == figures["within_1"] == 1
    assert figures["offset"] == pytest.approx(0, abs=0.01)
    assert figures["width"] == pytest.approx(0.5, abs=0.01)  # half of the link between two pixels
    assert figures["halo"] == 0


def test_a_shift_a_blur_a_halo_and_a_flat_map_are_told_apart(truth: NDArray[np.float32]) -> None:
    wide = judge(cv2.dilate(truth, np.ones((5, 5))), truth)
    assert wide["offset"] == pytest.approx(2, abs=0.15)
    assert wide["within_1"] < 0.1
    assert wide["within_3"] > 0.9
    blurred = judge(cv2.GaussianBlur(truth, (0, 0), 2), truth)
    assert blurred["width"] > 2
    assert blurred["offset"] < 0.5
    halo = truth - 0.1 * ((cv2.dilate(truth, np.ones((5, 5))) - truth) > 0)
    assert judge(halo.astype(np.float32), truth)["halo"] > 0.1
    assert blurred["halo"] < 0.02
    ramp = np.repeat(np.linspace(0.2, 0.8, 160, dtype=np.float32)[:, None], 200, axis=1)
    assert judge(ramp, truth)["found"] < 0.2


def test_no_silhouette_gives_no_figures() -> None:
    assert judge(np.full((40, 60), 0.5, np.float32), np.full((40, 60), 0.5, np.float32)) == {}


def test_both_stages_of_a_folder(
    truth: NDArray[np.float32], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = np.repeat((truth * 255).astype(np.uint8)[..., None], 3, axis=2)
    cv2.imwrite(str(tmp_path / "box.jpg"), photo)
    cv2.imwrite(str(tmp_path / "box.png"), (truth * 65535).astype(np.uint16))
    main(["--pairs", str(tmp_path)])
    stages = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"]
    assert [each["stage"] for each in stages] == ["estimate", "sharpened"]
    assert all(each["pairs"] == 1 and 0 <= each["found"] <= 1 for each in stages)
