"""Strips: work on a whole picture, some rows at a time and on all cores, leaves no trace."""

from __future__ import annotations

import os
import tracemalloc
import weakref
from collections.abc import Callable
from concurrent.futures import wait
from threading import Event
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from amena.engine.layering import layers
from amena.engine.layering.depth_layer import OVERLAP_PX, DepthLayer
from amena.engine.layering.layers import build_layers
from amena.engine.motion.subject import subject_placements
from amena.engine.pixels import envelope, fill, windows
from amena.engine.pixels.envelope import upper_envelope
from amena.engine.pixels.fill import distance_to, fill_texture, push_pull
from amena.engine.pixels.texture import add_texture
from amena.engine.pixels.windows import (
    LATTICE,
    around,
    each_part,
    each_strip,
    each_wanted,
    strips,
    wanted_parts,
)
from amena.engine.types import Box, ByteImage, Disparity, FloatImage, Mask
from tests.engine.scenes import noise_photo

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


def test_helpers_that_come_too_late_hold_no_picture() -> None:
    """Else a busy machine has, besides the picture in the works, the one before it in memory."""

    class Picture:
        def blur(self, part: Box) -> None:
            pass

    picture = Picture()
    alive = weakref.ref(picture)
    free = Event()
    busy = [windows._helpers().submit(free.wait) for _ in range(len(os.sched_getaffinity(0)))]
    try:
        each_strip(picture.blur, (4 * LATTICE, 1 << 18))
        del picture
        assert alive() is None
    finally:
        free.set()
        wait(busy)


def test_an_envelope_of_a_large_picture_is_raised_only_where_it_may_be(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = cv2.resize(rng.random((7, 9), np.float32) / 9, (700, 600))
    values[200:230, 300:320] = 0.9
    values[480:, 690:] = 0.7
    whole = upper_envelope(values, 0.006)
    seen: list[int] = []

    def counted(work: Callable[[Box], None], parts: list[Box]) -> None:
        seen.append(sum((y.stop - y.start) * (x.stop - x.start) for y, x in parts))
        each_part(work, parts)

    monkeypatch.setattr(envelope, "_LARGE", 0)
    monkeypatch.setattr(envelope, "each_part", counted)
    before = values.copy()
    assert np.array_equal(upper_envelope(values, 0.006), whole)
    assert np.array_equal(values, before)
    assert seen[0] == values.size
    assert max(seen[1:5]) < 0.2 * values.size
    noise = rng.random((300, 400), np.float32)
    raised = upper_envelope(noise, 0.01)
    monkeypatch.setattr(envelope, "_LARGE", noise.size)
    assert np.array_equal(raised, upper_envelope(noise, 0.01))


def test_an_envelope_takes_two_pictures_memory_where_nobody_else_holds_the_values() -> None:
    size = 4 * 1000 * 1000
    # What a first call imports does not count.
    upper_envelope(np.random.default_rng(1).random((1000, 1000), np.float32), 0.01)
    tracemalloc.start()
    try:
        upper_envelope(np.random.default_rng(1).random((1000, 1000), np.float32), 0.01)
        assert tracemalloc.get_traced_memory()[1] < 3.2 * size
    finally:
        tracemalloc.stop()


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


def test_where_the_subject_is_takes_less_memory_than_the_map_it_is_found_in() -> None:
    values = np.random.default_rng(1).random((1500, 2000), np.float32)
    tracemalloc.start()
    try:
        subject_placements(values)
        assert tracemalloc.get_traced_memory()[1] < values.nbytes
    finally:
        tracemalloc.stop()


def test_while_a_large_picture_gets_its_colours_what_is_done_with_takes_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of two layers: neither the map that was peeled, nor the distances that alpha was made from,
    are kept when the texture is looked for, which takes most.
    """
    height, width = 600, 800
    disparity = np.full((height, width), 0.1, np.float32)
    disparity[100:400, 100:400], disparity[200:500, 300:600] = 0.5, 0.9
    disparity = np.asarray(cv2.GaussianBlur(disparity, (0, 0), 0.5), np.float32)
    held: list[float] = []

    def noted(filled: ByteImage, hole: Mask, known: Mask) -> ByteImage:
        held.append(tracemalloc.get_traced_memory()[0] / disparity.nbytes)
        return add_texture(filled, hole, known)

    monkeypatch.setattr(layers, "_LARGE", 0)
    monkeypatch.setattr(layers, "add_texture", noted)
    photo = noise_photo(height, width)
    tracemalloc.start()
    try:
        build_layers(photo, Disparity(disparity, "compact"), 0.03, fill_texture, (8, 8))
    finally:
        tracemalloc.stop()
    assert len(held) == 2
    assert max(held) < 20  # pictures of floats; 23 before they let go


def test_a_fill_has_the_same_bits_whatever_part_of_the_picture_is_looked_at(
    rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb = rng.integers(0, 256, (*SHAPE, 3), np.uint8)
    hole = np.zeros(SHAPE, np.bool_)
    hole[:9], hole[40:90, 60:200], hole[:, -20:] = True, True, True  # at the border, too
    parts = fill.smooth_and_detail(rgb, hole, ~hole, hole)
    monkeypatch.setattr(fill, "_looked_at", lambda *_: (slice(0, SHAPE[0]), slice(0, SHAPE[1])))
    whole = fill.smooth_and_detail(rgb, hole, ~hole, hole)
    assert parts[1].any()
    assert all(np.array_equal(a[hole], b[hole]) for a, b in zip(parts, whole, strict=True))
