from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.depth.uploaded import load_depth_map
from amena.engine.errors import DepthMapError
from amena.engine.output.encode import write_disparity
from amena.engine.types import Disparity
from tests.engine import depth_samples, samples

SIZE = (160, 120)
SHARE = np.linspace(0, 1, 160)


def saved(folder: Path, data: bytes) -> Path:
    path = folder / "depth map"
    path.write_bytes(data)
    return path


def grey(image: Image.Image, kind: str = "PNG") -> Callable[[], bytes]:
    return lambda: samples.encoded(image, kind)


RAMP = Image.fromarray(depth_samples.ramp())


@pytest.mark.parametrize(
    "build",
    [
        grey(RAMP),
        grey(RAMP.convert("RGB")),
        grey(RAMP.convert("RGBA")),
        grey(RAMP.convert("LA")),
        grey(RAMP.quantize(256)),
        grey(RAMP, "JPEG"),
        grey(RAMP.convert("RGB"), "JPEG"),
        grey(RAMP.resize((640, 480))),
        grey(RAMP.resize((80, 61))),  # 1.6 % off the photo's shape
        grey(Image.fromarray(depth_samples.ramp().astype(np.uint16) * 257)),
        grey(Image.fromarray(depth_samples.ramp() // 4 + 90)),  # faint
    ],
)
def test_maps_of_any_kind_size_and_contrast_fill_the_range(
    build: Callable[[], bytes], tmp_path: Path
) -> None:
    disparity = load_depth_map(saved(tmp_path, build()), SIZE)
    assert disparity.source == "uploaded"
    assert (disparity.values.dtype, disparity.values.shape) == (np.float32, (120, 160))
    assert disparity.values.min() < 0.01
    assert disparity.values.max() > 0.99
    np.testing.assert_allclose(disparity.values.mean(axis=0), SHARE, atol=0.02)


def test_near_may_be_dark(tmp_path: Path) -> None:
    path = saved(tmp_path, grey(RAMP)())
    values = load_depth_map(path, SIZE, near="dark").values
    np.testing.assert_allclose(values[60], 1 - SHARE, atol=0.01)


def test_what_the_engine_wrote_comes_back_in_16_bits(tmp_path: Path) -> None:
    smooth = np.linspace(0, 1, 120 * 160, dtype=np.float32).reshape(120, 160)
    write_disparity(Disparity(smooth, "compact"), tmp_path / "disparity.png")
    values = load_depth_map(tmp_path / "disparity.png", SIZE).values
    np.testing.assert_allclose(values, smooth, atol=1 / 65535)


@pytest.mark.parametrize(
    ("build", "code", "word"),
    [
        (grey(RAMP.resize((160, 160))), "depth_map_shape", "160×160"),
        (grey(RAMP.resize((120, 160))), "depth_map_shape", "Crop"),
        (grey(Image.new("L", SIZE, 77)), "depth_map_flat", "everywhere"),
        (samples.jpeg, "bad_depth_map", "colour"),
        (samples.svg, "bad_depth_map", "SVG"),
        (samples.bomb_png, "bad_depth_map", "megapixels"),
        (lambda: samples.truncated(samples.grey16_png()), "bad_depth_map", "cut off"),
        (lambda: b"", "bad_depth_map", "empty"),
    ],
)
def test_unusable_maps_are_refused_with_one_clear_line(
    build: Callable[[], bytes], code: str, word: str, tmp_path: Path
) -> None:
    with pytest.raises(DepthMapError) as raised:
        load_depth_map(saved(tmp_path, build()), SIZE)
    assert raised.value.code == code
    assert word in raised.value.message
    assert "\n" not in raised.value.message


def test_map_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DepthMapError, match="No such file"):
        load_depth_map(tmp_path / "none.png", SIZE)
