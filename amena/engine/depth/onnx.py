"""Depth by a model in the ONNX format: a folder with the model and a small description.

The description is `preprocessor_config.json`, as models of the transformers library have it, and
either their `config.json` or a key `predicts` (one of `description.Predicts`) beside the rest.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from amena.engine.depth.description import describe
from amena.engine.depth.hub import model_folder
from amena.engine.depth.huggingface import preparation_of
from amena.engine.depth.predictions import to_disparity
from amena.engine.errors import PackageMissingError, WeightsError
from amena.engine.estimators import Estimator
from amena.engine.types import Disparity, FloatImage, Photo

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


class OnnxDepth:
    """A depth network that onnxruntime runs."""

    def __init__(self, estimator: Estimator, device: torch.device) -> None:
        """Load a model once.

        Args:
            estimator: which, and how; its dtype does not count, the file has its own.
            device: where it runs unless `estimator` says otherwise.

        Raises:
            PackageMissingError: onnxruntime is not installed (`onnx_missing`).
            WeightsError: there is no such model, it is damaged or refused, or the device cannot be
                had.
        """
        try:
            import onnxruntime
        except ImportError as error:
            raise PackageMissingError(
                "The onnx estimator needs the onnxruntime package. Install amena with its onnx "
                "extra.",
                code="onnx_missing",
            ) from error
        description = describe(model_folder(estimator), estimator)
        self.name = estimator.source
        self._predicts = description.predicts
        wanted = torch.device(estimator.device) if estimator.device else device
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        # Its threads would else keep the cores busy while they wait, which the renderer wants.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                str(description.weights), options, providers=_providers(wanted, estimator)
            )
            taken = self._session.get_inputs()[0]
            self._input, self._type = taken.name, _TYPES[taken.type]
            outputs = [each.name for each in self._session.get_outputs()]
        except Exception as error:  # onnxruntime has no class for all of its errors
            if isinstance(error, WeightsError):
                raise
            reason = " ".join(str(error).split())[:200]
            raise WeightsError(
                f"The depth model “{estimator.title}” cannot be loaded: {reason}"
            ) from error
        used = self._session.get_providers()[0]  # it falls back in silence
        if wanted.type != "cpu" and used == "CPUExecutionProvider":
            raise WeightsError(
                f"The depth model “{estimator.title}” cannot run on {wanted}, as onnxruntime's "
                "CUDA does not start here. Add “?device=cpu” to its name."
            )
        self._output = "predicted_depth" if "predicted_depth" in outputs else outputs[0]
        self._preparation = preparation_of(description, estimator)
        if all(isinstance(side, int) for side in taken.shape[-2:]):  # the file fixes its size
            self._preparation = replace(
                self._preparation, size=tuple(taken.shape[-2:]), keep_aspect_ratio=False, multiple=1
            )

    def estimate(self, photo: Photo) -> Disparity:
        """Disparity of the same height and width as the photo, stretched to the whole range."""
        pixels = self._preparation.apply(photo.rgb)[None].astype(self._type)
        answer: FloatImage = np.asarray(
            self._session.run([self._output], {self._input: pixels})[0], np.float32
        )
        predicted = torch.from_numpy(answer.reshape(answer.shape[-2:]))
        values = self._preparation.restore(predicted, photo.rgb.shape[:2])
        return to_disparity(values, self._predicts, self.name)


def _providers(device: torch.device, estimator: Estimator) -> list[Any]:
    if device.type == "cpu":
        return ["CPUExecutionProvider"]
    import onnxruntime

    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise WeightsError(
            f"The depth model “{estimator.title}” cannot run on {device}. This onnxruntime has no "
            "CUDA. Install onnxruntime-gpu, or add “?device=cpu” to its name."
        )
    return [("CUDAExecutionProvider", {"device_id": device.index or 0}), "CPUExecutionProvider"]
