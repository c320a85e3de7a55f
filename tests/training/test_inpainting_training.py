"""The inpainting network's training: honest holes, the same batches on every run, restarts."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from training.inpainting import Recipe, Trainer, train
from training.inpainting_data import HoleSampler, border, borrowed, warp_back
from training.inpainting_masks import HOLE, KNOWN, NEAR, disocclusion

pytestmark = pytest.mark.slow

_RECIPE = Recipe(steps=3, size=64, count=2)


def _labels() -> np.ndarray:
    labels = np.full((96, 120), KNOWN, np.uint8)
    labels[:, 70:] = NEAR
    labels[:, 60:70] = HOLE
    return labels


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    for name in ("a-1", "a-2"):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), rng.integers(0, 256, (96, 120, 3)))
        cv2.imwrite(str(tmp_path / f"{name}.png"), _labels())
    return tmp_path


def test_a_warp_back_hole_takes_a_band_of_the_far_side_away() -> None:
    holes = warp_back(_labels(), width=8.0)
    assert np.array_equal(np.flatnonzero(holes.hole[50]), np.arange(52, 60))
    assert np.array_equal(np.flatnonzero(holes.known[50]), np.arange(52))
    # The two pixels at the silhouette may hold near colour; the rim of the known counts most.
    assert np.array_equal(np.flatnonzero(holes.weight[50]), np.arange(52, 58))
    assert holes.weight[50].argmax() == 52


def test_a_borrowed_hole_is_the_recorded_one() -> None:
    holes = borrowed(_labels())
    assert np.array_equal(holes.hole, _labels() == HOLE)
    assert np.array_equal(holes.known, _labels() == KNOWN)
    assert not holes.weight[~holes.hole].any()


def test_a_border_strip_counts_most_beside_the_picture() -> None:
    holes = border((50, 40), 12)
    assert holes.hole[:12].all()
    assert holes.known[12:].all()
    assert (np.diff(holes.weight[:12, 0]) > 0).all()


def test_a_silhouette_hides_something_and_a_flat_photo_nothing() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    disparity = np.full((120, 160), 0.2, np.float32)
    assert disocclusion(rgb, disparity, max_parallax_px=24) is None
    disparity[40:100, 60:110] = 0.9
    labels = disocclusion(rgb, disparity, max_parallax_px=24)
    assert labels is not None
    assert (labels[60:80, 72:95] != KNOWN).all()
    assert (labels[:30] == KNOWN).all()


def test_a_step_has_the_same_batch_on_every_run(data: Path) -> None:
    one, other = (HoleSampler(data, ["a-1", "a-2"], 64, 2, seed=5).batch(7) for _ in range(2))
    assert np.array_equal(one.rgb, other.rgb)
    assert np.array_equal(one.hole, other.hole)
    assert not (one.hole & one.known).any()
    assert not one.weight[~one.hole].any()


def test_a_stopped_training_goes_on_where_it_stood(data: Path, tmp_path: Path) -> None:
    device, names = torch.device("cpu"), ["a-1", "a-2"]
    sampler = HoleSampler(data, names, 64, 2, seed=5)
    first = Trainer(_RECIPE, device, seed=5)
    first.train_on(sampler.batch(0))
    run = tmp_path / "run"
    run.mkdir()
    first.save(run)
    second = Trainer(_RECIPE, device, seed=99)
    second.resume(run / "checkpoint.pt")
    assert second.step == 1
    assert first.train_on(sampler.batch(1)) == second.train_on(sampler.batch(1))


def test_a_training_with_critic_leaves_weights_and_checkpoint(data: Path, tmp_path: Path) -> None:
    recipe = Recipe(steps=2, size=64, count=2, adversarial=0.05)
    out = tmp_path / "run"
    train(data, ["a-1", "a-2"], out, recipe, torch.device("cpu"), seed=1)
    weights = load_file(out / "inpainting.safetensors")
    assert all(value.dtype == torch.float16 for value in weights.values())
    assert all(torch.isfinite(value).all() for value in weights.values())
    assert torch.load(out / "checkpoint.pt", weights_only=True)["step"] == 2


def test_a_log_line_names_every_part_of_the_loss(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.inpainting._LOG_EVERY", 1)
    out = tmp_path / "run"
    train(data, ["a-1"], out, Recipe(steps=1, size=64, count=2), torch.device("cpu"), seed=1)
    row = json.loads((out / "log.jsonl").read_text())
    assert set(row) == {"step", "seconds", "fine", "coarse", "feature", "style"}


def test_a_folder_without_photos_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="No NAME"):
        HoleSampler(tmp_path, [], 64, 2, seed=1)
