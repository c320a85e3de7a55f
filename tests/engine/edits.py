"""How scenes are edited in tests, and compared."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.options import Options
from amena.engine.scene.scene import Scene
from amena.engine.types import Photo
from tests.engine.scenes import noise_photo

QUICK = Options(duration=1, fps=24)


def picture(folder: Path, values: NDArray[np.uint8] | NDArray[np.uint16]) -> Path:
    """The file of a depth picture."""
    path = folder / "depth.png"
    cv2.imwrite(str(path), values)
    return path


def assert_same(one: Scene, other: Scene) -> None:
    """Every pixel of every layer, and all else that a render reads."""
    assert (one.amplitude, one.focus, one.layers.margin) == (
        other.amplitude,
        other.focus,
        other.layers.margin,
    )
    assert len(one.layers.layers) == len(other.layers.layers)
    for a, b in zip(one.layers.layers, other.layers.layers, strict=True):
        for name in ("rgb", "alpha", "disparity"):
            assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert np.array_equal(one.layers.disoccluded, other.layers.disoccluded)
    assert np.array_equal(one.disparity.values, other.disparity.values)


def three_discs() -> tuple[Photo, NDArray[np.float32]]:
    """Discs before a wall that comes nearer downwards; the middle one touches the border."""
    photo = noise_photo(336, 480)
    rows, cols = np.mgrid[:336, :480]
    values = (0.1 + 0.2 * rows / 336).astype(np.float32)
    for x, y, radius, level in ((90, 120, 50, 0.8), (250, 290, 70, 0.95), (400, 140, 45, 0.6)):
        values[np.hypot(cols - x, rows - y) < radius] = level
    return photo, cv2.GaussianBlur(values, (0, 0), 2)
