from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from amena.engine.photo.mount import mounted_photo
from amena.engine.types import ByteImage

PAPER, BLACK = (244, 242, 236), (4, 4, 4)


def photo(height: int, width: int) -> ByteImage:
    """Clouds of colour."""
    noise = np.random.default_rng(3).normal(0, 1, (height, width, 3))
    clouds = cv2.GaussianBlur(noise, (0, 0), 12) * 900 + 120
    return np.asarray(np.clip(clouds, 0, 255), np.uint8)


def mounted(
    colour: tuple[int, int, int],
    top: int,
    bottom: int,
    left: int,
    right: int,
    caption: bool = False,
) -> ByteImage:
    """A photo with a border, as a JPEG makes it."""
    inside = photo(400, 400)
    whole = np.full((400 + top + bottom, 400 + left + right, 3), colour, np.uint8)
    whole[top : top + 400, left : left + 400] = inside
    if caption:
        place = (left, top + 400 + bottom // 2)
        cv2.putText(whole, "Summer 1987", place, cv2.FONT_HERSHEY_SIMPLEX, 1.4, (40, 40, 60), 3)
    file = io.BytesIO()
    Image.fromarray(whole).save(file, "JPEG", quality=85)
    return np.asarray(Image.open(file))


@pytest.mark.parametrize(
    ("colour", "sides", "caption"),
    [
        (PAPER, (40, 130, 40, 40), True),
        (PAPER, (14, 14, 14, 14), False),
        (BLACK, (60, 60, 0, 0), False),
        (BLACK, (0, 0, 150, 150), False),
        (BLACK, (120, 260, 0, 0), True),
    ],
)
def test_the_photo_in_a_border_is_found_to_within_two_pixels(colour, sides, caption) -> None:
    top, _, left, _ = sides
    rows, cols = mounted_photo(mounted(colour, *sides, caption))
    wanted = (top, top + 400, left, left + 400)
    found = (rows.start, rows.stop, cols.start, cols.stop)
    assert np.abs(np.subtract(found, wanted)).max() <= 2
    # None of its pixels is the border's.
    assert rows.start >= top
    assert rows.stop <= top + 400


def test_a_border_within_a_border_is_found_too() -> None:
    outer = np.full((600, 600, 3), 250, np.uint8)
    outer[40:560, 40:560] = mounted(BLACK, 60, 60, 60, 60)
    rows, cols = mounted_photo(outer)
    assert (rows.start, cols.start) == pytest.approx((100, 100), abs=2)


def on_white() -> ByteImage:
    whole = np.full((400, 400, 3), 255, np.uint8)
    return np.asarray(cv2.circle(whole, (200, 200), 150, (90, 60, 40), -1), np.uint8)


def page() -> ByteImage:
    whole = np.full((600, 420, 3), 250, np.uint8)
    for line in range(60, 560, 26):
        cv2.putText(whole, "A page of many words", (40, line), 0, 0.9, (20, 20, 20), 2)
    return whole


def night_over_a_plain() -> ByteImage:
    return mounted(BLACK, 180, 0, 0, 0)


@pytest.mark.parametrize(
    "picture", [lambda: photo(300, 400), on_white, page, night_over_a_plain, lambda: PLAIN]
)
def test_what_has_no_border_keeps_all_its_pixels(picture) -> None:
    assert mounted_photo(picture()) is None


PLAIN = np.full((300, 400, 3), 128, np.uint8)
