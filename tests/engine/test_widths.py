"""Decoders fill rows up to a multiple of what suits them, of which nothing may be seen."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pylibjxl
import pytest
from PIL import Image
from pillow_heif import from_bytes

from amena.engine.photo import decode
from tests.engine import samples
from tests.engine.deep_jpegs import deep_jpeg


def ramps(size: tuple[int, int], mode: str) -> Image.Image:
    """Red grows to the right, green downwards, blue along both; none of it repeats."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.stack([x, y, (x + y) / 2], axis=-1).astype(np.uint8)).convert(mode)


def saved(kind: str, **options: object) -> Callable[[Image.Image], bytes]:
    return lambda image: samples.encoded(image, kind, **options)


def deep_heic(image: Image.Image) -> bytes:
    """Ten bits a channel."""
    wide = np.asarray(image, np.uint16) * 257
    out = io.BytesIO()
    from_bytes("RGB;16", image.size, wide.tobytes()).save(out, quality=95)
    return out.getvalue()


@pytest.mark.parametrize("size", [(450, 338), (322, 466), (346, 258), (1282, 166)])
@pytest.mark.parametrize(
    ("mode", "encode"),
    [
        *[(mode, samples.encoded_heif) for mode in ("RGB", "RGBA", "L")],
        ("RGB", deep_heic),
        *[(mode, saved("AVIF", quality=95)) for mode in ("RGB", "RGBA")],
        ("RGB", lambda image: pylibjxl.encode(np.asarray(image), effort=3)),
        *[("RGB", saved(kind)) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP")],
        ("RGB", lambda image: deep_jpeg(image, 12)),
    ],
)
def test_photos_of_every_width_are_read_as_they_are(
    size: tuple[int, int], mode: str, encode: Callable[[Image.Image], bytes]
) -> None:
    picture = ramps(size, mode)
    read = decode.load(io.BytesIO(encode(picture)), max(size)).rgb
    assert read.shape == (size[1], size[0], 3)
    np.testing.assert_allclose(read, np.asarray(picture.convert("RGB")), atol=14)
    assert np.abs(read.astype(int) - np.asarray(picture.convert("RGB"))).mean() < 3
    assert decode.inspect(io.BytesIO(encode(picture))).width == size[0]
