"""The subject's matte in a phone's portrait: found in the file, and depth steps moved onto it."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from amena.engine.depth.silhouette import along_silhouette
from amena.engine.options import Options
from amena.engine.photo import decode
from amena.engine.pipeline import Engine
from amena.engine.report import Recorder
from amena.engine.types import Disparity
from tests.engine import depth_samples, samples


def subject(shift: int = 0) -> NDArray[np.uint8]:
    """Upper left of the middle, so that every turn shows."""
    mask = np.zeros((120, 160), np.uint8)
    cv2.ellipse(mask, (60 + shift, 50), (30, 40), 0, 0, 360, 255, cv2.FILLED)
    return mask


def matte_of(data: bytes, rotate: int = 0) -> NDArray[np.bool_]:
    found = decode.load(io.BytesIO(data), 160, rotate=rotate).matte
    assert found is not None
    return found > 0.5


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_matte_is_found_in_a_heic_whichever_way_it_is_stored(orientation: int) -> None:
    found = matte_of(depth_samples.heic_with_matte(subject(), orientation))
    assert (found == (subject() > 0)).mean() > 0.98


def test_a_matte_is_found_in_a_jpeg_beside_the_depth_and_turns_with_it() -> None:
    data = depth_samples.apple_matte_jpeg(subject(), depth_samples.ramp())
    assert (matte_of(data) == (subject() > 0)).mean() > 0.98
    assert (matte_of(data, 90) == np.rot90(subject() > 0, -1)).mean() > 0.98
    photo = decode.load(io.BytesIO(data), 160)
    assert photo.embedded is not None
    np.testing.assert_allclose(photo.embedded.values[60], np.linspace(0, 1, 160), atol=0.02)


def test_other_photos_have_none_and_a_damaged_one_costs_nothing() -> None:
    for data in (samples.heic(), samples.jpeg(), depth_samples.apple_depth_jpeg()):
        assert decode.load(io.BytesIO(data), 160).matte is None
    square = np.full((120, 120), 255, np.uint8)
    assert decode.load(io.BytesIO(depth_samples.heic_with_matte(square)), 160).matte is None


def blurred(mask: NDArray[np.uint8], sigma: float = 3) -> NDArray[np.float32]:
    """Disparity .2 behind and .8 before, its step soft."""
    step = np.where(mask > 0, 0.8, 0.2).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(step, (0, 0), sigma), np.float32)


@pytest.mark.parametrize("shift", [-2, 0, 2])
def test_a_soft_step_beside_the_silhouette_is_moved_onto_it(shift: int) -> None:
    true = np.where(subject() > 0, 0.8, 0.2)
    coarse = blurred(subject(shift), 1.5)
    placed = along_silhouette(Disparity(coarse, "embedded"), (subject() / 255).astype(np.float32))
    error = np.abs(placed.values - true).mean()
    assert error < 0.25 * np.abs(coarse - true).mean()


def test_level_depth_at_a_silhouette_stays_and_no_subject_changes_nothing() -> None:
    level = np.tile(np.linspace(0, 1, 120, dtype=np.float32)[:, None], (1, 160))
    placed = along_silhouette(Disparity(level, "compact"), (subject() / 255).astype(np.float32))
    assert np.abs(placed.values - level).mean() < 0.005
    for matte in (np.zeros((120, 160), np.float32), np.ones((120, 160), np.float32)):
        assert along_silhouette(Disparity(level, "compact"), matte).values is level


@pytest.mark.slow
def test_the_engine_places_depth_by_the_matte() -> None:
    """The map is 6 of 320 pixels aside, farther than the photo's own edges are looked for."""
    look = np.where(subject()[..., None] > 0, (220, 90, 60), (70, 110, 90)).astype(np.uint8)
    photo = samples.encoded(Image.fromarray(look).resize((320, 240)), "JPEG", quality=95)
    coarse = (blurred(subject(3)) * 255).round().astype(np.uint8)
    found = decode.load(io.BytesIO(depth_samples.apple_matte_jpeg(subject(), coarse, photo)), 320)
    true = cv2.resize(subject(), (320, 240)) > 127
    error = []
    for each in (found, replace(found, matte=None)):
        scene = Engine().scenes.build(each, Options(), None, Recorder())
        error.append(((scene.disparity.values > 0.5) != true).mean())
    assert error[0] < 0.01
    assert error[0] < 0.5 * error[1]
