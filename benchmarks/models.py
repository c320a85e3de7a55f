"""What depth models cost: seconds of one photo and memory, by model.

    python -m benchmarks.models PHOTO [--models NAME…] [--dtype float32] [--repeats 3]

Every model is built from its published configuration with random weights, saved, loaded by the
engine's own estimator in a process of its own, and asked for the depth of the same photo. What
weights say changes neither time nor memory: time is honest here, and quality is not claimed. The
shipped network is measured in the same way. A line per model:

weights    megabytes on disk
load       seconds until the first photo may come
depth      seconds of one photo, the fastest of the repeats
work       seconds that all cores together worked in that time, the least of the repeats
memory     MiB, the most that the process held
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import watched

#: Of the encoders DINOv2: (width, layers, heads), and what Depth Anything makes of their features:
#: (channels of the four levels, channels of the fused ones).
_ANYTHING: Final = {
    "small": ((384, 12, 6), ([48, 96, 192, 384], 64)),
    "base": ((768, 12, 12), ([96, 192, 384, 768], 128)),
    "large": ((1024, 24, 16), ([256, 512, 1024, 1024], 256)),
}


def _preparation(side: int, multiple: int) -> dict[str, Any]:
    return {
        "do_resize": True,
        "size": {"height": side, "width": side},
        "resample": 3,
        "keep_aspect_ratio": True,
        "ensure_multiple_of": multiple,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [0.485, 0.456, 0.406],
        "image_std": [0.229, 0.224, 0.225],
    }


def _anything(size: str) -> dict[str, Any]:
    """What the configurations of the whole family have in common, in one of its sizes."""
    from transformers import Dinov2Config

    (width, layers, heads), (neck, fused) = _ANYTHING[size]
    quarter = layers // 4
    return {
        "backbone_config": Dinov2Config(
            hidden_size=width,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            image_size=518,
            out_indices=[quarter, 2 * quarter, 3 * quarter, layers],
            apply_layernorm=True,
            reshape_hidden_states=False,
        ),
        "reassemble_hidden_size": width,
        "neck_hidden_sizes": neck,
        "fusion_hidden_size": fused,
    }


def _depth_anything(size: str) -> tuple[Any, dict[str, Any]]:
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation

    config = DepthAnythingConfig(**_anything(size))
    return DepthAnythingForDepthEstimation(config), _preparation(518, 14)


def _dpt_large() -> tuple[Any, dict[str, Any]]:
    from transformers import DPTConfig, DPTForDepthEstimation

    config = DPTConfig(
        hidden_size=1024,
        intermediate_size=4096,
        num_hidden_layers=24,
        num_attention_heads=16,
        backbone_out_indices=[5, 11, 17, 23],
        neck_hidden_sizes=[256, 512, 1024, 1024],
    )
    return DPTForDepthEstimation(config), _preparation(384, 32)


def _glpn() -> tuple[Any, dict[str, Any]]:
    from transformers import GLPNConfig, GLPNForDepthEstimation

    config = GLPNConfig(depths=[3, 8, 27, 3], hidden_sizes=[64, 128, 320, 512])
    return GLPNForDepthEstimation(config), {"size_divisor": 32, "resample": 2, "do_resize": True}


def _zoedepth() -> tuple[Any, dict[str, Any]]:
    from transformers import ZoeDepthConfig, ZoeDepthForDepthEstimation

    settings = _preparation(384, 32) | {"do_pad": True, "resample": 2}
    settings |= {"size": {"height": 384, "width": 512}}
    settings |= {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    return ZoeDepthForDepthEstimation(ZoeDepthConfig()), settings


def _depth_pro() -> tuple[Any, dict[str, Any]]:
    from transformers import DepthProConfig, DepthProForDepthEstimation, Dinov2Config

    part = Dinov2Config(
        hidden_size=1024,
        num_hidden_layers=24,
        num_attention_heads=16,
        image_size=384,
        patch_size=16,
        use_mask_token=False,
    )
    settings = {
        "do_resize": True,
        "size": {"height": 1536, "width": 1536},
        "resample": 2,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5] * 3,
        "image_std": [0.5] * 3,
    }
    config = DepthProConfig(
        image_model_config=part, patch_model_config=part, fov_model_config=part, use_fov_model=True
    )
    return DepthProForDepthEstimation(config), settings


def _prompt_depth_anything(size: str) -> tuple[Any, dict[str, Any]]:
    from transformers import PromptDepthAnythingConfig, PromptDepthAnythingForDepthEstimation

    config = PromptDepthAnythingConfig(**_anything(size), depth_estimation_type="metric")
    settings = _preparation(756, 14)
    settings |= {"image_processor_type": "PromptDepthAnythingImageProcessor"}
    return PromptDepthAnythingForDepthEstimation(config), settings


def _tipsv2() -> tuple[Any, dict[str, Any]]:
    from transformers import Tipsv2DptConfig, Tipsv2DptForDepthEstimation

    settings = {
        "do_resize": True,
        "size": {"height": 448, "width": 448},
        "resample": 2,
        "do_rescale": True,
        "do_normalize": False,
    }
    return Tipsv2DptForDepthEstimation(Tipsv2DptConfig()), settings


MODELS: Final[dict[str, Callable[[], tuple[Any, dict[str, Any]]]]] = {
    "Depth Anything V2 Small": lambda: _depth_anything("small"),
    "Depth Anything V2 Base": lambda: _depth_anything("base"),
    "Depth Anything V2 Large": lambda: _depth_anything("large"),
    "DPT-Large (MiDaS 3)": _dpt_large,
    "GLPN": _glpn,
    "Prompt Depth Anything Small": lambda: _prompt_depth_anything("small"),
    "Prompt Depth Anything Large": lambda: _prompt_depth_anything("large"),
    "TIPSv2 B/14": _tipsv2,
    "ZoeDepth": _zoedepth,
    "Depth Pro": _depth_pro,
}


def save(name: str, folder: Path) -> None:
    """A model of random weights and the published size, as its makers share theirs."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    network, preparation = MODELS[name]()
    network.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(preparation))


def measure(photo: Path, estimator: str, repeats: int) -> dict[str, float]:
    """Load and run an estimator in this process: `load`, `depth`, `work` (seconds) and
    `memory` (MiB).
    """
    import torch

    from amena.engine.depth import build_estimator
    from amena.engine.photo import decode

    picture = decode.load(photo, 960)
    began = time.perf_counter()
    built = build_estimator(estimator, torch.device("cpu"))
    loaded = time.perf_counter()
    seconds, work = [], []
    for _ in range(repeats):
        start, before = time.perf_counter(), time.process_time()
        built.estimate(picture)
        seconds.append(time.perf_counter() - start)
        work.append(time.process_time() - before)
    return {
        "load": round(loaded - began, 2),
        "depth": round(min(seconds), 2),
        "work": round(min(work), 2),
        "memory": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def of_one(photo: Path, estimator: str, repeats: int) -> dict[str, float]:
    """`measure` in a process of its own, so that nobody else's memory counts."""
    code = (
        "import json, sys, benchmarks.models as m; from pathlib import Path; "
        "print(json.dumps(m.measure(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))"
    )
    command = [sys.executable, "-c", code, str(photo), estimator, str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a line per model as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--models", nargs="+", choices=[*MODELS], default=[*MODELS])
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with watched(), tempfile.TemporaryDirectory(prefix="amena-models-") as folder:
        print(json.dumps({"model": "compact", **of_one(asked.photo, "compact", asked.repeats)}))
        for number, name in enumerate(asked.models):
            where = Path(folder, str(number))
            save(name, where)
            weights = round((where / "model.safetensors").stat().st_size / 1e6)
            estimator = f"huggingface:{where}?dtype={asked.dtype}"
            found = of_one(asked.photo, estimator, asked.repeats)
            print(json.dumps({"model": name, "weights": weights, **found}), flush=True)


if __name__ == "__main__":
    main()
