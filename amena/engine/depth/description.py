"""What a model's folder says of it: its family, its licence, and whether it is whole.

Light, so that a system check can read it: nothing here loads a network.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from amena.engine.errors import WeightsError
from amena.engine.estimators import Estimator

SUMS: Final = "SHA256SUMS"
CONFIG, PREPARATION, CARD = "config.json", "preprocessor_config.json", "README.md"
WEIGHTS: Final = ("model.safetensors", "model.safetensors.index.json")
ONNX_FILES: Final = ("model.onnx", "onnx/model.onnx")

#: Licences that let anybody use a model for anything. Others the operator must name.
FREE_LICENCES: Final = frozenset(
    {"apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc0-1.0", "isc"}
)
_LARGEST_JSON: Final = 10_000_000
_LICENCE: Final = re.compile(r"^license:\s*[\"']?([\w.+-]+)", re.MULTILINE)


class Predicts(Enum):
    """What the numbers of a model's map are."""

    #: Linear in 1/z, of unknown scale and shift: MiDaS, Depth Anything.
    INVERSE_DEPTH = "inverse-depth"
    #: z, of unknown scale.
    DEPTH = "depth"
    #: Linear in z, of unknown scale and shift: diffusion models such as Marigold.
    AFFINE_DEPTH = "affine-depth"
    #: z in metres.
    METRES = "metres"
    #: 1/z for a camera whose focal length is the picture's width: Depth Pro, which tells its angle.
    CANONICAL_INVERSE_DEPTH = "canonical-inverse-depth"


#: Architecture, as in `config.json`, → what it predicts where nothing else is said.
FAMILIES: Final = {
    "depth_anything": Predicts.INVERSE_DEPTH,
    "depth_pro": Predicts.CANONICAL_INVERSE_DEPTH,
    "dpt": Predicts.INVERSE_DEPTH,
    "glpn": Predicts.METRES,
    "prompt_depth_anything": Predicts.METRES,
    "tipsv2_dpt": Predicts.METRES,
    "zoedepth": Predicts.METRES,
}


@dataclass(frozen=True)
class Description:
    """A model's folder, read.

    Attributes:
        folder: where it lies.
        family: a key of `FAMILIES`; empty for an ONNX model of which no more is known.
        predicts: what its numbers are.
        config, preparation: the decoded files.
        weights: the file with, or the list of, its weights.
    """

    folder: Path
    family: str
    predicts: Predicts
    config: dict[str, Any]
    preparation: dict[str, Any]
    weights: Path


def describe(folder: Path, estimator: Estimator) -> Description:
    """Read the folder of an estimator's model, without loading the model.

    Raises:
        WeightsError: it lacks something, is damaged, is no depth model, needs code of its own, or
            its licence is not free and the operator has not accepted it.
    """
    name = estimator.title
    if not folder.is_dir():
        raise WeightsError(f"The depth model “{estimator.model}” is no folder that is there.")
    check_licence(folder, estimator)
    config = _json(folder / CONFIG) if (folder / CONFIG).exists() else {}
    if config.get("auto_map"):
        raise WeightsError(
            f"The depth model “{name}” needs code that comes with it, which is never run. Choose "
            "one that the transformers library has itself."
        )
    if not (folder / PREPARATION).is_file():
        raise WeightsError(f"The depth model “{name}” is not whole: {PREPARATION} is missing.")
    preparation = _json(folder / PREPARATION)
    family = str(config.get("model_type", ""))
    if estimator.kind == "onnx":
        weights = _first(folder, (estimator.file,) if estimator.file else ONNX_FILES, name)
    else:
        if family not in FAMILIES:
            raise WeightsError(
                f"The depth model “{name}” is of the family “{family or 'unknown'}”. Known are "
                f"{', '.join(FAMILIES)}."
            )
        weights = _first(folder, WEIGHTS, name)
    _check_sums(folder, name)
    return Description(
        folder, family, _predicts(family, config, preparation, name), config, preparation, weights
    )


def check_licence(folder: Path, estimator: Estimator) -> None:
    """Refuse a model whose card names a licence that neither is free nor has been accepted.

    Raises:
        WeightsError: the message names the licence, and how to accept it.
    """
    licence = licence_of(folder)
    if licence is None or licence in FREE_LICENCES or licence == estimator.licence:
        return
    raise WeightsError(
        f"The depth model “{estimator.title}” has the licence “{licence}”, which is not free for "
        f"every use. If yours is allowed, add “?licence={licence}” to its name."
    )


def licence_of(folder: Path) -> str | None:
    """The licence on the model's card, in lower case: `unknown` where it has none, None without a
    card.
    """
    try:
        text = (folder / CARD).read_text("utf-8", errors="replace")
    except OSError:
        return None
    head = text.split("---", 2)[1] if text.startswith("---") and text.count("---") > 1 else ""
    found = _LICENCE.search(head)
    return found[1].lower() if found else "unknown"


def _predicts(
    family: str, config: dict[str, Any], preparation: dict[str, Any], name: str
) -> Predicts:
    said = preparation.get("predicts", config.get("predicts"))
    if said is not None:
        try:
            return Predicts(said)
        except ValueError as error:
            kinds = ", ".join(each.value for each in Predicts)
            raise WeightsError(
                f"The depth model “{name}” says that it predicts “{said}”. Known are {kinds}."
            ) from error
    if config.get("depth_estimation_type") == "metric":
        return Predicts.METRES
    # The heads that were trained on DINOv2 (Oquab et al. 2023) learned metres from NYU and KITTI;
    # all other DPT models are MiDaS.
    backbone = config.get("backbone_config") or {}
    if family == "dpt" and backbone.get("model_type") == "dinov2":
        return Predicts.METRES
    if family not in FAMILIES:
        raise WeightsError(
            f"The depth model “{name}” does not say what it predicts. Add “predicts” to its "
            f"{PREPARATION}, one of {', '.join(each.value for each in Predicts)}."
        )
    return FAMILIES[family]


def _first(folder: Path, names: tuple[str, ...], model: str) -> Path:
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise WeightsError(f"The depth model “{model}” is not whole: {names[0]} is missing.")


def _check_sums(folder: Path, name: str) -> None:
    """Compare all files with the list that was written when they were fetched, if there is one."""
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        expected, _, file = line.partition("  ")
        try:
            with (folder / file).open("rb") as opened:
                found = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise WeightsError(f"The depth model “{name}” is not whole: {file} is gone.") from error
        if found != expected:
            raise WeightsError(
                f"The depth model “{name}” is damaged: {file} has another hash. Delete {folder} "
                "to fetch it again."
            )


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ValueError("too large")
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"{path.name} of the depth model cannot be read: {path}.") from error
    if not isinstance(values, dict):
        raise WeightsError(f"{path.name} of the depth model cannot be read: {path}.")
    return values
