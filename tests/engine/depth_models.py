"""Depth models of random weights and some thousand parameters, saved as people share them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

DPT = {
    "do_resize": True,
    "size": {"height": 70, "width": 70},
    "keep_aspect_ratio": True,
    "ensure_multiple_of": 14,
    "resample": 3,
    "do_rescale": True,
    "rescale_factor": 1 / 255,
    "do_normalize": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}
_NECK = {"neck_hidden_sizes": [8, 8, 8, 8], "fusion_hidden_size": 8}


def _saved(folder: Path, network: Callable[[], Any], settings: dict[str, Any]) -> None:
    torch.manual_seed(0)
    made = network()
    # Fresh weights are so small that a map would be flat.
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() > 1:
                weight.copy_(torch.randn_like(weight) / max(weight[0].numel(), 1) ** 0.5)
    made.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


def _dinov2(**more: Any) -> Any:
    from transformers import Dinov2Config

    values = {
        "hidden_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "image_size": 70,
        "out_indices": [1, 2, 3, 4],
        "apply_layernorm": True,
        "reshape_hidden_states": False,
    }
    return Dinov2Config(**(values | more))


def depth_anything(folder: Path, **changes: Any) -> None:
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

    config = DepthAnythingConfig(
        backbone_config=_dinov2(),
        reassemble_hidden_size=16,
        head_hidden_size=4,
        **_NECK,
        **changes,
    )
    _saved(folder, lambda: DepthAnythingForDepthEstimation(config), DPT)


def metric_depth_anything(folder: Path) -> None:
    depth_anything(folder, depth_estimation_type="metric", max_depth=20)


def prompt_depth_anything(folder: Path) -> None:
    from transformers import PromptDepthAnythingConfig, PromptDepthAnythingForDepthEstimation

    config = PromptDepthAnythingConfig(
        backbone_config=_dinov2(),
        reassemble_hidden_size=16,
        head_hidden_size=4,
        depth_estimation_type="metric",
        **_NECK,
    )
    settings = DPT | {"image_processor_type": "PromptDepthAnythingImageProcessor"}
    _saved(folder, lambda: PromptDepthAnythingForDepthEstimation(config), settings)


def dpt(folder: Path) -> None:
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        backbone_out_indices=[0, 1, 2, 3],
        image_size=64,
        patch_size=16,
        **_NECK,
    )
    settings = DPT | {"size": 64, "ensure_multiple_of": 16, "keep_aspect_ratio": False}
    _saved(folder, lambda: DPTForDepthEstimation(config), settings)


def dpt_of_dinov2(folder: Path) -> None:
    """As Meta shares those that learned from NYU and KITTI."""
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(backbone_config=_dinov2(), patch_size=14, hidden_size=16, **_NECK)
    _saved(folder, lambda: DPTForDepthEstimation(config), DPT)


def zoedepth(folder: Path) -> None:
    from transformers import BeitConfig, ZoeDepthConfig, ZoeDepthForDepthEstimation

    backbone = BeitConfig(
        image_size=64,
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        use_relative_position_bias=True,
        reshape_hidden_states=False,
        out_features=["stage1", "stage2", "stage3", "stage4"],
    )
    config = ZoeDepthConfig(
        backbone_config=backbone,
        bottleneck_features=8,
        num_relative_features=8,
        bin_embedding_dim=8,
        num_attractors=[4, 2, 2, 1],
        bin_configurations=[{"n_bins": 8, "min_depth": 0.001, "max_depth": 10.0, "name": "nyu"}],
        **_NECK,
    )
    settings = {
        "do_resize": True,
        "do_pad": True,
        "size": {"height": 64, "width": 96},
        "keep_aspect_ratio": True,
        "ensure_multiple_of": 32,
        "resample": 2,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    _saved(folder, lambda: ZoeDepthForDepthEstimation(config), settings)


def glpn(folder: Path) -> None:
    from transformers import GLPNConfig, GLPNForDepthEstimation

    config = GLPNConfig(
        depths=[1, 1, 1, 1],
        hidden_sizes=[8, 8, 8, 8],
        num_attention_heads=[1, 1, 1, 1],
        mlp_ratios=[1, 1, 1, 1],
        decoder_hidden_size=8,
    )
    settings = {"do_resize": True, "do_rescale": True, "size_divisor": 32, "resample": 2}
    _saved(folder, lambda: GLPNForDepthEstimation(config), settings)


def depth_pro(folder: Path) -> None:
    from transformers import DepthProConfig, DepthProForDepthEstimation

    part = _dinov2(image_size=16, patch_size=4, num_hidden_layers=2, out_indices=[1, 2])
    config = DepthProConfig(
        patch_size=16,
        fusion_hidden_size=8,
        intermediate_hook_ids=[1, 0],
        intermediate_feature_dims=[8, 8],
        scaled_images_ratios=[0.5, 1.0],
        scaled_images_overlap_ratios=[0.0, 0.2],
        scaled_images_feature_dims=[8, 8],
        merge_padding_value=1,
        use_fov_model=True,
        image_model_config=part,
        patch_model_config=part,
        fov_model_config=part,
    )
    settings = {
        "do_resize": True,
        "size": {"height": 64, "width": 64},
        "resample": 2,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
    }
    _saved(folder, lambda: DepthProForDepthEstimation(config), settings)


def onnx(folder: Path, predicts: str | None = "inverse-depth", name: str = "model.onnx") -> None:
    """A network of one convolution, which answers with the mean of the three channels."""
    import onnx as format_
    from onnx import TensorProto, helper, numpy_helper

    kernel = np.full((1, 3, 1, 1), 1 / 3, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["pixel_values", "kernel"], ["mean"]),
            helper.make_node("Squeeze", ["mean", "axis"], ["predicted_depth"]),
        ],
        "mean",
        [helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("predicted_depth", TensorProto.FLOAT, ["n", "h", "w"])],
        [
            numpy_helper.from_array(kernel, "kernel"),
            numpy_helper.from_array(np.array([1], np.int64), "axis"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    format_.save(model, folder / name)
    settings = DPT | {"size": {"height": 56, "width": 56}}
    if predicts:
        settings["predicts"] = predicts
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
