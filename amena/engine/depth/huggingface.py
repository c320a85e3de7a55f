"""Depth by the networks of Hugging Face's transformers library, from a folder or the hub."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from amena.engine.depth.description import Description, describe
from amena.engine.depth.hub import model_folder
from amena.engine.depth.predictions import to_disparity
from amena.engine.depth.preparation import Preparation
from amena.engine.errors import PackageMissingError, WeightsError
from amena.engine.estimators import Estimator
from amena.engine.geometry.camera import inverse_depth
from amena.engine.types import Disparity, Photo


class HuggingFaceDepth:
    """A depth network of one of `description.FAMILIES`."""

    def __init__(self, estimator: Estimator, device: torch.device) -> None:
        """Load a model once.

        Args:
            estimator: which, and how.
            device: where it runs unless `estimator` says otherwise.

        Raises:
            PackageMissingError: the transformers library is not installed (`huggingface_missing`).
            WeightsError: there is no such model, it cannot be reached, is damaged or refused.
        """
        try:
            import transformers
        except ImportError as error:
            raise PackageMissingError(
                "The huggingface estimator needs the transformers package. Install amena with its "
                "huggingface extra.",
                code="huggingface_missing",
            ) from error
        del transformers
        description = describe(model_folder(estimator), estimator)
        self.name = estimator.source
        self._device = torch.device(estimator.device) if estimator.device else device
        self._dtype = getattr(torch, estimator.dtype)
        self._description = description
        self._preparation = preparation_of(description, estimator)
        self._network = _load(description, estimator, self._device, self._dtype)

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity of the same height and width as the photo, stretched to the whole range."""
        pixels = torch.from_numpy(self._preparation.apply(photo.rgb))[None]
        inputs = {"pixel_values": self._moved(pixels)}
        prompt = self._prompt(photo)
        if prompt is not None:
            inputs["prompt_depth"] = self._moved(prompt)
        with torch.inference_mode():
            answer = self._network(**inputs)
            values = self._preparation.restore(answer.predicted_depth[0], photo.rgb.shape[:2])
        angle = getattr(answer, "field_of_view", None)
        disparity = to_disparity(
            values,
            self._description.predicts,
            self.name,
            None if angle is None else float(angle.flatten()[0]),
        )
        if self._description.family == "prompt_depth_anything":
            # The scale is that of the prompt, and a phone's map has none.
            return Disparity(disparity.values, self.name)
        return disparity

    def _moved(self, values: torch.Tensor) -> torch.Tensor:
        if self._device.type == "cuda":
            values = values.pin_memory()
        return values.to(self._device, self._dtype, non_blocking=True)

    def _prompt(self, photo: Photo) -> torch.Tensor | None:
        """The depth that a phone stored, float32 1×1×H×W, for the family that refines such maps."""
        if self._description.family != "prompt_depth_anything" or photo.embedded is None:
            return None
        depth = 1 / inverse_depth(photo.embedded.values)
        if np.ptp(depth) < 1e-6:
            return None
        return torch.from_numpy(np.ascontiguousarray(depth))[None, None]


def preparation_of(description: Description, estimator: Estimator) -> Preparation:
    """How the model wants its input.

    Raises:
        WeightsError: its settings are not of a kind that is known.
    """
    try:
        return Preparation.read(description.preparation, description.family, estimator.size)
    except (KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise WeightsError(
            f"The depth model “{estimator.title}” wants its input in a way that is not known: "
            f"{reason}."
        ) from error


def _load(
    description: Description, estimator: Estimator, device: torch.device, dtype: torch.dtype
) -> Any:
    from safetensors import SafetensorError
    from transformers import AutoModelForDepthEstimation
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        network, facts = AutoModelForDepthEstimation.from_pretrained(
            description.folder,
            dtype=dtype,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            output_loading_info=True,
        )
        if facts["missing_keys"]:
            raise ValueError(f"{len(facts['missing_keys'])} of its weights are missing")
        network = network.to(device).eval()
        # What is convolved runs faster so on cards that have tensor cores.
        return network.to(memory_format=torch.channels_last) if device.type == "cuda" else network
    except (
        *(OSError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, ImportError),
        *(AssertionError, IndexError, SafetensorError),
    ) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(
            f"The depth model “{estimator.title}” cannot be loaded: {reason}"
        ) from error
