"""Pictures as depth networks want them, and their maps at the picture's size again.

The library's own processors want torchvision, which has no CPU build beside the torch in use; what
they do for each family is done here, from the model's `preprocessor_config.json`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from amena.engine.types import ByteImage, FloatImage

_IMAGENET_STANDARD: Final = (0.5, 0.5, 0.5)
_DEPTH_PRO_SIDE: Final = 1536
#: Of GLPN's and TIPSv2's settings that a file may leave out.
_DEFAULTS: Final[dict[str, dict[str, Any]]] = {
    "depth_pro": {"size": {"height": _DEPTH_PRO_SIDE, "width": _DEPTH_PRO_SIDE}, "resample": 2},
    "glpn": {"size_divisor": 32, "do_normalize": False, "resample": 2},
    "tipsv2_dpt": {"size": {"height": 448, "width": 448}, "do_normalize": False, "resample": 2},
    "zoedepth": {
        "size": {"height": 384, "width": 512},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": 32,
        "do_pad": True,
        "resample": 2,
    },
}


@dataclass(frozen=True)
class Preparation:
    """How a model wants its input, in the terms of `preprocessor_config.json`.

    Attributes:
        family: of `description.FAMILIES`; ZoeDepth and Depth Pro resize numbers, not bytes.
        size: (height, width) to resize to, or None to keep the picture's.
        keep_aspect_ratio: scale both sides alike, by the factor of the side that changes less.
        multiple: both sides must be multiples of this.
        floor: the next smaller multiple, rather than the nearest.
        pad: mirror the picture at its rim first (ZoeDepth).
        resample: Pillow's number of the filter.
        scale: factor from bytes to the model's range.
        mean, std: of each channel, after scaling.
    """

    family: str
    size: tuple[int, int] | None
    keep_aspect_ratio: bool
    multiple: int
    floor: bool
    pad: bool
    resample: Image.Resampling
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def read(cls, settings: dict[str, Any], family: str = "", long_side: int = 0) -> Preparation:
        """From the decoded file.

        Args:
            settings: of `preprocessor_config.json`.
            family: the model's architecture.
            long_side: of the input, instead of what the file says; 0: as the file says.

        Raises:
            KeyError, TypeError, ValueError: it is not of a kind that is known.
        """
        settings = _DEFAULTS.get(family, {}) | settings
        size = settings.get("size") if settings.get("do_resize", True) else None
        if isinstance(size, int):
            size = {"height": size, "width": size}
        normalise = settings.get("do_normalize", "image_mean" in settings or family == "zoedepth")
        mean = tuple(settings.get("image_mean", _IMAGENET_STANDARD)) if normalise else (0.0,) * 3
        std = tuple(settings.get("image_std", _IMAGENET_STANDARD)) if normalise else (1.0,) * 3
        if len(mean) != 3 or len(std) != 3 or not all(std):
            raise ValueError("image_mean and image_std have one number for each of three channels")
        made = cls(
            family=family,
            size=None if size is None else (int(size["height"]), int(size["width"])),
            keep_aspect_ratio=bool(settings.get("keep_aspect_ratio", False)),
            multiple=int(settings.get("ensure_multiple_of") or settings.get("size_divisor") or 1),
            floor=family == "glpn",
            pad=family == "zoedepth" and bool(settings.get("do_pad", True)),
            resample=Image.Resampling(settings.get("resample", Image.Resampling.BICUBIC)),
            scale=float(settings.get("rescale_factor", 1 / 255))
            if settings.get("do_rescale", True)
            else 1.0,
            mean=mean,
            std=std,
        )
        return made._with_long_side(long_side) if long_side else made

    def _with_long_side(self, side: int) -> Preparation:
        if self.family == "depth_pro":
            raise ValueError("Depth Pro's size is part of its architecture")
        if self.size is None:
            return replace(self, size=(side, side), keep_aspect_ratio=True)
        factor = side / max(self.size)
        return replace(self, size=(round(self.size[0] * factor), round(self.size[1] * factor)))

    def apply(self, rgb: ByteImage) -> FloatImage:
        """uint8 H×W×3 → float32 3×h×w, resized and normalised."""
        if self.family in ("zoedepth", "depth_pro"):
            return self._resized_numbers(rgb)
        height, width = self.target(rgb.shape[0], rgb.shape[1])
        resized = Image.fromarray(rgb).resize((width, height), self.resample)
        return self._normalised(np.asarray(resized, np.float32))

    def _normalised(self, pixels: FloatImage) -> FloatImage:
        scaled = pixels * self.scale
        normal = (scaled - np.array(self.mean)) / np.array(self.std)
        return np.ascontiguousarray(normal.transpose(2, 0, 1), np.float32)

    def _resized_numbers(self, rgb: ByteImage) -> FloatImage:
        """Pad and resize without looking at more than the four nearest pixels, as these two were
        trained.
        """
        pixels = torch.from_numpy(self._normalised(rgb.astype(np.float32)))[None]
        if self.pad:
            down, across = _padding(rgb.shape[0]), _padding(rgb.shape[1])
            pixels = F.pad(pixels, (across, across, down, down), mode="reflect")
        size = self.target(pixels.shape[2], pixels.shape[3])
        resized = F.interpolate(
            pixels, size, mode="bilinear", align_corners=self.family == "zoedepth"
        )
        return np.asarray(resized[0].numpy(), np.float32)

    def restore(self, predicted: torch.Tensor, shape: tuple[int, int]) -> FloatImage:
        """The map, float h×w on any device, at the picture's `shape` (height, width), float32.

        What was mirrored at the rim is cut off again.
        """
        down, across = (_padding(side) for side in shape) if self.pad else (0, 0)
        size = (shape[0] + 2 * down, shape[1] + 2 * across)
        mode = "bilinear" if self.family in ("depth_pro", "tipsv2_dpt") else "bicubic"
        resized = F.interpolate(predicted[None, None].float(), size, mode=mode)[0, 0]
        whole = resized[down : down + shape[0], across : across + shape[1]]
        return np.asarray(whole.cpu().numpy(), np.float32)

    def target(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the network's input for a picture of this size."""
        scale_y, scale_x = 1.0, 1.0
        if self.size is not None:
            scale_y, scale_x = self.size[0] / height, self.size[1] / width
        if self.keep_aspect_ratio:
            scale_y = scale_x = min(scale_y, scale_x, key=lambda scale: abs(1 - scale))
        return self._whole(height * scale_y), self._whole(width * scale_x)

    def _whole(self, side: float) -> int:
        parts = math.floor(side / self.multiple) if self.floor else round(side / self.multiple)
        return max(1, parts) * self.multiple


def _padding(side: int) -> int:
    """Pixels that ZoeDepth adds at either end of a side."""
    return int(math.sqrt(side / 2) * 3)
