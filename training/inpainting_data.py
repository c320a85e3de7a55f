"""Samples for the inpainting network: photo crops with holes whose truth is known.

Three kinds of holes are drawn:
- warp-back: a band of the far side along a real silhouette is taken away. Its truth is in the photo
  and its context lies on one side only, as behind a real silhouette (after the warp-back training
  of Han et al. 2022, AdaMPI, without warping twice).
- borrowed: hole and near side of one photo are laid onto another.
- border: a strip along an edge of the crop, as the canvas beyond a photo's border.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from amena.engine.pixels.fill import smooth_and_detail
from amena.engine.types import ByteImage, FloatImage, Mask
from training.augment import augment_colour
from training.inpainting_masks import HOLE, KNOWN

_KINDS = ("warp-back", "borrowed", "border")
_SHARES = (0.55, 0.33, 0.12)
_BAND = (4.0, 44.0)  # pixels
_SCALE = (0.7, 1.7)  # of the photo
_DISCOUNT = 14.0  # pixels; what lies deeper in a hole is seen less and can be guessed less
_ATTEMPTS = 20


@dataclass(frozen=True)
class Batch:
    """Training samples.

    Attributes:
        rgb: uint8 N×H×W×3, the truth.
        smooth, detail: float32 N×H×W×3, the classical fill's parts.
        hole, known: bool N×H×W.
        weight: float32 N×H×W in [0, 1], importance of each pixel of the hole.
    """

    rgb: ByteImage
    smooth: FloatImage
    detail: FloatImage
    hole: Mask
    known: Mask
    weight: FloatImage


@dataclass(frozen=True)
class Holes:
    """Hole, known pixels and weight (0 outside the hole) of one crop; see `Batch`."""

    hole: Mask
    known: Mask
    weight: FloatImage


def warp_back(labels: NDArray[np.uint8], width: float) -> Holes:
    """Take `width` pixels of the far side away along the silhouettes in `labels`.

    The outermost pixels mix near and far colour, so they are a hole without weight.
    """
    far = labels == KNOWN
    depth = cv2.distanceTransform(far.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    hole = far & (depth <= width)
    known = far & ~hole
    weight = np.exp((depth - width) / _DISCOUNT) * (hole & (depth > 2))
    return Holes(hole, known, weight.astype(np.float32))


def borrowed(labels: NDArray[np.uint8]) -> Holes:
    """The hole and the known pixels as recorded in `labels`."""
    hole, known = labels == HOLE, labels == KNOWN
    away = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return Holes(hole, known, (np.exp(-away / _DISCOUNT) * hole).astype(np.float32))


def border(shape: tuple[int, int], width: int) -> Holes:
    """A strip of `width` pixels along the top; turn it for the other sides."""
    hole = np.zeros(shape, np.bool_)
    hole[:width] = True
    away = np.maximum(width - np.arange(shape[0]), 0)[:, None]
    return Holes(hole, ~hole, (np.exp(-away / _DISCOUNT) * hole).astype(np.float32))


class HoleSampler:
    """Seeded batches; the batch of a step depends on the seed and the step alone."""

    def __init__(self, folder: Path, names: list[str], size: int, count: int, seed: int) -> None:
        cv2.setNumThreads(1)
        if not names:
            raise FileNotFoundError(f"No NAME.jpg with NAME.png in {folder}.")
        self.photos = [_read(folder / f"{name}.jpg", cv2.IMREAD_COLOR)[..., ::-1] for name in names]
        self.labels = [_read(folder / f"{name}.png", cv2.IMREAD_GRAYSCALE) for name in names]
        self.size, self.count, self.seed = size, count, seed

    def batch(self, step: int) -> Batch:
        """The batch of `step`."""
        rng = np.random.default_rng((self.seed, step))
        return stack([self._sample(rng) for _ in range(self.count)])

    def _sample(self, rng: np.random.Generator) -> tuple[ByteImage, Holes]:
        for _ in range(_ATTEMPTS):
            kind = rng.choice(_KINDS, p=_SHARES)
            index = rng.integers(len(self.photos))
            if kind == "warp-back":
                rgb, labels = self._crop(rng, index, index)
                holes = warp_back(labels, _log_uniform(rng, _BAND))
            elif kind == "borrowed":
                rgb, labels = self._crop(rng, index, int(rng.integers(len(self.labels))))
                holes = borrowed(labels)
            else:
                rgb, labels = self._crop(rng, index, index)
                holes = border(labels.shape, round(_log_uniform(rng, _BAND)))
            if holes.weight.mean() > 0.01 and holes.known.mean() > 0.1:
                turns = int(rng.integers(4))
                # Gravity matters: most crops stay upright, borders are met on all sides.
                turned = turns if kind == "border" or rng.random() < 0.3 else 0
                return _turn(augment_colour(rgb, rng), holes, turned, bool(rng.random() < 0.5))
        raise RuntimeError(f"No usable hole in {_ATTEMPTS} crops: check the label maps.")

    def _crop(
        self, rng: np.random.Generator, photo: int, mask: int
    ) -> tuple[ByteImage, NDArray[np.uint8]]:
        """A crop of photo and labels; around a silhouette where both are of one picture."""
        rgb, labels = self.photos[photo], self.labels[mask]
        scale = _log_uniform(rng, _SCALE)
        side = min(round(self.size / scale), *rgb.shape[:2], *labels.shape)
        y, x = _around_hole(labels, side, rng)
        part = labels[y : y + side, x : x + side]
        if photo != mask:
            y = int(rng.integers(rgb.shape[0] - side + 1))
            x = int(rng.integers(rgb.shape[1] - side + 1))
        crop = rgb[y : y + side, x : x + side]
        size = (self.size, self.size)
        how = cv2.INTER_AREA if side > self.size else cv2.INTER_CUBIC
        return (
            np.asarray(cv2.resize(crop, size, interpolation=how), np.uint8),
            np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_NEAREST), np.uint8),
        )


def _log_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(*np.log(bounds))))


def _around_hole(labels: NDArray[np.uint8], side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Top left corner of a square of `side` that holds a random pixel of the hole."""
    rows, cols = np.nonzero(labels == HOLE)
    at = rng.integers(rows.size)
    corner = []
    for centre, length in zip((rows[at], cols[at]), labels.shape, strict=True):
        start = centre - rng.integers(side // 4, side - side // 4)
        corner.append(int(np.clip(start, 0, length - side)))
    return corner[0], corner[1]


def _turn(rgb: ByteImage, holes: Holes, turns: int, flip: bool) -> tuple[ByteImage, Holes]:
    def turn(x: NDArray[np.generic]) -> NDArray[np.generic]:
        x = np.rot90(x, turns)
        return np.ascontiguousarray(x[:, ::-1] if flip else x)

    return turn(rgb), Holes(turn(holes.hole), turn(holes.known), turn(holes.weight))  # type: ignore[return-value,arg-type]


def stack(samples: list[tuple[ByteImage, Holes]]) -> Batch:
    """A batch of samples of one size, with their classical fill."""
    parts = [smooth_and_detail(rgb, h.hole, h.known) for rgb, h in samples]
    return Batch(
        rgb=np.stack([rgb for rgb, _ in samples]),
        smooth=np.stack([smooth for smooth, _ in parts]),
        detail=np.stack([detail for _, detail in parts]),
        hole=np.stack([h.hole for _, h in samples]),
        known=np.stack([h.known for _, h in samples]),
        weight=np.stack([h.weight for _, h in samples]),
    )


def _read(path: Path, flags: int) -> NDArray[np.uint8]:
    image = cv2.imread(str(path), flags)
    if image is None:
        raise ValueError(f"Cannot read {path}.")
    return np.asarray(image, np.uint8)
