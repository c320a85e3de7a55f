"""Surfaces: photo crops and procedural patterns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from training.scenes.mesh import Mesh

Array = NDArray[np.float32]
_SIDE = 256


@dataclass(frozen=True)
class Texture:
    """A picture laid over a surface, repeated in mirror image beyond its size.

    Attributes:
        picture: float32 H×W×3, linear light, 0–1.
        metres: what the picture's (width, height) cover; None fits it to a sheet once.
    """

    picture: Array
    metres: tuple[float, float]

    def sample(self, uv: Array) -> Array:
        """Colours N×3 at `uv` (N×2, metres)."""
        height, width = self.picture.shape[:2]
        scale = np.array([width, height], np.float32) / np.array(self.metres, np.float32)
        pixel = (uv * scale).astype(np.float32)
        pixel = np.clip(pixel, -1e5, 1e5) % np.array([2 * width, 2 * height], np.float32)
        pixel = np.minimum(pixel, np.array([2 * width, 2 * height], np.float32) - pixel - 1)
        # OpenCV remaps pictures, not long lists: fold the list into rows.
        folded = np.pad(pixel, ((0, -len(pixel) % 1024), (0, 0))).reshape(-1, 1024, 2)
        sampled = cv2.remap(
            self.picture, folded, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(sampled.reshape(-1, 3)[: len(pixel)], np.float32)


@dataclass(frozen=True)
class Cutout:
    """A subject cut out of a photo.

    Attributes:
        picture: float32 H×W×3, linear light.
        alpha: float32 H×W, 0–1.
        grounded: it does not reach the photo's lower border, so that its foot is seen.
    """

    picture: Array
    alpha: Array
    grounded: bool


class Materials:
    """Textures and cut-outs, drawn at random."""

    def __init__(
        self,
        photos: Sequence[Array],
        cutouts: Sequence[Cutout],
        models: Mapping[str, Sequence[Mesh]] | None = None,
    ) -> None:
        """`photos`: float32 H×W×3, linear light, to crop textures from; `models` by their kind."""
        self.photos = photos
        self.cutouts = cutouts
        self.models = models or {}

    @classmethod
    def read(
        cls,
        photos: Sequence[Path],
        subjects: Sequence[tuple[Path, Path]],
        models: Mapping[str, Sequence[Mesh]] | None = None,
    ) -> Materials:
        """From files; `subjects` are (photo, mask). Subjects whose mask is poor are left out."""
        cutouts = (_cut_out(_read(photo), mask) for photo, mask in subjects)
        return cls(
            [_linear(_read(path)) for path in photos],
            [cutout for cutout in cutouts if cutout is not None],
            models,
        )

    def photo(self, rng: np.random.Generator, metres: float) -> Texture:
        """A crop of a photo."""
        picture = self.photos[rng.integers(len(self.photos))]
        height, width = picture.shape[:2]
        side = int(min(height, width) * rng.uniform(0.3, 1.0))
        y, x = rng.integers(height - side + 1), rng.integers(width - side + 1)
        crop = cv2.resize(
            picture[y : y + side, x : x + side], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA
        )
        if rng.random() < 0.4:  # washed out and tinted: paper, cloth, painted walls
            crop = crop * rng.uniform(0.2, 0.6) + _colour(rng) * rng.uniform(0.4, 0.8)
        return Texture(crop.astype(np.float32), (metres, metres))

    def plain(
        self, rng: np.random.Generator, metres: float, colour: Array | None = None
    ) -> Texture:
        """One colour with a little large- and small-scale variation."""
        colour = _colour(rng) if colour is None else colour
        grain = _noise(rng, (_SIDE, _SIDE), rng.uniform(0.5, 2.5)) * rng.uniform(0, 0.25)
        cloud = _noise(rng, (_SIDE, _SIDE), 40) * rng.uniform(0, 0.3)
        return Texture((colour * (1 + (grain + cloud)[..., None])).clip(0, 1), (metres, metres))

    def pattern(self, rng: np.random.Generator, metres: float) -> Texture:
        """Stripes, checks, planks or tiles in two colours."""
        y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32) / _SIDE
        count = rng.integers(2, 14)
        kind = rng.integers(4)
        if kind == 0:
            where = np.sin(2 * np.pi * count * x) > rng.uniform(-0.7, 0.7)
        elif kind == 1:
            where = (np.floor(x * count) + np.floor(y * count)) % 2 > 0
        elif kind == 2:
            where = (x * count % 1 < 0.06) | ((y * 2 + np.floor(x * count) * 0.37) % 1 < 0.02)
        else:
            where = (x * count % 1 < 0.08) | (y * count % 1 < 0.08)
        base = self.plain(rng, metres).picture
        other = base * rng.uniform(0.4, 0.9) if rng.random() < 0.6 else _colour(rng)
        return Texture(np.where(where[..., None], other, base).astype(np.float32), (metres, metres))

    def any(self, rng: np.random.Generator, metres: float) -> Texture:
        """A photo crop, a plain colour or a pattern."""
        kind = rng.random()
        if kind < 0.45:
            return self.photo(rng, metres)
        return self.plain(rng, metres) if kind < 0.8 else self.pattern(rng, metres)

    def cutout(self, rng: np.random.Generator, grounded: bool) -> Cutout:
        """A subject whose foot is seen, or (not `grounded`) one that the photo cuts off below."""
        while True:
            cutout = self.cutouts[rng.integers(len(self.cutouts))]
            if cutout.grounded == grounded:
                return cutout


def facade(rng: np.random.Generator, storey: float = 3.2) -> Texture:
    """A wall with rows of windows; the picture covers four storeys and five bays."""
    colour = _colour(rng, saturation=0.25) * 0.8 + 0.1
    picture = np.ones((_SIDE, _SIDE, 3), np.float32) * colour
    picture *= 1 + 0.12 * _noise(rng, (_SIDE, _SIDE), rng.uniform(0.6, 3))[..., None]
    rows, bays = 4, 5
    high, wide = rng.uniform(0.4, 0.7), rng.uniform(0.3, 0.75)
    frame = _colour(rng, saturation=0.2)
    for row in range(rows):
        for bay in range(bays):
            x0, y0 = (bay + (1 - wide) / 2) / bays * _SIDE, (row + 0.2) / rows * _SIDE
            x1, y1 = x0 + wide / bays * _SIDE, y0 + high / rows * _SIDE
            box = np.s_[int(y0) : int(y1), int(x0) : int(x1)]
            inner = np.s_[int(y0) + 2 : int(y1) - 2, int(x0) + 2 : int(x1) - 2]
            picture[box] = frame
            picture[inner] = rng.uniform(0.02, 0.35) * np.array([0.8, 0.95, 1.1])
    metres = (storey * bays * rng.uniform(0.7, 1.1), storey * rows)
    return Texture(picture.clip(0, 1).astype(np.float32), metres)


def foliage(rng: np.random.Generator, metres: float) -> Texture:
    """Leaves, grass or hedge: green-brown noise on several scales."""
    tone = sum(_noise(rng, (_SIDE, _SIDE), s) for s in (0.8, 2.5, 8)) / 2
    colour = np.array([rng.uniform(0.05, 0.25), rng.uniform(0.15, 0.32), rng.uniform(0.02, 0.1)])
    picture = colour * (1 + rng.uniform(0.4, 1.0) * tone[..., None])
    return Texture(picture.clip(0, 1).astype(np.float32), (metres, metres))


def asphalt(rng: np.random.Generator, lane: float) -> Texture:
    """Road with a dashed line; the picture is one lane wide and 12 m long."""
    grey = rng.uniform(0.08, 0.3)
    tone = 1 + 0.2 * _noise(rng, (_SIDE, _SIDE), 0.8) + 0.15 * _noise(rng, (_SIDE, _SIDE), 25)
    picture = (grey * tone)[..., None] * np.ones(3)
    if rng.random() < 0.75:
        length = _SIDE if rng.random() < 0.3 else int(_SIDE * rng.uniform(0.25, 0.6))
        picture[:length, : max(2, int(_SIDE * 0.12 / lane))] = rng.uniform(0.5, 0.9)
    return Texture(picture.clip(0, 1).astype(np.float32), (lane, 12.0))


def _noise(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Array:
    """Smooth noise of about unit deviation; `scale` is its grain in pixels."""
    step = max(1, int(scale))
    small = rng.standard_normal((-(-shape[0] // step) + 2, -(-shape[1] // step) + 2))
    return cv2.resize(small.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)


def _colour(rng: np.random.Generator, saturation: float = 0.6) -> Array:
    grey = rng.uniform(0.05, 0.9)
    hue = rng.uniform(-1, 1, 3)
    return (grey * (1 + saturation * rng.random() * hue)).clip(0.01, 1).astype(np.float32)


def _read(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"Cannot read {path}.")
    scale = min(1.0, 512 / max(picture.shape[:2]))
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    rgb = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    return np.asarray(rgb, np.uint8)


def _linear(picture: NDArray[np.uint8]) -> Array:
    return ((picture / 255.0) ** 2.2).astype(np.float32)


def _cut_out(photo: NDArray[np.uint8], mask_path: Path) -> Cutout | None:
    """The masked subject, or None where the mask is not to be trusted (tiny, huge or vague)."""
    mask = cv2.imread(str(mask_path), cv2.IMREAD_GRAYSCALE)
    if mask is None:
        return None
    mask = cv2.resize(mask, photo.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    solid = mask > 127
    vague = ((mask > 40) & (mask < 215)).mean()
    share = solid.mean()
    if not 0.04 < share < 0.6 or vague > 0.25 * share:
        return None
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid.astype(np.uint8))
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if count > 2 and stats[largest, cv2.CC_STAT_AREA] < 0.8 * solid.sum():
        return None
    x, y, width, height = stats[largest, :4]
    if x == 0 or x + width == solid.shape[1] or y == 0:
        return None  # cut off by the photo's border
    box = np.s_[y : y + height, x : x + width]
    alpha = ((labels == largest)[box] * (mask[box] / 255.0)).astype(np.float32)
    grounded = bool(y + height < solid.shape[0] - 2)
    return Cutout(_linear(photo)[box], alpha, grounded)
