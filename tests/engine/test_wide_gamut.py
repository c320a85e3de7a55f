"""Display P3 in photos: what is kept and what is not, judged by readers that are not ours."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageCms

from amena.engine.colour_space import display_p3_profile
from amena.engine.photo import decode
from tests.engine import samples
from tests.engine.readers import exiftool
from tests.engine.samples import chunk
from tests.engine.wide_gamut import (
    BARS,
    CLIPPED,
    P3_TO_XYZ,
    apart,
    bars,
    linear,
    loaded,
    middles,
    p3_jpeg,
)

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.slow


def png_with(image: Image.Image, *chunks: bytes) -> bytes:
    plain = samples.encoded(image, "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


ADOBE = (
    chunk(b"gAMA", struct.pack(">I", 45470)),
    chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)),
)


def _adobe() -> Image.Image:
    """The bars in Adobe RGB (1998), whose border red and orange are."""
    to_adobe = np.array(
        (
            (2.0415879, -0.5650070, -0.3447314),
            (-0.9692436, 1.8759675, 0.0415551),
            (0.0134443, -0.1183624, 1.0151750),
        )
    )
    light = np.clip(linear(BARS) @ (to_adobe @ P3_TO_XYZ).T, 0, 1)
    return bars(colours=np.round(255 * light**0.4547))


def from_adobe() -> bytes:
    return png_with(_adobe(), *ADOBE)


def test_the_profile_is_small_and_what_others_take_for_display_p3(tmp_path: Path) -> None:
    profile = display_p3_profile()
    assert len(profile) < 600
    bars().save(tmp_path / "bars.png", icc_profile=profile)
    told = exiftool(tmp_path / "bars.png")
    assert told["ICC_Profile:ProfileDescription"] == "Display P3"
    assert told["ICC-header:ProfileVersion"] == 1072  # 4.3
    shown = ImageCms.profileToProfile(
        bars(),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
    )
    assert shown is not None
    np.testing.assert_allclose(middles(shown), CLIPPED, atol=1.5)


@pytest.mark.parametrize(
    ("kind", "build"),
    [
        ("JPEG", p3_jpeg),
        ("HEIF", lambda: samples.heif_file([_tagged(bars())])),
        ("PNG", lambda: png_with(bars(), chunk(b"cICP", bytes((12, 13, 0, 1))))),
        # Adobe RGB, by its primaries and its power.
        ("PNG", from_adobe),
    ],
    ids=["ICC", "ICC in HEIC", "cICP", "cHRM"],
)
def test_a_photo_beyond_srgb_stays_in_display_p3(kind: str, build: object) -> None:
    photo = loaded(build())
    assert (photo.format, photo.colour_space) == (kind, "display-p3")
    held = np.delete(np.arange(len(BARS)), (0, 3)) if build is from_adobe else slice(None)
    assert apart(middles(photo.rgb))[held].max() < 3


def _tagged(image: Image.Image) -> Image.Image:
    image.info["icc_profile"] = display_p3_profile()
    return image


def test_colours_within_srgb_come_as_they_always_did(tmp_path: Path) -> None:
    """A tag alone is no reason: what sRGB holds goes the old way, bit for bit."""
    within = np.clip(np.array(BARS), 90, 170)
    data = p3_jpeg(within)
    photo = loaded(data)
    assert photo.colour_space == "srgb"
    with Image.open(io.BytesIO(data)) as image:
        own = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
        before = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"))
    assert np.array_equal(photo.rgb, np.asarray(before))


def test_a_few_pixels_beyond_srgb_are_no_reason() -> None:
    image = bars(colours=np.full((8, 3), 128))
    image.paste((255, 0, 0), (0, 0, 6, 6))  # 5 of 10,000 pixels
    assert loaded(samples.encoded(_tagged(image), "PNG")).colour_space == "srgb"
    image.paste((255, 0, 0), (0, 0, 20, 20))
    assert loaded(samples.encoded(_tagged(image), "PNG")).colour_space == "display-p3"


def test_thumbnails_are_srgb() -> None:
    with Image.open(io.BytesIO(decode.thumbnail(io.BytesIO(p3_jpeg()), 320))) as image:
        assert "icc_profile" not in image.info
        assert np.abs(middles(image) - CLIPPED).max() <= 8
