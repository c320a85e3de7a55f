"""Strips: work on a whole picture, some rows at a time and on all cores, leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.layering.depth_layer import OVERLAP_PX, DepthLayer
from amena.engine.pixels import windows
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.pixels.fill import distance_to, push_pull
from amena.engine.pixels.windows import LATTICE, around, each_wanted, strips, wanted_parts
from amena.engine.types import Box, FloatImage, Mask

SHAPE = 467, 391


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def few(rng: np.random.Generator) -> Mask:
    """A few blobs of known pixels."""
    known = rng.random(SHAPE) > 0.9995
    return cv2.dilate(known.view(np.uint8), np.ones((5, 5), np.uint8)) > 0


def in_strips(work: Callable[[], NDArray[Any]], monkeypatch: pytest.MonkeyPatch) -> NDArray[Any]:
    """The result in strips as low as they may be, after a check that there are several of them."""
    monkeypatch.setattr(windows, "_STRIP", 1)
    assert len(strips(*SHAPE)) == -(-SHAPE[0] // LATTICE)
    return work()


def test_strips_hold_every_row_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_STRIP", 1 << 17)
    parts = strips(1000, 700)
    assert len(parts) > 2
    rows = [row for part, _ in parts for row in range(part.start, part.stop)]
    assert rows == list(range(1000))
    assert all(part.start % LATTICE == 0 for part, _ in parts)


@pytest.mark.parametrize("reach", [0, 1, 64, 100])
def test_wanted_parts_hold_what_is_wanted_and_what_is_close(
    reach: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "_STRIP", 1)
    wanted = np.zeros((700, 900), np.bool_)
    wanted[333, 450] = wanted[640:700, 880:] = True
    times = np.zeros(wanted.shape, np.int32)
    for part in wanted_parts(wanted, reach):
        times[part] += 1
    assert times.max() == 1
    close = cv2.dilate(wanted.view(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    assert times[close > 0].all()
    assert times.mean() < 0.35


def test_a_part_with_its_surroundings_ends_with_the_picture() -> None:
    position = np.arange(200 * 300).reshape(200, 300)
    part = slice(64, 200), slice(0, 128)
    outer, within = around(part, 10, position.shape)
    assert outer == (slice(54, 200), slice(0, 138))
    assert np.array_equal(position[outer][within], position[part])


def test_what_fails_in_a_strip_is_told() -> None:
    def fail(part: Box) -> None:
        raise ValueError(str(part[0].start))

    with pytest.raises(ValueError, match="0"):
        each_wanted(fail, np.ones(SHAPE, np.bool_))


@pytest.mark.parametrize("channels", [(), (3,)])
def test_a_membrane_has_the_same_bits_in_strips_and_where_it_is_wanted(
    channels: tuple[int, ...], rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = rng.integers(0, 256, (*SHAPE, *channels)).astype(np.uint8)
    known, wanted = few(rng), np.zeros(SHAPE, np.bool_)
    wanted[100:140, 30:300] = wanted[460:, 380:] = True
    whole = push_pull(values, known, 0.25)
    assert np.array_equal(whole[known], values[known])
    assert np.array_equal(in_strips(lambda: push_pull(values, known, 0.25), monkeypatch), whole)
    asked = push_pull(values, known, 0.25, wanted)
    assert np.array_equal(asked[wanted], whole[wanted])
    assert not asked[200:400].any()  # nobody has asked


def test_an_envelope_has_the_same_bits_in_strips(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = rng.random(SHAPE).astype(np.float32) ** 8
    whole = upper_envelope(values, 0.013)
    assert (whole >= values).all()
    assert np.array_equal(in_strips(lambda: upper_envelope(values, 0.013), monkeypatch), whole)


@pytest.mark.parametrize("axis", [0, 1])
def test_an_envelope_across_stripes_is_what_its_definition_says(
    axis: int, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = rng.random(SHAPE[axis]).astype(np.float32) ** 8
    place = np.arange(len(line))
    true = (line - 0.013 * np.abs(place[:, None] - place)).max(axis=1)
    values = np.broadcast_to(line[:, None] if axis == 0 else line, SHAPE).copy()
    found = in_strips(lambda: upper_envelope(values, 0.013), monkeypatch)
    across = true[:, None] if axis == 0 else true
    np.testing.assert_allclose(found, np.broadcast_to(across, SHAPE), atol=1e-5)


def test_distances_are_exact_as_far_as_they_are_told(rng: np.random.Generator) -> None:
    known = few(rng)
    unknown = (~known).view(np.uint8)
    true = cv2.distanceTransform(unknown, cv2.DIST_L2, cv2.DIST_MASK_5)
    assert true.max() > 40
    np.testing.assert_array_equal(distance_to(known, 20), np.minimum(true, 20))
    assert (distance_to(np.zeros_like(known), 20) == 20).all()


def test_a_layer_fades_as_its_distances_say(rng: np.random.Generator) -> None:
    none, flat = np.zeros(SHAPE, np.bool_), np.zeros(SHAPE, np.float32)
    opaque = few(rng)
    layer = DepthLayer(none, none, none, flat, none, none, opaque, flat)
    far: FloatImage = cv2.distanceTransform((~opaque).view(np.uint8), cv2.DIST_L2, 3)
    np.testing.assert_array_equal(layer.fade, np.clip(1 - (far - OVERLAP_PX) / 12, 0, 1))
    assert not DepthLayer(none, none, none, flat, none, none, none, flat).fade.any()
