"""The losses, labels and the trainer of the depth network."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.augment import augment_colour, crop_to_shape
from training.blend import blend
from training.composite import composite
from training.data import BatchSampler, PairFolder, Source
from training.depth import Stage, Trainer, read_stage, train
from training.evaluate import predict, read_network
from training.losses import depth_loss
from training.precision import mixed
from training.pseudo import label, label_photo, refine, trustworthy
from training.scenes.textures import Cutout

pytestmark = pytest.mark.slow

_EXACT = torch.tensor([True])


def _target() -> torch.Tensor:
    target = torch.linspace(0.1, 0.5, 48)[None, :, None].expand(1, 48, 64).clone()
    target[:, 10:30, 20:40] = 0.9
    return target


def test_some_photos_are_darkened_and_some_blurred() -> None:
    photo = np.random.default_rng(0).integers(100, 200, (48, 64, 3), dtype=np.uint8)
    drawn = [augment_colour(photo, np.random.default_rng(seed)) for seed in range(120)]
    assert all(each.shape == photo.shape and each.dtype == np.uint8 for each in drawn)
    assert sum(each.mean() < 75 for each in drawn) >= 5
    assert sum(each.std() < 0.3 * photo.std() for each in drawn) >= 3
    np.testing.assert_array_equal(drawn[7], augment_colour(photo, np.random.default_rng(7)))


def test_bfloat16_is_left_alone_where_the_processor_lacks_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for able in (True, False):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda able=able: able)
        with mixed(torch.device("cpu")):
            assert torch.is_autocast_enabled("cpu") is able


def test_losses_vanish_for_the_truth_at_any_scale_and_shift() -> None:
    parts = depth_loss(3 * _target() + 7, _target(), _EXACT)
    assert parts["invariant"].item() == pytest.approx(0, abs=1e-3)
    assert parts["gradient"].item() == pytest.approx(0, abs=1e-3)
    assert parts["ranking"].item() < 0.02


def test_losses_grow_when_the_order_is_reversed() -> None:
    right, wrong = (depth_loss(s * _target(), _target(), _EXACT) for s in (1, -1))
    assert all(wrong[name] > right[name] + 0.1 for name in right)


def test_unknown_pixels_have_no_gradient() -> None:
    target = _target()
    target[:, :, :16] = 0
    prediction = torch.rand(1, 48, 64, requires_grad=True)
    torch.stack(list(depth_loss(prediction, target, _EXACT).values())).sum().backward()
    assert prediction.grad is not None
    assert prediction.grad[:, :, :16].abs().max() == 0
    assert prediction.grad[:, :, 17:].abs().max() > 0


def test_flat_prediction_has_finite_gradients() -> None:
    prediction = torch.ones(1, 48, 64, requires_grad=True)
    torch.stack(list(depth_loss(prediction, _target(), _EXACT).values())).sum().backward()
    assert prediction.grad is not None and prediction.grad.isfinite().all()


def test_outliers_of_inexact_labels_are_left_out() -> None:
    target = _target()
    noisy = target.clone()
    noisy[:, 30:36, :40] = 0.01
    kept = depth_loss(target, noisy, torch.tensor([True]))["invariant"]
    trimmed = depth_loss(target, noisy, torch.tensor([False]))["invariant"]
    assert trimmed < 0.5 * kept


def test_crop_keeps_photo_and_depth_aligned() -> None:
    depth = np.zeros((90, 120), np.uint16)
    depth[30:60, 40:90] = 60_000
    photo = np.repeat((depth >> 8).astype(np.uint8)[..., None], 3, axis=2)
    for seed in range(20):
        small, cropped = crop_to_shape(photo, depth, (48, 64), np.random.default_rng(seed))
        assert small.shape == (48, 64, 3) and cropped.shape == (48, 64)
        disagree = (small[..., 0] > 117) != (cropped > 30_000)
        assert disagree.mean() < 0.06


def test_label_edge_moves_onto_the_mask() -> None:
    truth = np.full((120, 160), 0.2, np.float32)
    truth[30:90, 50:110] = 1.0
    mask = ((truth > 0.5) * 255).astype(np.uint8)
    soft = cv2.GaussianBlur(truth, (0, 0), 2.0)
    refined = refine(soft, mask)
    assert refined is not None
    assert np.abs(refined - truth).max() < 0.1
    assert np.abs(soft - truth).max() > 0.4
    assert refined.max() <= soft.max() + 1e-6  # no rim that is too near


def test_subject_that_the_network_missed_is_moved_forward() -> None:
    ground = np.repeat(np.linspace(0, 1, 120, dtype=np.float32)[:, None], 160, axis=1)
    mask = np.zeros((120, 160), np.uint8)
    mask[20:110, 60:100] = 255
    refined = refine(ground, mask)
    assert refined is not None
    assert (refined[25:60, 80] > refined[25:60, 40] + 0.05).all()


class _EdgesAtLargeSizes(nn.Module):
    """Sees a small picture as a floor, a large one by its brightness."""

    def forward(self, x: Tensor) -> Tensor:
        rows = torch.linspace(-1, 1, x.shape[2])[None, :, None]
        return x[:, 0] if x.shape[3] > 384 else rows.expand(len(x), -1, x.shape[3])


def test_label_has_the_layout_of_a_small_look_and_the_edges_of_a_large_one() -> None:
    rgb = np.zeros((288, 384, 3), np.uint8)
    rgb[:, 192:] = 255
    disparity = label(_EdgesAtLargeSizes(), rgb, torch.device("cpu"))
    assert (disparity[:, 196] - disparity[:, 188] > 1).all()
    assert np.abs(disparity[:, 300] - disparity[:, 60]).max() < 0.1
    assert (disparity[230, :] > disparity[60, :] + 1).all()


@pytest.mark.parametrize("unmasked", [True, False])
def test_photos_without_a_mask_of_use_are_labelled_apart(tmp_path: Path, unmasked: bool) -> None:
    mask = np.zeros((96, 128), np.uint8)
    mask[20:80, 30:90] = 255
    for name in ("0001", "0002"):
        cv2.imwrite(str(tmp_path / f"{name}.jpg"), np.repeat(mask[..., None], 3, axis=2))
    cv2.imwrite(str(tmp_path / "0001.png"), mask)
    labelled = [
        label_photo(_EdgesAtLargeSizes(), path, tmp_path, None, unmasked, torch.device("cpu"))
        is not None
        for path in (tmp_path / "0001.jpg", tmp_path / "0002.jpg")
    ]
    assert labelled == [not unmasked, unmasked]


def test_vague_tiny_and_huge_masks_are_not_trusted() -> None:
    mask = np.zeros((100, 100), np.uint8)
    assert not trustworthy(mask)
    mask[20:70, 20:70] = 255
    assert trustworthy(mask)
    assert not trustworthy(np.full((100, 100), 255, np.uint8))
    assert not trustworthy((mask // 2 + 20).astype(np.uint8))


def test_standing_subject_is_hidden_by_what_is_nearer() -> None:
    inverse = np.repeat(np.linspace(0.1, 0.6, 90, dtype=np.float32)[:, None], 120, axis=1)
    inverse[:, 50:70] = 1.0  # a pillar near the camera
    photo = np.full((90, 120, 3), 128, np.uint8)
    cutout = Cutout(np.zeros((60, 80, 3), np.float32), np.ones((60, 80), np.float32), True)
    for seed in range(10):
        _, mixed = composite(photo, inverse, cutout, np.random.default_rng(seed))
        np.testing.assert_array_equal(mixed[:, 50:70], inverse[:, 50:70])
        assert (mixed >= inverse - 1e-6).all()


def _write_pairs(folder: Path, count: int = 4) -> None:
    folder.mkdir()
    for index in range(count):
        depth = np.full((72, 96), 9_000 + 500 * index, np.uint16)
        depth[20:50, 30:60] = 50_000
        photo = np.repeat((depth >> 8).astype(np.uint8)[..., None], 3, axis=2)
        cv2.imwrite(str(folder / f"{index:04d}.png"), depth)
        cv2.imwrite(str(folder / f"{index:04d}.jpg"), photo)


def _stage(steps: int) -> Stage:
    return Stage(
        network="compact",
        steps=steps,
        encoder_rate=1e-4,
        decoder_rate=1e-3,
        shapes=((64, 96), (96, 64)),
        sources=(Source("boxes", 1.5), Source("boxes", 0.5, exact=False, weight=0.5)),
        frozen_stages=2,
        loss={"invariant": 1.0, "gradient": 0.5, "ranking": 1.0},
        average=0.9,
        validate_every=100,
        validation={"boxes": 0},
    )


def test_batches_depend_on_the_seed_and_the_step_alone(tmp_path: Path) -> None:
    _write_pairs(tmp_path / "boxes")
    stage = _stage(1)
    one = BatchSampler(tmp_path, stage.sources, stage.shapes, seed=3)
    other = BatchSampler(tmp_path, stage.sources, stage.shapes, seed=3)
    other.batch(5)
    np.testing.assert_array_equal(one.batch(6).rgb, other.batch(6).rgb)
    assert not np.array_equal(one.batch(6).rgb[0], one.batch(8).rgb[0])


def test_no_batch_is_empty_where_all_shares_are_small(tmp_path: Path) -> None:
    _write_pairs(tmp_path / "boxes")
    sources = [Source("boxes", share=0.1), Source("boxes", share=0.2)]
    sampler = BatchSampler(tmp_path, sources, [(32, 32)], seed=1)
    assert all(len(sampler.batch(step).rgb) >= 1 for step in range(20))


def test_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"No NAME\.jpg"):
        PairFolder(tmp_path)


def test_stopped_training_continues_where_it_stood(tmp_path: Path) -> None:
    _write_pairs(tmp_path / "boxes")
    cpu = torch.device("cpu")
    train(tmp_path, tmp_path / "run", _stage(2), cpu, seed=1, start=None)
    longer = Trainer(_stage(4), cpu, seed=9, start=None)
    longer.resume(tmp_path / "run" / "checkpoint.pt")
    assert longer.step == 2
    train(tmp_path, tmp_path / "run", _stage(4), cpu, seed=1, start=None)

    rows = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "folder" in row] == [2, 4]
    assert (tmp_path / "run" / "curves.png").stat().st_size > 1000
    assert (tmp_path / "run" / "depth.safetensors").stat().st_size < 10_000_000


def test_the_plain_network_is_trained_and_read_back(tmp_path: Path) -> None:
    _write_pairs(tmp_path / "boxes")
    cpu, stage = torch.device("cpu"), replace(_stage(1), network="plain", frozen_stages=0)
    train(tmp_path, tmp_path / "run", stage, cpu, seed=1, start=None)
    net = read_network(tmp_path / "run" / "depth.safetensors", cpu, "plain")
    disparity = predict(net, np.zeros((72, 96, 3), np.uint8), cpu)
    assert disparity.shape == (72, 96) and np.isfinite(disparity).all()


def test_packaged_recipe_can_be_read() -> None:
    recipe = Path(__file__).resolve().parents[2] / "training" / "depth.toml"
    stage = read_stage(recipe, "base")
    assert sum(source.share for source in stage.sources) == pytest.approx(8)
    assert read_stage(recipe, "plain").network == "plain"
    with pytest.raises(SystemExit, match="no stage 'none'"):
        read_stage(recipe, "none")


def test_blended_weights_lie_between_both() -> None:
    first = {"filters": torch.zeros(2, 3), "variance": torch.full((2,), 1e5)}
    second = {"filters": torch.ones(2, 3), "variance": torch.full((2,), 3e5)}
    mixed_weights = blend(first, second, 0.25)
    assert mixed_weights["filters"].dtype == torch.float16
    assert mixed_weights["filters"].unique().item() == 0.25
    assert mixed_weights["variance"].unique().item() == pytest.approx(1.5e5)
    with pytest.raises(ValueError, match="different networks"):
        blend(first, {"filters": torch.ones(2, 3)}, 0.5)
