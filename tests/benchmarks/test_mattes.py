"""The benchmark of mattes says what it claims."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch

from amena.engine.inpainting.inpainter import TextureInpainter
from amena.engine.types import Disparity, Layer, LayeredDepthImage
from benchmarks import mattes
from benchmarks.subjects import KINDS, PALETTES, Subject, draw

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fur() -> Subject:
    return draw("fur", "fair")


def test_subjects_are_the_same_on_every_run_and_soft_at_their_outline(fur: Subject) -> None:
    assert np.array_equal(fur.photo, draw("fur", "fair").photo)
    assert not np.array_equal(fur.photo, draw("fur", "fair", seed=2).photo)
    for kind in KINDS:
        alpha = draw(kind, "dark").alpha
        assert 0.005 < ((alpha > 0.05) & (alpha < 0.95)).mean() < 0.2, kind
        assert 0.05 < (alpha > 0.05).mean() < 0.5


def test_a_moved_subject_uncovers_what_is_behind(fur: Subject) -> None:
    left = (fur.alpha == 1) & (np.roll(fur.alpha, 40, axis=1) == 0)
    assert left.any()
    assert np.array_equal(fur.seen(40)[left], fur.back[left])


def _cut_out(subject: Subject, alpha: np.ndarray, back: np.ndarray) -> LayeredDepthImage:
    """The subject in two layers with that alpha and that background."""
    height, width = alpha.shape
    far = np.full((height, width), mattes._FAR, np.float32)
    front, behind = (np.clip(each, 0, 255).astype(np.uint8) for each in (subject.front, back))
    layers = (
        Layer(behind, np.full((height, width), 255, np.uint8), far),
        Layer(front, (alpha * 255 + 0.5).astype(np.uint8), far + 0.5),
    )
    return LayeredDepthImage(layers, (0, 0), (width, height), np.zeros((height, width), np.bool_))


def test_a_perfect_matte_has_no_fault_and_one_that_misses_hair_leaves_it(fur: Subject) -> None:
    covered, behind = mattes.apart(_cut_out(fur, fur.alpha, fur.back))
    assert np.abs(covered - fur.alpha).max() < 0.01
    assert mattes._left(fur, covered, behind) == 0
    smaller = cv2.erode(fur.body.astype(np.uint8), np.ones((17, 17), np.uint8)).astype(np.float32)
    covered, behind = mattes.apart(_cut_out(fur, smaller, fur.photo))
    assert mattes._left(fur, covered, behind) > 0.5


def test_frames_are_judged_against_the_true_view(fur: Subject) -> None:
    shift = mattes.MOVE_PX
    true = np.clip(fur.seen(shift), 0, 255).astype(np.uint8)
    figures = mattes._moved(fur, true, 1)
    assert figures["ghost"] == figures["eaten"] == 0
    assert figures["rim"] < 1
    standing = mattes._moved(fur, fur.photo, 1)
    assert standing["ghost"] > 0.3
    assert standing["rim"] > 10
    washed = np.clip((true.astype(np.float32) + fur.back) / 2, 0, 255).astype(np.uint8)
    assert mattes._moved(fur, washed, 1)["eaten"] > 0.9


def test_an_estimate_is_softer_than_the_exact_map(fur: Subject) -> None:
    exact = mattes.disparity_of(fur, "exact", fur.photo)
    assert not exact.soft
    estimate = mattes.disparity_of(fur, "estimate", fur.photo)
    assert isinstance(estimate, Disparity)
    assert estimate.soft
    off = (estimate.values > 0.5) != fur.body
    assert 0.0005 < off.mean() < 0.03


def test_the_engine_is_judged(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def classical(_device: torch.device) -> TextureInpainter:
        return TextureInpainter()

    monkeypatch.setattr(mattes, "build_inpainter", classical)
    monkeypatch.setattr(mattes, "PALETTES", {"fair": PALETTES["fair"]})
    mattes.main(["--kinds", "fur", "--maps", "exact"])
    [row] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[0] == "{"]
    assert row["left"] < 0.02
    assert row["ghost"] < 0.1
    assert row["eaten"] < 0.01
    assert row["alpha"] < 0.1
