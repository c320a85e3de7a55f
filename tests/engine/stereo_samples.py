"""Drawn stereo scenes whose depth is known, and files of both views."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from amena.engine.types import ByteImage, FloatImage
from tests.engine.samples import encoded

WIDTH, HEIGHT = 480, 360


@dataclass(frozen=True)
class Pair:
    """Both views, uint8 H×W×3, and the left one's shifts x_left − x_right in pixels."""

    left: ByteImage
    right: ByteImage
    shifts: FloatImage


def drawn(seed: int = 0) -> Pair:
    """A rough ground that comes nearer towards the bottom, a wall, and things before them."""
    rng = np.random.default_rng(seed)
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None]
    ground = np.broadcast_to(4 + 14 * np.clip(rows / HEIGHT - 0.5, 0, 1) * 2, (HEIGHT, WIDTH))
    left, shifts = _texture(rng), ground.astype(np.float32)
    right = _moved(left, ground)
    left = left[:, 64 : 64 + WIDTH]
    for nearness in (10, 17, 24, 31):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        centre = int(rng.integers(80, WIDTH - 80)), int(rng.integers(100, HEIGHT - 80))
        axes = int(rng.integers(35, 90)), int(rng.integers(50, 110))
        cv2.ellipse(mask, centre, axes, float(rng.integers(0, 90)), 0, 360, 255, cv2.FILLED)
        skin = _texture(rng)[:, 64 : 64 + WIDTH]
        left = np.where(mask[..., None] > 0, skin, left)
        shifts = np.where(mask > 0, np.float32(nearness), shifts)
        seen = np.roll(mask, -nearness, 1)
        right = np.where(seen[..., None] > 0, np.roll(skin, -nearness, 1), right)
    return Pair(np.ascontiguousarray(left), np.ascontiguousarray(right), shifts)


def _texture(rng: np.random.Generator) -> ByteImage:
    """Colour that looks different everywhere, wider than the picture by 64 pixels on each side."""
    size = WIDTH + 128, HEIGHT
    tone = rng.integers(30, 226, 3)
    total = np.zeros((HEIGHT, WIDTH + 128, 3), np.float32) + tone
    for cell, strength in ((2, 14), (6, 22), (24, 24)):
        coarse = rng.normal(0, strength, (size[1] // cell + 1, size[0] // cell + 1, 3))
        total += cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return total.clip(0, 255).astype(np.uint8)


def _moved(wide: ByteImage, shifts: NDArray[np.float32]) -> ByteImage:
    """The view of the right eye of a surface whose shifts are the same along each row."""
    columns = np.arange(WIDTH, dtype=np.float32)[None] + 64 + shifts
    rows = np.repeat(np.arange(HEIGHT, dtype=np.float32)[:, None], WIDTH, 1)
    return np.asarray(cv2.remap(wide, columns, rows, cv2.INTER_LINEAR), np.uint8)


def untyped_mpo(pair: Pair, *, second: dict[str, object] | None = None, **options: object) -> bytes:
    """As Pillow writes it: two pictures of no type. `second`: options of the second one alone."""
    other = [Image.fromarray(pair.right)]
    other[0].encoderinfo = second or {}
    first = Image.fromarray(pair.left)
    return encoded(first, "MPO", save_all=True, append_images=other, quality=95, **options)


def jps(picture: ByteImage, *, layout: int = 2, flags: int = 4) -> bytes:
    """A JPEG with the segment that says how its two views lie."""
    data = encoded(Image.fromarray(picture), "JPEG", quality=95)
    body = b"_JPSJPS_" + struct.pack(">HBBBB", 4, 0, flags, layout, 1) + struct.pack(">H", 0)
    return data[:2] + struct.pack(">BBH", 0xFF, 0xE3, len(body) + 2) + body + data[2:]
