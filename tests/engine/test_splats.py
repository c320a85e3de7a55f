"""Gaussian splats: both files by their formats, within their limits."""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path

import numpy as np
import pytest

from amena.engine.output.splat_files import write_splats, write_spz
from amena.engine.output.splats import build_splats
from amena.engine.types import LayeredDepthImage
from tests.engine.test_glb import detailed_layers, textured_layers

SIZE = (256, 192)


@pytest.fixture(scope="module")
def image() -> LayeredDepthImage:
    return textured_layers(*SIZE)


def test_the_ply_is_laid_out_as_its_authors_do(image: LayeredDepthImage, tmp_path: Path) -> None:
    path = tmp_path / "splats.ply"
    write_splats(image, path)
    header, body = path.read_bytes().split(b"end_header\n", 1)
    lines = header.decode().splitlines()
    names = [line.split()[2] for line in lines if line.startswith("property float")]
    count = int(lines[2].split()[2])
    assert lines[:2] == ["ply", "format binary_little_endian 1.0"]
    assert names[:3] == ["x", "y", "z"] and names[-4:] == ["rot_0", "rot_1", "rot_2", "rot_3"]
    rows = np.frombuffer(body, "<f4").reshape(count, len(names))
    assert np.isfinite(rows).all()
    assert np.linalg.norm(rows[:, -4:], axis=1) == pytest.approx(1, abs=1e-4)
    assert rows[:, 2].min() >= 1 and rows[:, 2].max() <= 5


def test_the_spz_says_the_same_in_a_fifth_of_the_bytes(
    image: LayeredDepthImage, tmp_path: Path
) -> None:
    write_spz(image, tmp_path / "splats.spz")
    write_splats(image, tmp_path / "splats.ply")
    data = gzip.decompress((tmp_path / "splats.spz").read_bytes())
    magic, version, count, harmonics, point = struct.unpack_from("<IIIBB", data)
    assert (magic, version, harmonics) == (0x5053474E, 2, 0)
    assert len(data) == 16 + count * 19
    splats = build_splats(image, 10**6)
    assert count == len(splats)
    raw = np.frombuffer(data, np.uint8, count * 9, 16).reshape(count, 3, 3).astype(int)
    fixed = raw[..., 0] | raw[..., 1] << 8 | raw[..., 2] << 16
    found = (fixed - (fixed >> 23) * 2**24) / 2**point
    assert np.abs(found * [1, -1, -1] - splats.positions).max() < 1e-4
    sizes = [(tmp_path / f"splats.{kind}").stat().st_size for kind in ("spz", "ply")]
    assert sizes[0] < sizes[1] / 5


@pytest.mark.slow
def test_the_worst_photo_of_960_pixels_still_fits(tmp_path: Path) -> None:
    """Nothing of it is even, so blocks have to grow over noise."""
    layers = detailed_layers(960)
    for write, name in ((write_splats, "splats.ply"), (write_spz, "splats.spz")):
        write(layers, tmp_path / name)
        assert (tmp_path / name).stat().st_size <= 12e6


def test_a_soft_edge_lets_as_much_through_as_its_alpha(image: LayeredDepthImage) -> None:
    from amena.engine.output.splats import _WIDTH, _opacity

    beside = math.exp(-0.5 / _WIDTH**2)
    for alpha in (0.25, 0.5, 0.75):
        opacity = float(_opacity(np.array([alpha], np.float32))[0])
        around = [1.0, *[beside] * 4, *[beside**2] * 4]
        through = math.prod(1 - opacity * share for share in around)
        assert 1 - through == pytest.approx(alpha, abs=0.02)
