"""Straight lines in drawn scenes: what wavers along them is taken out, and what stays."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest

from amena.engine.depth.straightness import straightened
from amena.engine.types import ByteImage, Disparity, FloatImage
from benchmarks import lines

HEIGHT, WIDTH = 640, 960
_Y, _X = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
#: A slanted wall, and how an estimate wavers over it.
WALL = 0.35 + 0.1 * _X / WIDTH
WAVER = 0.02 * np.sin(2 * np.pi * _Y / 300) * np.sin(2 * np.pi * _X / 420 + 1)


def _estimate(values: FloatImage) -> Disparity:
    return Disparity(np.asarray(values, np.float32), "compact")


def _canvas() -> ByteImage:
    noise = np.random.default_rng(3).normal(128, 2, (HEIGHT, WIDTH, 3))
    return np.clip(noise, 0, 255).astype(np.uint8)


def _frames(canvas: ByteImage) -> ByteImage:
    """Door frames: four uprights, two sills."""
    for left in (150, 560):
        cv2.rectangle(canvas, (left, 80), (left + 240, 560), (40, 40, 40), 14)
    return canvas


def _worst(values: FloatImage, rgb: ByteImage) -> float:
    """In thousandths of the range of disparity."""
    judged = lines.judge(np.asarray(values, np.float32), lines.segments(rgb))
    return 1000 * max(abs(each.bend) for each in judged)


def test_a_wavering_wall_gets_straight() -> None:
    rgb = _frames(_canvas())
    wavering = WALL + WAVER
    straight = straightened(_estimate(wavering), rgb).values
    assert straight.dtype == np.float32
    assert _worst(wavering, rgb) > 12
    assert _worst(straight, rgb) < 5
    assert np.abs(straight - WALL).mean() < np.abs(wavering - WALL).mean()


def test_a_map_that_is_straight_and_a_photo_without_lines_stay_bit_for_bit() -> None:
    straight, wavering = _estimate(WALL), _estimate(WALL + WAVER)
    assert straightened(straight, _frames(_canvas())) is straight
    assert straightened(wavering, _canvas()) is wavering
    blob = _canvas()
    cv2.circle(blob, (480, 320), 140, (40, 40, 40), -1)
    assert straightened(wavering, blob) is wavering


@pytest.mark.parametrize("slant", [0, 60])
def test_the_near_side_of_a_silhouette_gets_straight_and_the_far_side_stays(slant: int) -> None:
    left, right = 300 - slant, 420 + slant
    board = np.array([[left, 60], [left + 80, 600], [right + 80, 600], [right, 60]], np.int32)
    rgb, mask = _canvas(), np.zeros((HEIGHT, WIDTH), np.float32)
    cv2.fillConvexPoly(rgb, board, (40, 40, 40))
    cv2.fillConvexPoly(mask, board, 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), 2)
    wave = 0.02 * np.sin(2 * np.pi * _Y / 260)
    seen = 0.2 + soft * (0.5 + wave)
    straight = straightened(_estimate(seen), rgb).values
    inside, outside = (
        cv2.erode(mask, np.ones((25, 25))) > 0,
        cv2.dilate(mask, np.ones((35, 35))) == 0,
    )
    rows = slice(110, 550)
    assert np.abs(straight - 0.7)[rows][inside[rows]].mean() < 0.006
    assert np.abs(seen - 0.7)[rows][inside[rows]].mean() > 0.011
    assert np.abs(straight - seen)[outside].max() < 0.004


def test_a_thing_that_leans_stands_up_on_its_foot() -> None:
    """A mast before the sky that an estimate has farther and farther the higher it is."""
    rgb = _canvas()
    mast = np.zeros((HEIGHT, WIDTH), np.float32)
    for left in (320, 620):
        cv2.rectangle(rgb, (left, 100), (left + 40, 560), (40, 40, 40), -1)
        cv2.rectangle(mast, (left, 100), (left + 40, 560), 1.0, -1)
    ground = np.clip((_Y - 480) / 160, 0, 1) * 0.5
    seen = np.where(mast > 0, 0.25 + 0.1 * (560 - _Y) / 460, 0.0)
    seen = cv2.GaussianBlur(np.maximum(seen, ground).astype(np.float32), (0, 0), 2)
    straight = straightened(_estimate(seen), rgb).values
    for left in (320, 620):
        before, after = (each[130:450, left + 20] for each in (seen, straight))
        assert np.ptp(before) > 0.06
        assert np.ptp(after) < 0.5 * np.ptp(before)
    assert np.abs(straight - seen)[:400, 440:560].max() < 0.004  # the sky between


def test_a_true_bend_stays() -> None:
    """A sill along a wall that turns: its disparity falls, then rises."""
    rgb = _canvas()
    cv2.line(rgb, (60, 330), (900, 300), (30, 30, 30), 9)
    corner = 0.3 + 0.3 * np.abs(_X - 480) / 480
    assert np.abs(straightened(_estimate(corner), rgb).values - corner).max() < 0.01


def test_a_step_along_a_line_stays() -> None:
    """A line that leaves a near thing for the wall behind it."""
    rgb = _canvas()
    cv2.line(rgb, (60, 330), (900, 300), (30, 30, 30), 9)
    step = cv2.GaussianBlur(np.where(_X < 480, 0.7, 0.3).astype(np.float32), (0, 0), 2)
    changed = np.abs(straightened(_estimate(step), rgb).values - step)
    assert changed.max() < 0.01


def test_the_middle_line_of_a_road_does_not_stand_up() -> None:
    rgb = _canvas()
    cv2.line(rgb, (470, 639), (478, 330), (240, 240, 240), 8)
    cv2.line(rgb, (490, 639), (482, 330), (240, 240, 240), 8)
    road = np.clip((_Y - 320) / 320, 0, 1)
    assert np.abs(straightened(_estimate(road), rgb).values - road).max() < 0.02


def test_uprights_converge_as_in_a_photo_taken_looking_down() -> None:
    """Their point below the photo has an inverse depth of 0: what is so is left so."""
    rgb = _canvas()
    foot = 2500.0  # rows below the middle of the photo
    for x in (120, 280, 430, 560, 700, 860):
        at = 480 + (x - 480) * np.array([foot + 270, foot - 270]) / foot
        cv2.line(rgb, (round(at[0]), 50), (round(at[1]), 590), (30, 30, 30), 7)
    q = 0.6 * (foot + 320 - _Y) / foot
    right = (q - 0.2) / 0.8
    assert np.abs(straightened(_estimate(right), rgb).values - right).max() < 0.02
    leaning = right - 0.1 * (_Y - 320) / 640
    straight = straightened(_estimate(leaning), rgb).values
    assert np.abs(straight - right).mean() < 0.5 * np.abs(leaning - right).mean()


def test_a_wall_of_small_bricks_takes_no_more_than_others() -> None:
    """Thousands of segments would be compared with each other, a gigabyte of numbers."""
    rows, cols = np.mgrid[:480, :480]
    mortar = ((cols + rows // 4 % 2 * 12) % 24 <= 1) | (rows % 4 <= 1)
    rgb = np.repeat(np.where(mortar, 0, 255)[..., None], 3, axis=2).astype(np.uint8)
    tracemalloc.start()
    straightened(_estimate(rows / 480), rgb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50e6
