"""Depth by any `AutoModelForDepthEstimation` of Hugging Face, from a folder or the hub.

The picture is prepared here, from the model's own `preprocessor_config.json`, since the library's
processors want torchvision, which has no CPU build beside the torch in use.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from amena.engine.errors import EngineError, WeightsError
from amena.engine.photo.depth_image import normalised
from amena.engine.types import ByteImage, Disparity, FloatImage, Photo

DEFAULT_MODEL = "depth-anything/Depth-Anything-V2-Small-hf"

#: Architectures that predict distance, whatever their configuration says. The others predict
#: relative inverse depth, unless their `depth_estimation_type` is `metric`.
_METRIC = frozenset({"glpn", "zoedepth", "prompt_depth_anything"})
#: Share of pixels at either end whose values may be wild.
_OUTLIERS = 0.002


class HuggingFaceDepth:
    """A depth network in the format of the transformers library."""

    name = "huggingface"

    def __init__(self, model: str, device: torch.device) -> None:
        """Load a model once.

        Args:
            model: a folder, or an id on the hub; empty for Depth Anything V2 Small (Apache-2.0).
            device: where it runs.

        Raises:
            EngineError: the transformers library is not installed (`huggingface_missing`).
            WeightsError: there is no such model, it cannot be reached, or it is no depth model.
        """
        model = model or DEFAULT_MODEL
        try:
            from safetensors import SafetensorError
            from transformers import AutoModelForDepthEstimation
            from transformers.utils import logging
            from transformers.utils.hub import cached_file
        except ImportError as error:
            raise EngineError(
                "The huggingface estimator needs the transformers package: install amena with its "
                "huggingface extra.",
                code="huggingface_missing",
            ) from error
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            settings = cached_file(model, "preprocessor_config.json")
            self._preparation = Preparation.read(json.loads(Path(str(settings)).read_text("utf-8")))
            network = AutoModelForDepthEstimation.from_pretrained(model, dtype=torch.float32)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            raise WeightsError(
                f"The depth model “{model}” cannot be loaded: it must be a folder or an id on the "
                "Hugging Face hub, which must be reachable the first time."
            ) from error
        self._network = network.to(device).eval()
        self._device = device
        config = self._network.config
        kind = getattr(config, "depth_estimation_type", None)
        self._metric = kind == "metric" or config.model_type in _METRIC

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity of the same height and width as the photo, stretched to the whole range."""
        pixels = torch.from_numpy(self._preparation.apply(photo.rgb))[None].to(self._device)
        with torch.inference_mode():
            predicted = self._network(pixel_values=pixels).predicted_depth[:, None].float()
            resized = torch.nn.functional.interpolate(
                predicted, size=photo.rgb.shape[:2], mode="bicubic", align_corners=False
            )
        values = resized[0, 0].cpu().numpy()
        if self._metric:
            values = 1 / np.maximum(values, 1e-3)
        disparity = normalised(values, _OUTLIERS)
        if disparity is None:  # it sees a wall
            disparity = np.zeros(photo.rgb.shape[:2], np.float32)
        return Disparity(disparity, self.name)


@dataclass(frozen=True)
class Preparation:
    """How a model wants its input, in the terms of `preprocessor_config.json`.

    Attributes:
        size: (height, width) to resize to, or None to keep the picture's.
        keep_aspect_ratio: scale both sides alike, by the factor of the side that changes less.
        multiple: both sides must be multiples of this.
        resample: Pillow's number of the filter.
        scale: factor from bytes to the model's range.
        mean, std: of each channel, after scaling.
    """

    size: tuple[int, int] | None
    keep_aspect_ratio: bool
    multiple: int
    resample: Image.Resampling
    scale: float
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def read(cls, settings: dict[str, Any]) -> Preparation:
        """From the decoded file.

        Raises:
            KeyError, TypeError, ValueError: it is not of a kind that is known.
        """
        size = settings.get("size") if settings.get("do_resize", True) else None
        if isinstance(size, int):
            size = {"height": size, "width": size}
        normalise = settings.get("do_normalize", "image_mean" in settings)
        return cls(
            size=None if size is None else (int(size["height"]), int(size["width"])),
            keep_aspect_ratio=bool(settings.get("keep_aspect_ratio", False)),
            multiple=int(settings.get("ensure_multiple_of") or settings.get("size_divisor") or 1),
            resample=Image.Resampling(settings.get("resample", Image.Resampling.BICUBIC)),
            scale=settings.get("rescale_factor", 1 / 255)
            if settings.get("do_rescale", True)
            else 1,
            mean=tuple(settings["image_mean"]) if normalise else (0.0, 0.0, 0.0),
            std=tuple(settings["image_std"]) if normalise else (1.0, 1.0, 1.0),
        )

    def apply(self, rgb: ByteImage) -> FloatImage:
        """uint8 H×W×3 → float32 3×h×w, resized and normalised."""
        height, width = self.target(rgb.shape[0], rgb.shape[1])
        resized = Image.fromarray(rgb).resize((width, height), self.resample)
        scaled = np.asarray(resized, np.float32) * self.scale
        normal = (scaled - np.array(self.mean)) / np.array(self.std)
        return np.ascontiguousarray(normal.transpose(2, 0, 1), np.float32)

    def target(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the network's input for a picture of this size."""
        scale_y, scale_x = 1.0, 1.0
        if self.size is not None:
            scale_y, scale_x = self.size[0] / height, self.size[1] / width
        if self.keep_aspect_ratio:
            scale_y = scale_x = min(scale_y, scale_x, key=lambda scale: abs(1 - scale))
        return self._whole(height * scale_y), self._whole(width * scale_x)

    def _whole(self, side: float) -> int:
        return max(self.multiple, round(side / self.multiple) * self.multiple)
