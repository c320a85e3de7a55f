"""Photos with depth, by folder, and the batches that a training draws from them.

A pair folder holds `NAME.jpg` and `NAME.png` of the same size; the PNG is 16-bit relative inverse
depth (larger = nearer), 0 = unknown. Everything is decoded once and kept in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augment import augment_colour, crop_to_shape

_LONG_SIDE = 544  # larger pictures are reduced on loading: memory is bounded, batches are smaller


@dataclass(frozen=True)
class Source:
    """One folder of a training's mix.

    Attributes:
        folder: pair folder, relative to the data folder.
        share: samples of every batch, on average.
        exact: the labels' edges lie where the photo's do and every pixel counts; otherwise the
            loss ignores the fifth of the pixels that fit worst.
        weight: of these samples' loss.
        edges: further weight of their gradient loss; low where the labels' edges are ragged.
        until: leave out files from this number on (kept for validation); None = use all.
    """

    folder: str
    share: float
    exact: bool = True
    weight: float = 1.0
    edges: float = 1.0
    until: int | None = None


@dataclass(frozen=True)
class Batch:
    """Training samples of one shape.

    Attributes:
        rgb: uint8 N×H×W×3.
        target: float32 N×H×W, relative inverse depth, 0 = unknown.
        exact: bool N.
        weight: float32 N.
        edges: float32 N.
    """

    rgb: NDArray[np.uint8]
    target: NDArray[np.float32]
    exact: NDArray[np.bool_]
    weight: NDArray[np.float32]
    edges: NDArray[np.float32]


class PairFolder:
    """The pairs of one folder, decoded."""

    def __init__(self, folder: Path, until: int | None = None, long_side: int = _LONG_SIDE) -> None:
        paths = sorted(path for path in folder.glob("*.png") if path.with_suffix(".jpg").exists())
        self.names = [path.stem for path in paths if until is None or int(path.stem) < until]
        if not self.names:
            raise FileNotFoundError(f"No NAME.jpg with NAME.png in {folder}.")
        self.pairs = [_read_pair(folder / f"{name}.png", long_side) for name in self.names]

    def __len__(self) -> int:
        return len(self.pairs)


def _read_pair(path: Path, long_side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    depth = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    photo = cv2.imread(str(path.with_suffix(".jpg")), cv2.IMREAD_COLOR)
    if depth is None or photo is None:
        raise ValueError(f"Cannot read the pair {path}.")
    height, width = depth.shape
    scale = min(1.0, long_side / max(height, width))
    size = (round(width * scale), round(height * scale))
    rgb = cv2.cvtColor(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    small = cv2.resize(depth, size, interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(rgb), small.astype(np.uint16)


class BatchSampler:
    """Seeded, augmented batches; the batch of a step depends on the seed and the step alone."""

    def __init__(
        self, root: Path, sources: Sequence[Source], shapes: Sequence[tuple[int, int]], seed: int
    ) -> None:
        cv2.setNumThreads(1)
        self.sources = sources
        self.folders = [PairFolder(root / source.folder, source.until) for source in sources]
        self.shapes = shapes
        self.seed = seed

    def batch(self, step: int) -> Batch:
        """The batch of `step`."""
        rng = np.random.default_rng((self.seed, step))
        shape = self.shapes[rng.integers(len(self.shapes))]
        # Shapes may differ in area: the batch shrinks so that a step costs about the same.
        area = self.shapes[0][0] * self.shapes[0][1]
        keep = area / (shape[0] * shape[1])
        expected = np.array([source.share for source in self.sources]) * min(1.0, keep)
        counts = np.floor(expected + rng.random(len(expected))).astype(int)
        # Where all shares are small, chance may leave nothing.
        counts[expected.argmax()] += not counts.any()
        rgb, target, origin = [], [], []
        for source, folder, count in zip(self.sources, self.folders, counts, strict=True):
            for _ in range(count):
                photo, depth = folder.pairs[rng.integers(len(folder))]
                photo, depth = crop_to_shape(photo, depth, shape, rng)
                rgb.append(augment_colour(photo, rng))
                target.append(depth.astype(np.float32) / 65535)
                origin.append(source)
        return Batch(
            np.stack(rgb),
            np.stack(target),
            np.array([source.exact for source in origin]),
            np.array([source.weight for source in origin], np.float32),
            np.array([source.edges for source in origin], np.float32),
        )
