"""Names of depth estimators as settings and callers write them. No heavy import.

Examples: `compact`, `huggingface:OWNER/MODEL@REVISION?dtype=bfloat16&size=770&device=cuda:1`,
`huggingface:/models/large?licence=cc-by-nc-4.0`, `onnx:/models/midas?file=model_quantized.onnx`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote

from amena.engine.errors import OptionsError

#: Kinds of estimators; only the last two take a model.
KINDS: Final = ("compact", "ramp", "huggingface", "onnx")
MODEL_KINDS: Final = ("huggingface", "onnx")
DTYPES: Final = ("float32", "bfloat16", "float16")
#: What `huggingface` stands for by itself; Apache-2.0.
DEFAULT_MODEL: Final = "depth-anything/Depth-Anything-V2-Small-hf"

_SIZES: Final = (32, 4096)
_REVISION: Final = re.compile(r"[0-9a-f]{40}")
_HUB_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+", re.ASCII)
_DEVICE: Final = re.compile(r"cpu|cuda(:\d{1,2})?")


@dataclass(frozen=True)
class Estimator:
    """One depth estimator, with all that may be set about it.

    Attributes:
        kind: one of `KINDS`.
        model: a folder, or an id on the Hugging Face hub; empty where the kind takes none.
        revision: the commit of the hub's repository, 40 hexadecimal digits; empty: its newest.
        dtype: of weights and arithmetic, one of `DTYPES`; `onnx` has its model's own.
        size: long side of the network's input in pixels; 0: what the model asks for.
        device: where it runs, `cpu`, `cuda` or `cuda:N`; empty: where the engine does.
        licence: a licence that the operator accepts though it is not a free one.
        file: of an ONNX model, within its folder; empty: `model.onnx`, or that in `onnx/`.
    """

    kind: str
    model: str = ""
    revision: str = ""
    dtype: str = "float32"
    size: int = 0
    device: str = ""
    licence: str = ""
    file: str = ""

    @property
    def title(self) -> str:
        """A short name that tells nothing of the machine's folders: the model's own, or the kind's.

        People choose by it, and jobs keep it.
        """
        return Path(self.model).name if self.model else self.kind

    @property
    def source(self) -> str:
        """What reports call it: with the owner for models of the hub."""
        if not self.model:
            return self.kind
        return f"{self.kind}:{self.model if self.is_on_hub else self.title}"

    @property
    def is_on_hub(self) -> bool:
        """Whether the model is one of the hub's, by its name, rather than a folder that is here."""
        return bool(_HUB_ID.fullmatch(self.model)) and not Path(self.model).is_dir()


def parse_estimator(text: str) -> Estimator:
    """An estimator from its name.

    Raises:
        OptionsError: the name makes no sense; the message says what would.
    """
    name, _, query = text.partition("?")
    kind, _, model = name.partition(":")
    if kind not in KINDS:
        raise OptionsError(f"Unknown estimator “{text}”. Choose {', '.join(KINDS)}.")
    if (model or query) and kind not in MODEL_KINDS:
        raise OptionsError(f"The estimator “{kind}” takes no model. Write “{kind}” alone.")
    if kind == "onnx" and not model:
        raise OptionsError("Say which model, as onnx:FOLDER.")
    if kind == "huggingface" and not model:
        model = DEFAULT_MODEL
    model, _, revision = model.partition("@") if _HUB_ID.match(model) else (model, "", "")
    if revision and not _REVISION.fullmatch(revision):
        raise OptionsError(
            f"“{revision}” is no revision. Give the 40 hexadecimal digits of a commit, since a "
            "branch or tag may change."
        )
    return _with_settings(Estimator(kind, unquote(model), revision), query)


def _with_settings(estimator: Estimator, query: str) -> Estimator:
    try:
        values = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    except ValueError as error:
        raise OptionsError(f"“{query}” makes no sense. Write dtype=…&size=… and so on.") from error
    known = {"dtype", "size", "device", "licence", "file"}
    if unknown := sorted(set(values) - known):
        raise OptionsError(f"A model has no “{unknown[0]}”. Known are {', '.join(sorted(known))}.")
    dtype, size = values.get("dtype", "float32"), values.get("size", "0")
    if dtype not in DTYPES:
        raise OptionsError(f"Unknown dtype “{dtype}”. Choose {', '.join(DTYPES)}.")
    if size != "0" and not (size.isdecimal() and _SIZES[0] <= int(size) <= _SIZES[1]):
        raise OptionsError(f"The size of a model's input is {_SIZES[0]} to {_SIZES[1]} pixels.")
    device = values.get("device", "")
    if device and not _DEVICE.fullmatch(device):
        raise OptionsError(f"Unknown device “{device}”. Choose cpu, cuda or cuda:N.")
    file = values.get("file", "")
    if file and (Path(file).is_absolute() or ".." in Path(file).parts or estimator.kind != "onnx"):
        raise OptionsError("A file is that of an ONNX model, within its folder.")
    return Estimator(
        estimator.kind,
        estimator.model,
        estimator.revision,
        dtype,
        int(size),
        device,
        values.get("licence", "").lower(),
        file,
    )
