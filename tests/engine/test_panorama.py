"""360° photos are told by their XMP, and said to be taken flat."""

from __future__ import annotations

import io

import pytest

from amena.engine.photo import decode
from tests.engine import samples

PANO = 'xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" '


def ignored(about: str, size: tuple[int, int] = (640, 320)) -> tuple[str, ...]:
    """What a JPEG with these properties of Photo Sphere says that it passed over."""
    packet = samples.xmp_packet(f"<rdf:Description {PANO}{about}/>")
    return decode.load(io.BytesIO(samples.jpeg(*size, xmp=packet)), 320).ignored


WHOLE = 'GPano:CroppedAreaImageWidthPixels="640" GPano:FullPanoWidthPixels="640"'
HALF = 'GPano:CroppedAreaImageWidthPixels="640" GPano:FullPanoWidthPixels="1280"'
SPHERE = 'GPano:ProjectionType="equirectangular" '


@pytest.mark.parametrize("about", [SPHERE + WHOLE, SPHERE])
def test_a_photo_of_the_whole_round_is_told(about: str) -> None:
    assert ignored(about) == ("projection",)


@pytest.mark.parametrize(
    "about",
    [
        'GPano:ProjectionType="cylindrical" ' + WHOLE,
        SPHERE + HALF,
        "",
        SPHERE + 'GPano:FullPanoWidthPixels="x"',
    ],
)
def test_a_plain_panorama_is_a_picture_like_any_other(about: str) -> None:
    assert ignored(about) == ()
