import cv2
import numpy as np
import pytest

from amena.engine.output.effects import crisp, defocused, shaded, vignette
from amena.engine.scene.scene import rest_view
from amena.engine.types import Layer, LayeredDepthImage
from tests.engine.scenes import FAR, NEAR, square_mask

SIDE = 192


def grain():
    noise = np.random.default_rng(0).normal(127, 60, (SIDE, SIDE, 3)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(noise, (0, 0), 0.8), 0, 255).astype(np.uint8)


def card_before_wall():
    """Two layers without a margin: a textured wall at `FAR`, a white card at `NEAR`."""
    card = np.where(square_mask(SIDE), 255, 0).astype(np.uint8)
    wall = Layer(
        grain(),
        np.full((SIDE, SIDE), 255, np.uint8),
        np.full((SIDE, SIDE), FAR, np.float32),
    )
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    near = Layer(white, card, np.full((SIDE, SIDE), NEAR, np.float32))
    return LayeredDepthImage((wall, near), (0, 0), (SIDE, SIDE), np.zeros((SIDE, SIDE), bool))


def contrast(rgb):
    return np.abs(np.diff(rgb.astype(float), axis=1)).mean()


def test_what_lies_in_the_focus_stays_as_it_is():
    image = card_before_wall()
    far, near = defocused(image, focus=FAR, strength=1.0).layers
    assert np.array_equal(far.rgb, image.layers[0].rgb)
    assert np.array_equal(far.alpha, image.layers[0].alpha)
    assert not np.array_equal(near.alpha, image.layers[1].alpha)


def test_blur_grows_with_the_strength_and_keeps_the_brightness():
    image = card_before_wall()
    walls = [defocused(image, NEAR, strength).layers[0].rgb for strength in (0.0, 0.3, 1.0)]
    assert contrast(walls[0]) > 1.05 * contrast(walls[1])
    assert contrast(walls[1]) > 1.05 * contrast(walls[2])
    assert walls[2].mean() == pytest.approx(walls[0].mean(), abs=0.5)


def test_a_blurred_near_layer_lets_the_sharp_background_show_at_its_edge():
    image = card_before_wall()
    blurred = defocused(image, FAR, 1.0)
    alpha = blurred.layers[1].alpha
    row = alpha[SIDE // 2].astype(int)
    assert ((row > 10) & (row < 245)).sum() >= 6
    assert row[SIDE // 2] == 255 and row[0] == 0
    # The card's colour stays pure under its soft edge: no dark fringe.
    assert (blurred.layers[1].rgb[alpha > 8] >= 250).all()


def test_a_sharp_card_does_not_bleed_into_the_blurred_wall():
    image = card_before_wall()
    picture = rest_view(defocused(image, NEAR, 1.0))
    inside = np.zeros((SIDE, SIDE), bool)
    inside[square_mask(SIDE)] = True
    assert (picture[inside] == 255).all()
    assert np.array_equal(picture[~inside], defocused(image, NEAR, 1.0).layers[0].rgb[~inside])


def test_no_strength_is_no_work():
    image = card_before_wall()
    assert defocused(image, 0.5, 0.0) is image


@pytest.mark.parametrize("strength", [0.2, 1.0])
def test_a_vignette_falls_from_the_middle_to_the_corners(strength):
    brightness = vignette((96, 64), strength)
    assert brightness.shape == (64, 96, 3)
    assert brightness[32, 48, 0] == pytest.approx(1, abs=0.01)
    assert brightness[0, 0, 0] == pytest.approx(1 - 0.65 * strength, abs=0.02)
    assert np.allclose(brightness, brightness[::-1, ::-1])
    assert (np.diff(brightness[0, 48:, 0]) < 0).all()


def test_shading_multiplies_and_rounds():
    frame = np.full((64, 96, 3), 200, np.uint8)
    brightness = vignette((96, 64), 0.5)
    assert np.abs(shaded(frame, brightness) - 200 * brightness).max() <= 0.51


def moved(image, x, y):
    """What bilinear sampling makes of a whole layer that moves by a part of a pixel."""
    wall = image.layers[0].rgb
    shift = np.array([[1.0, 0, x], [0, 1, y]])
    return cv2.warpAffine(wall, shift, wall.shape[:2], flags=cv2.INTER_LINEAR).astype(float)


def test_frames_keep_the_detail_that_bilinear_sampling_takes_from_them():
    image = card_before_wall()
    image = LayeredDepthImage(image.layers[:1], image.margin, image.photo_size, image.disoccluded)
    inside = np.s_[8:-8, 8:-8]
    wall = grain().astype(float)
    spectrum = np.fft.fft2(wall, axes=(0, 1))
    across, down = np.fft.fftfreq(SIDE)[None, :, None], np.fft.fftfreq(SIDE)[:, None, None]
    kept = {True: [], False: []}
    error = {True: [], False: []}
    for x, y in ((0.5, 0.5), (0.5, 0), (0.25, 0.75), (0.1, 0.4), (0.7, 0.3)):
        phase = np.exp(-2j * np.pi * (across * x + down * y))
        true = np.fft.ifft2(spectrum * phase, axes=(0, 1)).real
        for sharpened in kept:
            frame = moved(crisp(image) if sharpened else image, x, y)
            kept[sharpened].append(frame[inside].std() / true[inside].std())
            error[sharpened].append(((frame - true)[inside] ** 2).mean())
    assert np.mean(kept[False]) < 0.9
    assert 0.94 < np.mean(kept[True]) < 1.05
    assert np.mean(error[True]) < 0.75 * np.mean(error[False])


def test_what_soft_edges_mix_is_not_sharpened():
    image = card_before_wall()
    alpha = cv2.GaussianBlur(image.layers[1].alpha, (0, 0), 1.5)
    image.layers[1].alpha[:] = alpha
    soft = cv2.dilate(((alpha > 0) & (alpha < 255)).astype(np.uint8), np.ones((9, 9))) > 0
    wall = crisp(image).layers[0]
    assert np.array_equal(wall.rgb[soft], image.layers[0].rgb[soft])
    assert (wall.rgb[~soft] != image.layers[0].rgb[~soft]).mean() > 0.5
    assert np.array_equal(wall.alpha, image.layers[0].alpha)
