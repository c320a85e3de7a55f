"""Colours that a file describes by code points, gamma or primaries, and brightness beyond white."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from pillow_heif import from_bytes

from amena.engine.photo.colour import Colours, in_space
from tests.engine import samples
from tests.engine.samples import chunk
from tests.engine.test_decode import assert_upright, loaded


def pq(light: np.ndarray) -> np.ndarray:
    """Light, 1 = 203 cd/m², to samples (SMPTE ST 2084)."""
    power = (light * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def hlg(light: np.ndarray) -> np.ndarray:
    """Light, 1 = 203 of 1000 cd/m², to samples (ITU-R BT.2100), grey alone."""
    scene = (light * 0.203) ** (1 / 1.2)
    log = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), log)


def to_light(srgb: np.ndarray) -> np.ndarray:
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


#: Linear sRGB → linear BT.2020 and Display P3 (ITU-R BT.2087, SMPTE EG 432-1).
TO_2020 = np.array(((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956)))


TO_P3 = np.array(((0.8225, 0.1774, 0.0), (0.0332, 0.9669, 0.0), (0.0171, 0.0724, 0.9108)))


def described(samples_of: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray) -> np.ndarray:
    light = to_light(np.asarray(samples.picture()) / 255.0) @ matrix.T
    return samples_of(light.clip(0, 1))


def srgb_curve(light: np.ndarray) -> np.ndarray:
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    ("curve", "matrix", "primaries", "transfer"),
    [(pq, TO_2020, 9, 16), (srgb_curve, TO_P3, 12, 13), (srgb_curve, TO_2020, 9, 14)],
)
def test_colours_described_by_code_points_become_srgb(
    curve: Callable[[np.ndarray], np.ndarray], matrix: np.ndarray, primaries: int, transfer: int
) -> None:
    encoded = described(curve, matrix)
    deep_pixels = (encoded * 65535 + 0.5).astype(np.uint16)
    heif = from_bytes("RGB;16", (320, 240), deep_pixels.tobytes())
    heif.info["nclx_profile"] = None
    out = io.BytesIO()
    heif.save(
        out, quality=98, chroma=444, color_primaries=primaries, transfer_characteristics=transfer,
        matrix_coefficients=9, full_range_flag=1, save_nclx_profile=True,
    )  # fmt: skip
    assert_upright(loaded(out.getvalue()), 6)
    bytes_png = samples.encoded(Image.fromarray((encoded * 255 + 0.5).astype(np.uint8)), "PNG")
    tagged = chunk(b"cICP", bytes((primaries, transfer, 0, 1)))
    assert_upright(loaded(bytes_png[:33] + tagged + bytes_png[33:]), 8)


def test_hlg_greys_keep_their_place() -> None:
    grey = np.linspace(0, 1, 101, dtype=np.float32)
    encoded = np.repeat(hlg(to_light(grey))[None, :, None], 3, 2).astype(np.float32)
    found = np.asarray(in_space(encoded, Colours(None, 1, 18)))
    np.testing.assert_allclose(found[0, :, 0], grey * 255, atol=4)


def test_brightness_beyond_white_is_pressed_together_in_order() -> None:
    light = np.repeat(np.linspace(0, 5, 200, dtype=np.float32)[None, :, None], 3, 2)
    encoded = pq(light).astype(np.float32)
    found = np.asarray(in_space(encoded, Colours(None, 1, 16)))[0, :, 0]
    assert (np.diff(found.astype(int)) >= 0).all()
    assert found[-1] == 255
    assert 215 < found[40] < 250  # paper white: below what is brighter
    assert found[10] == pytest.approx(255 * srgb_curve(np.float64(50 / 199)), abs=4)


def test_gamma_and_primaries_of_a_png_count() -> None:
    light = (to_light(np.asarray(samples.picture()) / 255.0) * 255 + 0.5).astype(np.uint8)
    linear = samples.encoded(Image.fromarray(light), "PNG")
    data = linear[:33] + chunk(b"gAMA", struct.pack(">I", 100_000)) + linear[33:]
    assert_upright(loaded(data), 8)
    p3 = (described(srgb_curve, TO_P3) * 255 + 0.5).astype(np.uint8)
    plain = samples.encoded(Image.fromarray(p3), "PNG")
    points = (31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
    data = plain[:33] + chunk(b"cHRM", struct.pack(">8I", *points)) + plain[33:]
    assert_upright(loaded(data), 6)
