from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from amena.engine.errors import WeightsError
from amena.engine.inpainting import inpainter as inpaint
from amena.engine.inpainting.inpainter import (
    LearnedInpainter,
    TextureInpainter,
    build_inpainter,
    place_tiles,
)
from amena.engine.layering.cuts import find_cuts
from amena.engine.layering.depth_layer import UnknownBand
from amena.engine.layering.layers import build_layers, colour_layer
from amena.engine.layering.peeling import peel_layer
from amena.engine.networks.inpaint_net import InpaintNet
from amena.engine.networks.weights import WEIGHTS
from amena.engine.pixels.fill import fill_texture, nearest_known, push_pull
from amena.engine.types import ByteImage, Disparity, Mask, Photo
from tests.engine.scenes import FAR, GREEN, MAGENTA, NEAR, noise_photo, square_before_wall

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def learned() -> LearnedInpainter:
    return LearnedInpainter(CPU)


def behind_a_disc(height: int, width: int, band: int) -> tuple[Mask, Mask]:
    """Hole and known pixels at a disc whose outer `band` pixels are to be filled."""
    y, x = np.mgrid[:height, :width]
    away = np.hypot(y - height / 2, x - width / 2)
    radius = 0.35 * min(height, width)
    return (away <= radius) & (away > radius - band), away > radius


def stripes(height: int, width: int) -> ByteImage:
    """Slanted wide stripes, softly edged."""
    y, x = np.mgrid[:height, :width]
    wave = np.tanh(4 * np.sin((x + 0.6 * y) / 9)) * 70 + 128
    return np.stack([wave, wave * 0.8, 255 - wave], axis=2).astype(np.uint8)


def untrained(folder: Path, bias: float = 0.0) -> Path:
    """Weights that leave the classical fill as it is, or add `bias` (of 127.5 levels) to it."""
    net = InpaintNet()
    with torch.no_grad():
        net.head.bias[:12] = bias
    path = folder / "inpainting.safetensors"
    save_file({k: v.half() for k, v in net.state_dict().items()}, path)
    return path


@pytest.mark.parametrize("size", [(90, 110), (300, 420), (1500, 2200)])
def test_neither_hole_nor_near_side_has_any_influence(learned, size):
    rgb = noise_photo(*(8 * (side // 8) for side in size)).rgb
    hole, known = behind_a_disc(*rgb.shape[:2], band=20)
    painted = np.where(known[..., None], rgb, MAGENTA).astype(np.uint8)
    plain, magenta = learned(rgb, hole, known), learned(painted, hole, known)
    assert np.array_equal(plain[hole], magenta[hole])


def test_no_ghost_of_a_magenta_foreground_is_left_behind_it(learned):
    photo, disparity = square_before_wall()
    layers = build_layers(photo, disparity, 0.06, learned, (16, 16))
    background = layers.layers[0].rgb[layers.disoccluded].astype(int)
    assert len(background) > 1000
    assert np.abs(background - GREEN).max() < 60
    assert np.abs(background - GREEN).mean() < 8


def test_the_photo_outside_the_hole_stays_as_it_is(learned):
    rgb = noise_photo(200, 240).rgb
    hole, known = behind_a_disc(200, 240, band=20)
    filled = learned(rgb, hole, known)
    assert np.array_equal(filled[~hole], rgb[~hole])
    assert not np.array_equal(filled[hole], rgb[hole])


def test_two_runs_give_the_same_picture(learned):
    rgb = noise_photo(300, 420).rgb
    hole, known = behind_a_disc(300, 420, band=20)
    assert np.array_equal(learned(rgb, hole, known), learned(rgb, hole, known))


def test_a_processor_with_bfloat16_fills_alike(learned, monkeypatch):
    """Within a level, and its answers are not remembered as those of others."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    quick = LearnedInpainter(CPU)
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    plain = LearnedInpainter(CPU)
    assert quick.key != plain.key
    assert learned.key in {quick.key, plain.key}
    rgb = stripes(256, 320)
    hole, known = behind_a_disc(256, 320, band=24)
    apart = np.abs(quick(rgb, hole, known).astype(int) - plain(rgb, hole, known))
    assert 0 < apart.max() <= 1


def test_the_network_looks_at_no_tile_whose_hole_is_shallow(learned, monkeypatch):
    looked = []
    monkeypatch.setattr(inpaint, "place_tiles", lambda wanted: looked.append(wanted.copy()) or [])
    rgb = stripes(256, 320)
    for band in (5, 24):
        hole, known = behind_a_disc(256, 320, band)
        filled = learned(rgb, hole, known)
        assert np.array_equal(filled, fill_texture(rgb, hole, known))
    shallow, deep = (wanted.sum() for wanted in looked)
    assert shallow == 0 < deep


def test_stripes_go_on_where_a_membrane_blurs_them(learned):
    rgb = stripes(256, 256)
    hole, known = behind_a_disc(256, 256, band=8)
    membrane = np.where(hole[..., None], push_pull(rgb, known), rgb)

    def error(filled: np.ndarray) -> float:
        return float(np.abs(filled[hole].astype(float) - rgb[hole]).mean())

    assert error(learned(rgb, hole, known)) < 0.7 * error(membrane)


@pytest.mark.parametrize("size", [(72, 40), (300, 420), (1504, 2200)])
def test_an_untrained_network_gives_the_classical_fill(tmp_path, size):
    rgb = noise_photo(*size).rgb
    hole, known = behind_a_disc(*size, band=20)
    filled = LearnedInpainter(CPU, untrained(tmp_path))(rgb, hole, known)
    apart = np.abs(filled.astype(int) - fill_texture(rgb, hole, known))
    assert apart.max() <= 1


def test_tiles_join_without_a_seam_and_fade_deep_inside(tmp_path):
    rgb = np.full((400, 560, 3), 100, np.uint8)
    hole, known = behind_a_disc(400, 560, band=100)
    filled = LearnedInpainter(CPU, untrained(tmp_path, bias=0.2))(rgb, hole, known)
    depth, _ = nearest_known(known)
    shallow, deep = filled[hole & (depth < 40)], filled[hole & (depth > 76)]
    assert np.abs(shallow.astype(int) - 125).max() <= 1
    assert np.abs(deep.astype(int) - 100).max() <= 1


def test_every_wanted_pixel_lies_in_the_core_of_a_tile():
    wanted = np.random.default_rng(3).random((517, 700)) > 0.9995
    wanted[516, 699] = wanted[0, 0] = True
    tiles = place_tiles(wanted)
    assert len(tiles) == len(set(tiles))
    margin = 16
    for y, x in zip(*np.nonzero(wanted), strict=True):
        inside = [
            (top, left)
            for top, left in tiles
            if (y - top >= margin or top == 0)
            and (x - left >= margin or left == 0)
            and y - top < 128 - margin
            and x - left < 128 - margin
        ]
        assert inside, (y, x)


def test_there_are_no_tiles_where_nothing_is_wanted():
    assert place_tiles(np.zeros((300, 300), np.bool_)) == []


@pytest.mark.parametrize("nothing", ["hole", "known"])
def test_without_hole_or_known_pixels_the_photo_stays_as_it_is(learned, nothing):
    rgb = noise_photo(80, 80).rgb
    masks = dict(zip(("hole", "known"), behind_a_disc(80, 80, band=9), strict=True))
    masks[nothing][:] = False
    assert np.array_equal(learned(rgb, **masks), rgb)


def test_a_small_island_of_known_pixels_is_enough_for_a_large_photo(learned):
    hole, known = np.zeros((2, 1600, 2400), np.bool_)
    hole[700:720, 1000:1040] = True
    known[100, 100] = True
    rgb = np.full((1600, 2400, 3), (10, 200, 30), np.uint8)
    assert np.abs(learned(rgb, hole, known)[hole].astype(int) - (10, 200, 30)).max() < 40


def test_the_packaged_weights_are_light():
    assert (WEIGHTS / "inpainting.safetensors").stat().st_size < 4_000_000
    assert isinstance(build_inpainter(CPU), LearnedInpainter)


def test_damaged_weights_are_refused_and_the_classical_fill_steps_in(tmp_path, monkeypatch, caplog):
    damaged = tmp_path / "inpainting.safetensors"
    damaged.write_bytes((WEIGHTS / "inpainting.safetensors").read_bytes()[:-1] + b"?")
    (tmp_path / "SHA256SUMS").write_bytes((WEIGHTS / "SHA256SUMS").read_bytes())
    with pytest.raises(WeightsError, match=r"damaged\. Reinstall"):
        LearnedInpainter(CPU, damaged)

    monkeypatch.setattr(inpaint, "WEIGHTS", tmp_path)
    with caplog.at_level(logging.WARNING):
        assert isinstance(build_inpainter(CPU), TextureInpainter)
    assert "without the network" in caplog.text
    assert "damaged" in caplog.text


def test_a_device_without_enough_memory_gets_the_classical_fill(tmp_path, monkeypatch, caplog):
    rgb = noise_photo(200, 240).rgb
    hole, known = behind_a_disc(200, 240, band=20)
    fill = LearnedInpainter(CPU)

    def exhausted(*_: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(InpaintNet, "forward", exhausted)
    with caplog.at_level(logging.WARNING):
        filled = fill(rgb, hole, known)
    assert np.array_equal(filled, fill_texture(rgb, hole, known))
    assert "Out of memory" in caplog.text


def test_a_real_silhouette_is_filled_through_the_layering(learned):
    """The background behind a square on a gradient goes on where only the far side may be read."""
    y, x = np.mgrid[:192, :256]
    wall = np.stack([x / 2 + 60, y / 2 + 60, 200 - x / 2], axis=2).astype(np.uint8)
    rgb = wall.copy()
    rgb[60:132, 90:166] = MAGENTA
    values = np.full((192, 256), FAR, np.float32)
    values[60:132, 90:166] = NEAR
    layer, _ = peel_layer(values, find_cuts(values), 24.0)
    _, _, back = colour_layer(rgb, layer, UnknownBand(), learned)
    hidden = layer.hidden
    edge = hidden & (cv2.erode((~hidden).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    assert edge.sum() > 500
    assert np.abs(back[edge].astype(int) - wall[edge]).mean() < 12


def test_photo_and_disparity_stay_untouched(learned):
    photo, disparity = square_before_wall()
    rgb, values = photo.rgb.copy(), disparity.values.copy()
    build_layers(
        Photo(photo.rgb, photo.size, "PNG"), Disparity(values, "uploaded"), 0.04, learned, (8, 8)
    )
    assert np.array_equal(photo.rgb, rgb)
    assert np.array_equal(disparity.values, values)
