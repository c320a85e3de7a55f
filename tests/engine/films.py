"""Drawn films for tests of encoders, and what is read back of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from amena.engine.types import ByteImage

SIZE = (128, 96)


def drawn(count: int, size: tuple[int, int] = SIZE) -> Iterator[ByteImage]:
    """Red, green and blue bars on grey, drifting by a pixel a frame."""
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    for channel in range(3):
        start = size[0] * (2 * channel + 1) // 8
        picture[:, start : start + size[0] // 8] = 0
        picture[:, start : start + size[0] // 8, channel] = 220
    for index in range(count):
        yield np.roll(picture, index, axis=1)


def decoded(path: Path) -> list[ByteImage]:
    reader = cv2.VideoCapture(str(path))
    frames = []
    while True:
        more, frame = reader.read()
        if not more:
            return frames
        frames.append(frame[..., ::-1])
