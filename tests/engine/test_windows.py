"""Windows: where in a picture there is something to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
import pytest

from amena.engine.pixels.windows import LATTICE, Window, each_window, windows
from amena.engine.types import FloatImage, Mask


def blobs(*boxes: tuple[int, int, int, int], shape: tuple[int, int] = (700, 900)) -> Mask:
    wanted = np.zeros(shape, np.bool_)
    for top, bottom, left, right in boxes:
        wanted[top:bottom, left:right] = True
    return wanted


WANTED = {
    "nothing": blobs(),
    "all": blobs((0, 700, 0, 900)),
    "one pixel": blobs((333, 334, 450, 451)),
    "the last pixel": blobs((699, 700, 899, 900)),
    "two corners": blobs((0, 20, 0, 20), (650, 690, 850, 880)),
    "an L": blobs((0, 700, 0, 30), (670, 700, 0, 900)),
    "a frame": blobs((0, 700, 0, 9), (0, 9, 0, 900), (691, 700, 0, 900), (0, 700, 891, 900)),
    "smaller than a cell": blobs((3, 9, 3, 9), shape=(20, 30)),
}


@pytest.mark.parametrize("halo", [0, 1, 64, 100])
@pytest.mark.parametrize("wanted", WANTED.values(), ids=WANTED.keys())
def test_windows_hold_all_that_is_wanted_once_with_a_halo(wanted: Mask, halo: int) -> None:
    height, width = wanted.shape
    times = np.zeros(wanted.shape, np.int32)
    for window in windows(wanted, halo):
        times[window.inner] += 1
        position = np.arange(height * width).reshape(wanted.shape)
        assert np.array_equal(position[window.inner], position[window.outer][window.within])
        for inner, outer, side in zip(window.inner, window.outer, wanted.shape, strict=True):
            assert outer.start % LATTICE == 0
            assert outer.start == 0 or inner.start - outer.start >= halo
            assert outer.stop == side or outer.stop % LATTICE == 0
            assert outer.stop == side or outer.stop - inner.stop >= halo
    assert times.max() <= 1
    assert times[wanted].all()


def test_what_lies_far_apart_is_not_joined() -> None:
    parts = list(windows(WANTED["two corners"], halo=64))
    assert len(parts) == 2
    looked_at = sum(np.zeros((700, 900))[window.outer].size for window in parts)
    assert looked_at < 0.15 * 700 * 900


def test_what_lies_close_together_is_not_taken_apart() -> None:
    assert len(list(windows(blobs((0, 300, 0, 300)), halo=64))) == 1


def halved(picture: FloatImage) -> FloatImage:
    height, width = picture.shape
    small = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height)), np.float32)


OPERATIONS: list[Callable[[FloatImage], Any]] = [
    halved,
    lambda picture: cv2.GaussianBlur(picture, (0, 0), 3.0),
    lambda picture: cv2.Sobel(picture, cv2.CV_32F, 1, 0),
    lambda picture: cv2.erode(picture, np.ones((19, 19), np.uint8)),
]


@pytest.mark.parametrize("threads", [1, 2])
def test_blurs_and_halved_pictures_give_the_same_bits_in_a_window(threads: int) -> None:
    picture = np.random.default_rng(7).random((700, 900), np.float32)
    before = cv2.getNumThreads()
    cv2.setNumThreads(threads)
    try:
        for operation in OPERATIONS:
            whole = operation(picture)
            for window in windows(blobs((130, 140, 300, 620), (600, 700, 850, 900)), halo=20):
                part = operation(np.ascontiguousarray(picture[window.outer]))
                assert np.array_equal(part[window.within], whole[window.inner])
    finally:
        cv2.setNumThreads(before)


def test_each_window_is_worked_on_once_and_what_fails_is_told() -> None:
    wanted = WANTED["two corners"]
    worked = np.zeros(wanted.shape, np.int32)

    def count(window: Window) -> None:
        worked[window.inner] += 1

    each_window(count, wanted, halo=3)
    assert (worked[wanted] == 1).all()
    assert worked.max() == 1

    def fail(window: Window) -> None:
        if window.inner[0].start > 0:
            raise ValueError("the second corner")

    with pytest.raises(ValueError, match="the second corner"):
        each_window(fail, wanted, halo=3)


def test_whoever_works_in_a_window_may_have_windows_of_their_own() -> None:
    """At once from more threads than there are helpers: nobody waits for somebody who waits."""
    shape = 5 * LATTICE, 12 * LATTICE
    wanted = blobs(
        *((0, 9, left, left + 9) for left in range(0, shape[1], 3 * LATTICE)), shape=shape
    )
    counts = np.zeros((24, *shape), np.int32)

    def work(number: int) -> None:
        def outer(window: Window) -> None:
            each_window(lambda inner: count(inner, window), wanted, halo=0)

        def count(inner: Window, window: Window) -> None:
            if inner.inner == window.inner:
                counts[number][inner.inner] += 1

        each_window(outer, wanted, halo=0)

    with ThreadPoolExecutor(len(counts)) as callers:
        list(callers.map(work, range(len(counts)), timeout=60))
    assert (counts[:, wanted] == 1).all()


def test_after_one_has_failed_no_more_are_begun() -> None:
    wanted = blobs(*((0, 9, left, left + 9) for left in range(0, 900, 2 * LATTICE)))
    begun = []

    def fail(window: Window) -> None:
        begun.append(window)
        raise IndexError(len(begun))

    with pytest.raises(IndexError):
        each_window(fail, wanted, halo=0)
    assert len(begun) <= min(4, len(os.sched_getaffinity(0)))


def test_a_forked_process_has_helpers_of_its_own() -> None:
    code = """
import os
import numpy as np
from amena.engine.pixels.windows import each_window
wanted = np.zeros((700, 900), np.bool_)
wanted[:9, :9] = wanted[-9:, -9:] = True
each_window(lambda _: None, wanted, 0)
if child := os.fork():
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
worked = []
each_window(worked.append, wanted, 0)
os._exit(0 if len(worked) == 2 else 1)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == 0
