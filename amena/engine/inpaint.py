"""Fill hidden background with the network that ships with the package.

The network works on tiles around the bands that parallax opens, never on the whole picture, and
corrects the classical fill rather than painting from nothing. It reads known pixels alone.
"""

from __future__ import annotations

import logging
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from amena.engine.errors import WeightsError
from amena.engine.fill import fill_texture, fill_window, nearest_known, smooth_and_detail
from amena.engine.layers import Inpainter
from amena.engine.networks.inpaint_net import InpaintNet
from amena.engine.networks.weights import WEIGHTS, load_weights
from amena.engine.types import ByteImage, FloatImage, Mask

logger = logging.getLogger(__name__)

_TILE = 128  # what the network was trained on
_OVERLAP = 32
_BATCH = 8  # tiles; bounds the memory
#: The bands were this wide in training: larger pictures are corrected at about this long side.
_LONG_SIDE = 1024
#: Deeper in a hole (pixels) than parallax ever shows, the classical fill takes over.
_FADE_FROM, _FADE_TO = 48.0, 72.0


def build_inpainter(device: torch.device) -> Inpainter:
    """The best inpainter there is: the network, or the classical fill if its weights are broken."""
    try:
        return LearnedInpainter(device)
    except WeightsError as error:
        logger.warning("Filling hidden background without the network: %s", error)
        return fill_texture


class LearnedInpainter:
    """`InpaintNet` with the packaged weights, on tiles. Deterministic."""

    def __init__(self, device: torch.device, weights: Path | None = None) -> None:
        """Load `weights` (the package's own by default) onto `device`.

        Raises:
            WeightsError: the file is missing or damaged.
        """
        net = InpaintNet()
        load_weights(net, weights or WEIGHTS / "inpainting.safetensors")
        self._device = device
        self._net = net.to(device).to(memory_format=torch.channels_last).eval()

    def __call__(self, rgb: ByteImage, hole: Mask, known: Mask) -> ByteImage:
        """Fill `hole` from `known` pixels alone.

        Args:
            rgb: uint8 H×W×3.
            hole: bool H×W, pixels to fill.
            known: bool H×W, pixels that may be looked at; disjoint from `hole`.

        Returns:
            uint8 H×W×3, equal to `rgb` outside `hole`. Where the device's memory does not suffice,
            the classical fill.
        """
        if not hole.any() or not known.any():
            return rgb.copy()
        window = fill_window(hole, known)
        part, inner, around = rgb[window], hole[window], known[window]
        smooth, detail = smooth_and_detail(part, inner, around)
        filled = smooth + detail
        factor = max(1, round(max(hole.shape) / _LONG_SIDE))
        try:
            if factor == 1:
                filled += self._correction(part, inner, around, smooth, detail)
            else:
                filled += self._coarse_correction(part, inner, around, factor)
        except torch.OutOfMemoryError:
            logger.warning("Out of memory on %s: filling without the network.", self._device)
        out = rgb.copy()
        out[window][inner] = np.clip(filled[inner] + 0.5, 0, 255).astype(np.uint8)
        return out

    def _coarse_correction(
        self, rgb: ByteImage, hole: Mask, known: Mask, factor: int
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
        coarse = self._correction(small, small_hole, small_known, *parts)
        return np.asarray(
            cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32
        )

    def _correction(
        self, rgb: ByteImage, hole: Mask, known: Mask, smooth: FloatImage, detail: FloatImage
    ) -> FloatImage:
        """What the network adds to the classical fill: float32 H×W×3, 0 outside the hole."""
        distance, _ = nearest_known(known)
        trust = np.clip((_FADE_TO - distance) / (_FADE_TO - _FADE_FROM), 0, 1) * hole
        corners = place_tiles(trust > 0)
        total = np.zeros(rgb.shape, np.float32)
        weight = np.full(hole.shape, 1e-6, np.float32)
        colour = (rgb / np.float32(127.5) - 1) * known[..., None]
        planes = np.concatenate(
            [
                colour,
                smooth / np.float32(127.5) - 1,
                detail / np.float32(127.5),
                hole[..., None],
                known[..., None],
            ],
            axis=2,
            dtype=np.float32,
        )
        for start in range(0, len(corners), _BATCH):
            chosen = corners[start : start + _BATCH]
            tiles = np.stack([_cut(planes, y, x) for y, x in chosen])
            for (y, x), tile in zip(chosen, self._infer(tiles), strict=True):
                target = np.s_[y : y + _TILE, x : x + _TILE]
                height, width = weight[target].shape
                total[target] += (tile * _WINDOW[..., None])[:height, :width]
                weight[target] += _WINDOW[:height, :width]
        return np.asarray(total * (trust / weight)[..., None], np.float32)

    @torch.inference_mode()
    def _infer(self, tiles: FloatImage) -> FloatImage:
        """N×_TILE×_TILE×11 → N×_TILE×_TILE×3, the network's output less the classical fill."""
        x = torch.from_numpy(tiles).to(self._device).permute(0, 3, 1, 2)
        colour, smooth, detail, masks = torch.split(x, [3, 3, 3, 2], dim=1)
        y: Tensor = self._net(colour, smooth, detail, masks)
        correction = (y - smooth - detail) * 127.5
        return np.asarray(correction.permute(0, 2, 3, 1).cpu().numpy(), np.float32)


def place_tiles(wanted: Mask) -> list[tuple[int, int]]:
    """Top left corners of overlapping tiles on a lattice whose cores cover every `wanted` pixel.

    Tiles may reach beyond the picture on the right and at the bottom.
    """
    rows, cols = np.nonzero(wanted)
    if rows.size == 0:
        return []
    margin, step = _OVERLAP // 2, _TILE - _OVERLAP
    top, left = max(int(rows.min()) - margin, 0), max(int(cols.min()) - margin, 0)
    down = np.maximum(rows - top - margin, 0) // step
    right = np.maximum(cols - left - margin, 0) // step
    cells = np.unique(np.stack([down, right], axis=1), axis=0)
    return [(top + int(y) * step, left + int(x) * step) for y, x in cells]


def _cut(planes: FloatImage, y: int, x: int) -> FloatImage:
    """One tile; beyond the picture the smooth part goes on and nothing is known."""
    part = planes[y : y + _TILE, x : x + _TILE]
    bottom, right = _TILE - part.shape[0], _TILE - part.shape[1]
    if not bottom and not right:
        return part
    padded = np.pad(part, ((0, bottom), (0, right), (0, 0)), mode="edge")
    padded[part.shape[0] :, :, _NOT_MEMBRANE] = 0
    padded[:, part.shape[1] :, _NOT_MEMBRANE] = 0
    return padded


_NOT_MEMBRANE = [0, 1, 2, 6, 7, 8, 9, 10]


def _tent() -> FloatImage:
    """Weights that fade over the overlap, so that neighbouring tiles join without a seam."""
    rise = np.minimum((np.arange(_TILE) + 0.5) / _OVERLAP, 1)
    side = np.minimum(rise, rise[::-1])
    return np.outer(side, side).astype(np.float32)


_WINDOW = _tent()
