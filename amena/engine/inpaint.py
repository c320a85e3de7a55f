"""Fill hidden background with the network that ships with the package.

The network works on tiles around the bands that parallax opens, never on the whole picture, and
corrects the classical fill rather than painting from nothing. It reads known pixels alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from amena.engine.errors import WeightsError
from amena.engine.fill import fill_texture, fill_window, smooth_and_detail
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
        distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        trust = np.clip((_FADE_TO - distance) / (_FADE_TO - _FADE_FROM), 0, 1) * hole
        corners = place_tiles(trust > 0)
        total = np.zeros(rgb.shape, np.float32)
        weight = np.full(hole.shape, 1e-6, np.float32)
        masks = np.stack([hole, known], axis=2)
        for start in range(0, len(corners), _BATCH):
            chosen = corners[start : start + _BATCH]
            parts = (_cut(part, chosen) for part in (rgb, smooth, detail, masks))
            for (y, x), tile in zip(chosen, self._infer(*parts), strict=True):
                target = np.s_[y : y + _TILE, x : x + _TILE]
                height, width = weight[target].shape
                total[target] += (tile * _WINDOW[..., None])[:height, :width]
                weight[target] += _WINDOW[:height, :width]
        return np.asarray(total * (trust / weight)[..., None], np.float32)

    @torch.inference_mode()
    def _infer(
        self, rgb: NDArray[Any], smooth: NDArray[Any], detail: NDArray[Any], masks: NDArray[Any]
    ) -> FloatImage:
        """Tiles N×_TILE×_TILE×C in levels → N×_TILE×_TILE×3, what the network adds to the fill."""
        photo, smooth_, detail_, masks_ = (
            torch.from_numpy(part).to(self._device).permute(0, 3, 1, 2).float()
            for part in (rgb, smooth, detail, masks)
        )
        known = masks_[:, 1:]
        smooth_, detail_ = smooth_ / 127.5 - 1, detail_ / 127.5
        y: Tensor = self._net((photo / 127.5 - 1) * known, smooth_, detail_, masks_)
        correction = (y - smooth_ - detail_) * 127.5
        return np.asarray(correction.permute(0, 2, 3, 1).cpu().numpy(), np.float32)


def place_tiles(wanted: Mask) -> list[tuple[int, int]]:
    """Top left corners of overlapping tiles whose cores cover every `wanted` pixel, in few bands.

    Tiles may reach beyond the picture on the right and at the bottom.
    """
    core, margin = _TILE - _OVERLAP, _OVERLAP // 2
    return [
        (max(top - margin, 0), max(left - margin, 0))
        for top in _cover(np.asarray(wanted.any(axis=1)), core)
        for left in _cover(np.asarray(wanted[top : top + core].any(axis=0)), core)
    ]


def _cover(wanted: Mask, length: int) -> Iterator[int]:
    """Starts of intervals of that length that cover all that is wanted on a line."""
    end = 0
    for place in np.flatnonzero(wanted).tolist():
        if place >= end:
            yield place
            end = place + length


def _cut(plane: NDArray[Any], corners: Sequence[tuple[int, int]]) -> NDArray[Any]:
    """Tiles of `plane` (H×W×C), stacked; beyond the picture its border goes on."""
    bottom = max(y for y, _ in corners) + _TILE - plane.shape[0]
    right = max(x for _, x in corners) + _TILE - plane.shape[1]
    beyond = (0, max(bottom, 0)), (0, max(right, 0)), (0, 0)
    padded = np.pad(plane, beyond, mode="edge") if bottom > 0 or right > 0 else plane
    return np.stack([padded[y : y + _TILE, x : x + _TILE] for y, x in corners])


def _tent() -> FloatImage:
    """Weights that fade over the overlap, so that neighbouring tiles join without a seam."""
    rise = np.minimum((np.arange(_TILE) + 0.5) / _OVERLAP, 1)
    side = np.minimum(rise, rise[::-1])
    return np.outer(side, side).astype(np.float32)


_WINDOW = _tent()
