"""Fill hidden background with the network that ships with the package.

The network works on tiles around the bands that parallax opens, never on the whole picture, and
corrects the classical fill rather than painting from nothing. It reads known pixels alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from amena.engine.errors import WeightsError
from amena.engine.memory import Memory
from amena.engine.networks.inpaint_net import InpaintNet
from amena.engine.networks.weights import WEIGHTS, load_weights
from amena.engine.pixels.fill import fill_texture, smooth_and_detail
from amena.engine.types import DIGEST_SIZE, TILE, ByteImage, FloatImage, Mask

logger = logging.getLogger(__name__)

_OVERLAP = 32
_BATCH = 4  # tiles; bounds the memory
#: Steps per level in which the network is told of the classical fill.
_STEPS = 4

#: Row and column of a tile's top left pixel.
Corner = tuple[int, int]
#: The bands were this wide in training: larger pictures are corrected at about this long side.
_LONG_SIDE = 1024
#: Deeper in a hole (pixels) than parallax ever shows, the classical fill takes over.
_FADE_FROM, _FADE_TO = 48.0, 72.0
#: Tiles whose holes are nowhere deeper (pixels) keep the classical fill: it has little to make up.
_SHALLOW = 6.0


class Inpainter(Protocol):
    """Fills hidden colour from what is known.

    Attributes:
        key: tells inpainters apart whose results differ.
    """

    key: bytes

    def __call__(
        self, rgb: ByteImage, hole: Mask, known: Mask, memory: Memory | None = None, /
    ) -> ByteImage:
        """The picture with `hole` filled from `known` pixels alone, see `LearnedInpainter`."""


def build_inpainter(device: torch.device) -> Inpainter:
    """The best inpainter there is: the network, or the classical fill if its weights are broken."""
    try:
        return LearnedInpainter(device)
    except WeightsError as error:
        logger.warning("Filling hidden background without the network: %s", error)
        return TextureInpainter()


class TextureInpainter:
    """The classical fill. It needs no memory: to look there would take as long."""

    key = b""

    def __call__(
        self, rgb: ByteImage, hole: Mask, known: Mask, _memory: Memory | None = None, /
    ) -> ByteImage:
        """Fill `hole` as `fill_texture` does."""
        return fill_texture(rgb, hole, known)


class LearnedInpainter:
    """`InpaintNet` with the packaged weights, on tiles. Deterministic.

    Attributes:
        key: digest of the weights and of how exactly the network computes.
    """

    def __init__(self, device: torch.device, weights: Path | None = None) -> None:
        """Load `weights` (the package's own by default) onto `device`.

        Raises:
            WeightsError: the file is missing or damaged.
        """
        net = InpaintNet()
        path = weights or WEIGHTS / "inpainting.safetensors"
        load_weights(net, path)
        dtype = _dtype(device)
        seen = path.read_bytes() + (b"" if dtype is torch.float32 else str(dtype).encode())
        self.key = hashlib.blake2b(seen, digest_size=DIGEST_SIZE).digest()
        self._device = device
        self._net = net.to(device, dtype, memory_format=torch.channels_last).eval()

    def __call__(
        self, rgb: ByteImage, hole: Mask, known: Mask, memory: Memory | None = None
    ) -> ByteImage:
        """Fill `hole` from `known` pixels alone.

        Args:
            rgb: uint8 H×W×3.
            hole: bool H×W, pixels to fill.
            known: bool H×W, pixels that may be looked at; disjoint from `hole`.
            memory: holds the network's answers, int8 TILE×TILE×3 levels, by the digest of all that
                it sees of a tile. It is asked about other tiles alone.

        Returns:
            uint8 H×W×3, equal to `rgb` outside `hole`. Where the device's memory does not suffice,
            the classical fill.
        """
        if not hole.any() or not known.any():
            return rgb.copy()
        factor = max(1, round(max(hole.shape) / _LONG_SIDE))
        # The network sees whole tiles, of a smaller picture if need be.
        smooth, detail = smooth_and_detail(rgb, hole, known, None if factor == 1 else hole)
        filled = smooth[hole] + detail[hole]
        memory = Memory(key=self.key) if memory is None else memory
        try:
            if factor == 1:
                filled += self._correction(rgb, hole, known, smooth, detail, memory)[hole]
            else:
                del smooth, detail  # a third of a gigabyte at 4K
                filled += self._coarse_correction(rgb, hole, known, factor, memory)[hole]
        except torch.OutOfMemoryError:
            logger.warning("Out of memory on %s. Filling without the network.", self._device)
        out = rgb.copy()
        out[hole] = np.clip(filled + 0.5, 0, 255).astype(np.uint8)
        return out

    def _coarse_correction(
        self, rgb: ByteImage, hole: Mask, known: Mask, factor: int, memory: Memory
    ) -> FloatImage:
        """The correction of the picture reduced by `factor`, enlarged again."""
        height, width = hole.shape
        size = -(-width // factor), -(-height // factor)
        share = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        masked = cv2.resize(
            (rgb * known[..., None]).astype(np.float32), size, interpolation=cv2.INTER_AREA
        )
        small = np.clip(masked / np.maximum(share, 1e-3)[..., None] + 0.5, 0, 255).astype(np.uint8)
        small_known = share > 0.5
        covered = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0
        small_hole = covered & ~small_known
        if not small_known.any() or not small_hole.any():
            return np.zeros(rgb.shape, np.float32)
        parts = smooth_and_detail(small, small_hole, small_known)
        coarse = self._correction(small, small_hole, small_known, *parts, memory)
        return np.asarray(
            cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
        )

    def _correction(
        self,
        rgb: ByteImage,
        hole: Mask,
        known: Mask,
        smooth: FloatImage,
        detail: FloatImage,
        memory: Memory,
    ) -> FloatImage:
        """What the network adds to the classical fill: float32 H×W×3, 0 outside the hole."""
        distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        trust = np.clip((_FADE_TO - distance) / (_FADE_TO - _FADE_FROM), 0, 1) * hole
        corners = place_tiles((trust > 0) & (distance > _SHALLOW))
        total = np.zeros(rgb.shape, np.float32)
        weight = np.full(hole.shape, 1e-6, np.float32)
        planes: list[NDArray[Any]] = [rgb * known[..., None]]
        planes += [np.rint(part * _STEPS).astype(np.int16) for part in (smooth, detail)]
        planes.append(np.stack([hole, known], axis=2))
        for (y, x), tile in zip(corners, self._answers(planes, corners, memory), strict=True):
            target = np.s_[y : y + TILE, x : x + TILE]
            height, width = weight[target].shape
            total[target] += (tile * _WINDOW[..., None])[:height, :width]
            weight[target] += _WINDOW[:height, :width]
        return np.asarray(total * (trust / weight)[..., None], np.float32)

    def _answers(
        self, planes: Sequence[NDArray[Any]], corners: Sequence[Corner], memory: Memory
    ) -> Iterator[NDArray[np.int8]]:
        """For every tile what the network adds to the classical fill, in whole levels."""
        for start in range(0, len(corners), _BATCH):
            tiles = [_cut(plane, corners[start : start + _BATCH]) for plane in planes]
            digests = [memory.digest(*parts) for parts in zip(*tiles, strict=True)]
            new = [i for i, digest in enumerate(digests) if digest not in memory]
            if new:
                # Always as many at once: how many there are must not change a bit of any.
                filled_up = (new * _BATCH)[:_BATCH]
                answers = self._infer(*(tile[filled_up] for tile in tiles))
                answers *= tiles[-1][filled_up][..., :1]
                whole = np.clip(np.rint(answers), -127, 127).astype(np.int8)
            for i, digest in enumerate(digests):
                if digest not in memory:
                    memory.store(digest, whole[new.index(i)])
                yield memory.recall(digest)

    @torch.inference_mode()
    def _infer(
        self, rgb: NDArray[Any], smooth: NDArray[Any], detail: NDArray[Any], masks: NDArray[Any]
    ) -> FloatImage:
        """Tiles N×TILE×TILE×C → N×TILE×TILE×3, levels that the network adds to the fill.

        `rgb` is in levels, `smooth` and `detail` are in steps.
        """
        photo, smooth_, detail_, masks_ = (
            torch.from_numpy(part).to(self._device).permute(0, 3, 1, 2).float()
            for part in (rgb, smooth, detail, masks)
        )
        known, unit = masks_[:, 1:], 127.5 * _STEPS
        smooth_, detail_ = smooth_ / unit - 1, detail_ / unit
        y: Tensor = self._net((photo / 127.5 - 1) * known, smooth_, detail_, masks_)
        correction = (y - smooth_ - detail_) * 127.5
        return np.asarray(correction.permute(0, 2, 3, 1).cpu().numpy(), np.float32)


def _dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the processor multiplies it faster, which moves a fill by a quarter level."""
    able = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return torch.bfloat16 if able.get("amx_bf16") or able.get("avx512_bf16") else torch.float32


def place_tiles(wanted: Mask) -> list[Corner]:
    """Top left corners of overlapping tiles on a lattice whose cores cover every `wanted` pixel.

    The lattice is that of the array, so that a change somewhere moves no tile elsewhere. Tiles may
    reach beyond the picture on the right and at the bottom.
    """
    core, margin = TILE - _OVERLAP, _OVERLAP // 2
    rows, cols = (range(0, side, core) for side in wanted.shape)
    cells = np.logical_or.reduceat(np.logical_or.reduceat(wanted, rows, axis=0), cols, axis=1)
    return [
        (max(y * core - margin, 0), max(x * core - margin, 0))
        for y, x in np.argwhere(cells).tolist()
    ]


def _cut(plane: NDArray[Any], corners: Sequence[Corner]) -> NDArray[Any]:
    """Tiles of `plane` (H×W×C), stacked; beyond the picture its border goes on."""
    bottom = max(y for y, _ in corners) + TILE - plane.shape[0]
    right = max(x for _, x in corners) + TILE - plane.shape[1]
    beyond = (0, max(bottom, 0)), (0, max(right, 0)), (0, 0)
    padded = np.pad(plane, beyond, mode="edge") if bottom > 0 or right > 0 else plane
    return np.stack([padded[y : y + TILE, x : x + TILE] for y, x in corners])


def _tent() -> FloatImage:
    """Weights that fade over the overlap, so that neighbouring tiles join without a seam."""
    rise = np.minimum((np.arange(TILE) + 0.5) / _OVERLAP, 1)
    side = np.minimum(rise, rise[::-1])
    return np.outer(side, side).astype(np.float32)


_WINDOW = _tent()
