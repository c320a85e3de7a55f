from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from amena.engine.depth import build_estimator
from amena.engine.depth.huggingface import HuggingFaceDepth, Preparation
from amena.engine.errors import WeightsError
from amena.engine.types import Photo
from tests.engine import samples

pytestmark = pytest.mark.slow

DPT_SETTINGS = {
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


def save_depth_anything(folder: Path, **changes: object) -> None:
    """A Depth Anything of random weights and a few thousand parameters."""
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config

    torch.manual_seed(0)
    backbone = Dinov2Config(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        image_size=70,
        out_indices=[1, 2, 3, 4],
        apply_layernorm=True,
        reshape_hidden_states=False,
    )
    config = DepthAnythingConfig(
        backbone_config=backbone,
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
        head_hidden_size=4,
        **changes,
    )
    DepthAnythingForDepthEstimation(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(DPT_SETTINGS))


def save_dpt(folder: Path) -> None:
    from transformers import DPTConfig, DPTForDepthEstimation

    torch.manual_seed(0)
    config = DPTConfig(
        hidden_size=16,
        num_hidden_layers=4,
        num_attention_heads=2,
        intermediate_size=32,
        backbone_out_indices=[0, 1, 2, 3],
        image_size=64,
        patch_size=16,
        neck_hidden_sizes=[8, 8, 8, 8],
        fusion_hidden_size=8,
    )
    DPTForDepthEstimation(config).save_pretrained(folder)
    settings = DPT_SETTINGS | {"size": 64, "ensure_multiple_of": 16, "keep_aspect_ratio": False}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))


@pytest.fixture(scope="module")
def photo() -> Photo:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), np.uint8))
    rgb = np.array(coarse.resize((160, 120), Image.Resampling.BICUBIC))
    return Photo(rgb, (160, 120), "JPEG")


def predicted(folder: Path, photo: Photo) -> np.ndarray:
    """What the library's model says when it is called by hand on the prepared picture."""
    from transformers import AutoModelForDepthEstimation

    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    pixels = Preparation.read(settings).apply(photo.rgb)
    with torch.inference_mode():
        depth = model(pixel_values=torch.from_numpy(pixels)[None]).predicted_depth
        size = photo.rgb.shape[:2]
        return torch.nn.functional.interpolate(depth[None], size=size, mode="bicubic")[0, 0].numpy()


@pytest.mark.parametrize("save", [save_depth_anything, save_dpt])
def test_disparity_follows_the_model_and_fills_the_range(
    save: Callable[[Path], None], photo: Photo, tmp_path: Path
) -> None:
    save(tmp_path)
    estimator = build_estimator(f"huggingface:{tmp_path}", torch.device("cpu"))
    disparity = estimator.estimate(photo)
    assert disparity.source == estimator.name == "huggingface"
    assert (disparity.values.dtype, disparity.values.shape) == (np.float32, (120, 160))
    assert (disparity.values.min(), disparity.values.max()) == (0, 1)
    assert np.corrcoef(disparity.values.ravel(), predicted(tmp_path, photo).ravel())[0, 1] > 0.99


def test_metric_models_are_inverted(photo: Photo, tmp_path: Path) -> None:
    save_depth_anything(tmp_path, depth_estimation_type="metric", max_depth=20)
    values = HuggingFaceDepth(str(tmp_path), torch.device("cpu")).estimate(photo).values
    distance = predicted(tmp_path, photo)
    assert np.corrcoef(values.ravel(), (1 / distance).ravel())[0, 1] > 0.99
    assert np.corrcoef(values.ravel(), distance.ravel())[0, 1] < 0


@pytest.mark.parametrize(
    ("size", "expected"),
    [((480, 640), (518, 686)), ((640, 480), (686, 518)), ((720, 960), (518, 686))],
)
def test_input_size_is_that_of_the_library(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    """Depth Anything's settings; the expected sizes are those of the library's own processor."""
    settings = DPT_SETTINGS | {"size": {"height": 518, "width": 518}}
    assert Preparation.read(settings).target(*size) == expected


def test_input_is_normalised_as_the_settings_say() -> None:
    rgb = np.full((28, 28, 3), (255, 0, 51), np.uint8)
    settings = DPT_SETTINGS | {"do_resize": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    values = Preparation.read(settings).apply(rgb)
    assert (values.shape, values.dtype) == ((3, 28, 28), np.float32)
    np.testing.assert_allclose(values[:, 5, 5], (1, -1, -0.6), atol=1e-6)


def test_settings_without_normalisation_scale_only() -> None:
    """GLPN's settings."""
    preparation = Preparation.read({"do_resize": True, "size_divisor": 32, "do_rescale": True})
    assert preparation.target(120, 161) == (128, 160)
    assert preparation.apply(np.full((32, 32, 3), 255, np.uint8)).max() == 1


def save_nothing(folder: Path) -> None:
    pass


def save_something_else(folder: Path) -> None:
    """A folder of a model that knows no depth."""
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=32)
    ViTModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(DPT_SETTINGS))


def save_cut_weights(folder: Path) -> None:
    save_depth_anything(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(samples.truncated(weights.read_bytes()))


def save_odd_settings(folder: Path) -> None:
    save_depth_anything(folder)
    (folder / "preprocessor_config.json").write_text('{"size": {"shortest_edge": 384}}')


@pytest.mark.parametrize(
    "save", [save_nothing, save_something_else, save_cut_weights, save_odd_settings]
)
def test_folder_without_a_usable_depth_model_is_one_clear_error(
    save: Callable[[Path], None], tmp_path: Path
) -> None:
    save(tmp_path)
    with pytest.raises(WeightsError, match="must be a folder or an id") as raised:
        HuggingFaceDepth(str(tmp_path), torch.device("cpu"))
    assert "\n" not in raised.value.message


def test_hub_that_cannot_be_reached_is_one_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = (
        "import sys, torch\n"
        "from amena.engine.depth.huggingface import HuggingFaceDepth\n"
        "from amena.engine.errors import WeightsError\n"
        "try:\n"
        "    HuggingFaceDepth('', torch.device('cpu'))\n"
        "except WeightsError as error:\n"
        "    sys.exit(0 if 'Depth-Anything-V2-Small-hf' in error.message else 1)\n"
        "sys.exit(2)\n"
    )
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # else the library tries again for half a minute
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0


@pytest.mark.parametrize(
    ("absent", "outcome"),
    [
        (("torchvision", "timm"), "fine"),
        (("transformers",), "huggingface_missing"),
    ],
)
def test_only_transformers_is_needed(absent: tuple[str, ...], outcome: str, tmp_path: Path) -> None:
    save_depth_anything(tmp_path)
    script = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({absent}))\n"
        "import numpy as np, torch\n"
        "from amena.engine.depth.huggingface import HuggingFaceDepth\n"
        "from amena.engine.errors import EngineError\n"
        "from amena.engine.types import Photo\n"
        "try:\n"
        f"    estimator = HuggingFaceDepth({str(tmp_path)!r}, torch.device('cpu'))\n"
        "    estimator.estimate(Photo(np.zeros((70, 84, 3), np.uint8), (84, 70), 'PNG'))\n"
        "    print('fine')\n"
        "except EngineError as error:\n"
        "    print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == outcome, done.stderr
