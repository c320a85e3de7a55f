from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from amena.engine.depth import build_estimator
from amena.engine.depth.predictions import Predicts, to_disparity
from amena.engine.depth.preparation import Preparation
from amena.engine.errors import EngineError, WeightsError
from amena.engine.types import Disparity, Photo
from tests.engine import depth_models, samples

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
Save = Callable[[Path], None]


@pytest.fixture(scope="module")
def photo() -> Photo:
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 255, (6, 8, 3), np.uint8))
    rgb = np.array(coarse.resize((160, 120), Image.Resampling.BICUBIC))
    return Photo(rgb, (160, 120), "JPEG")


def predicted(folder: Path, photo: Photo) -> tuple[np.ndarray, float | None]:
    """What the library's model says when it is called by hand on the prepared picture."""
    from transformers import AutoModelForDepthEstimation

    model = AutoModelForDepthEstimation.from_pretrained(folder).eval()
    settings = json.loads((folder / "preprocessor_config.json").read_text())
    preparation = Preparation.read(settings, model.config.model_type)
    pixels = torch.from_numpy(preparation.apply(photo.rgb))[None]
    with torch.inference_mode():
        answer = model(pixel_values=pixels)
    angle = getattr(answer, "field_of_view", None)
    map_ = preparation.restore(answer.predicted_depth[0], photo.rgb.shape[:2])
    return map_, None if angle is None else float(angle)


@pytest.mark.parametrize("save", [depth_models.depth_anything, depth_models.dpt])
def test_relative_families_fill_the_range_and_know_no_metres(
    save: Save, photo: Photo, tmp_path: Path
) -> None:
    folder = tmp_path / "tiny"
    save(folder)
    disparity = build_estimator(f"huggingface:{folder}", CPU).estimate(photo)
    assert disparity.source == "huggingface:tiny"
    assert (disparity.values.dtype, disparity.values.shape) == (np.float32, (120, 160))
    assert (disparity.values.min(), disparity.values.max()) == (0, 1)
    assert np.corrcoef(disparity.values.ravel(), predicted(folder, photo)[0].ravel())[0, 1] > 0.99
    assert disparity.metres is None


@pytest.mark.parametrize(
    "save",
    [
        depth_models.metric_depth_anything,
        depth_models.dpt_of_dinov2,
        depth_models.zoedepth,
        depth_models.glpn,
    ],
)
def test_metric_families_give_true_distances(save: Save, photo: Photo, tmp_path: Path) -> None:
    save(tmp_path)
    disparity = build_estimator(f"huggingface:{tmp_path}", CPU).estimate(photo)
    distance = np.maximum(predicted(tmp_path, photo)[0], 0.01)
    assert disparity.metres is not None
    near, far = disparity.metres
    z = 1 / (1 / far + (1 / near - 1 / far) * disparity.values)
    inside = (disparity.values > 0) & (disparity.values < 1)
    np.testing.assert_allclose(z[inside], distance[inside], rtol=1e-3)


def test_depth_pro_takes_its_own_field_of_view_into_account(photo: Photo, tmp_path: Path) -> None:
    depth_models.depth_pro(tmp_path)
    disparity = build_estimator(f"huggingface:{tmp_path}", CPU).estimate(photo)
    assert disparity.metres is not None
    canonical, angle = predicted(tmp_path, photo)
    assert angle is not None
    inside = (disparity.values > 0) & (disparity.values < 1)
    assert np.corrcoef(disparity.values[inside], canonical[inside])[0, 1] > 0.99
    # A quarter of a metre away, seen by a lens of 90°: the focal length is half the width.
    flat = np.array([[2.0, 1.0]], np.float32)
    at = to_disparity(flat, Predicts.CANONICAL_INVERSE_DEPTH, "x", field_of_view=90.0)
    assert at.metres == pytest.approx((0.25, 0.5), rel=0.01)


def test_prompt_depth_anything_refines_the_phones_map(photo: Photo, tmp_path: Path) -> None:
    depth_models.prompt_depth_anything(tmp_path)
    estimator = build_estimator(f"huggingface:{tmp_path}", CPU)
    ramp = np.repeat(np.linspace(0, 1, 160, dtype=np.float32)[None], 120, axis=0)
    alone = estimator.estimate(photo)
    prompted = estimator.estimate(replace(photo, embedded=Disparity(ramp, "embedded")))
    assert prompted.source.startswith("huggingface:")
    assert np.abs(prompted.values - alone.values).max() > 0.1
    assert prompted.metres is None  # the phone's map has no scale


def test_affine_depth_gets_as_deep_as_the_scene() -> None:
    depth = np.array([[10.0, 15.0, 20.0]], np.float32)
    disparity = to_disparity(depth, Predicts.AFFINE_DEPTH, "x")
    np.testing.assert_allclose(disparity.values, [[1, (1 / 3 - 0.2) / 0.8, 0]], atol=0.01)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((480, 640), (518, 686)), ((640, 480), (686, 518)), ((720, 960), (518, 686))],
)
def test_input_size_is_that_of_the_library(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    """Depth Anything's settings; the expected sizes are those of the library's own processor."""
    settings = depth_models.DPT | {"size": {"height": 518, "width": 518}}
    assert Preparation.read(settings).target(*size) == expected


def test_glpn_rounds_down_and_scales_only() -> None:
    preparation = Preparation.read({"do_resize": True, "size_divisor": 32}, "glpn")
    assert preparation.target(127, 161) == (96, 160)
    assert preparation.apply(np.full((32, 32, 3), 255, np.uint8)).max() == 1


def test_zoedepth_mirrors_the_rim_before_it_resizes() -> None:
    preparation = Preparation.read({}, "zoedepth")
    assert preparation.apply(np.zeros((480, 640, 3), np.uint8)).shape == (3, 384, 512)
    stripes = np.zeros((96, 128, 3), np.uint8)
    stripes[:, :10] = 255
    pixels = preparation.apply(stripes)
    # 24 columns of the mirrored picture come before the first one of its own.
    first = pixels[0, pixels.shape[1] // 2] > 0
    assert first.argmax() == pytest.approx(15 * pixels.shape[2] / 176, abs=2)


@pytest.mark.parametrize(
    "family", ["depth_anything", "zoedepth", "depth_pro", "glpn", "tipsv2_dpt"]
)
def test_a_map_lies_where_the_picture_does(family: str, photo: Photo) -> None:
    """What a network answers with its own input comes back at the same place."""
    preparation = Preparation.read(depth_models.DPT if family == "depth_anything" else {}, family)
    seen = preparation.apply(photo.rgb).mean(axis=0)
    back = preparation.restore(torch.from_numpy(seen), photo.rgb.shape[:2])
    grey = photo.rgb.mean(axis=2)
    here = np.corrcoef(back.ravel(), grey.ravel())[0, 1]
    assert here > 0.99
    for axis in (0, 1):
        aside = np.corrcoef(np.roll(back, 4, axis).ravel(), grey.ravel())[0, 1]
        assert aside < here - 0.02


def test_input_is_normalised_as_the_settings_say() -> None:
    rgb = np.full((28, 28, 3), (255, 0, 51), np.uint8)
    changes = {"do_resize": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    values = Preparation.read(depth_models.DPT | changes).apply(rgb)
    assert (values.shape, values.dtype) == ((3, 28, 28), np.float32)
    np.testing.assert_allclose(values[:, 5, 5], (1, -1, -0.6), atol=1e-6)


def test_size_and_dtype_may_be_set(photo: Photo, tmp_path: Path) -> None:
    depth_models.depth_anything(tmp_path)
    whole = build_estimator(f"huggingface:{tmp_path}?size=140", CPU).estimate(photo)
    half = build_estimator(f"huggingface:{tmp_path}?size=140&dtype=bfloat16", CPU).estimate(photo)
    assert np.abs(whole.values - half.values).mean() < 0.1
    small = build_estimator(f"huggingface:{tmp_path}", CPU).estimate(photo)
    assert np.abs(whole.values - small.values).max() > 0.01


# --- What cannot be used ----------------------------------------------------------------------


def save_nothing(folder: Path) -> None:
    folder.rmdir()


def save_something_else(folder: Path) -> None:
    """A folder of a model that knows no depth."""
    from transformers import ViTConfig, ViTModel

    config = ViTConfig(hidden_size=8, num_hidden_layers=1, num_attention_heads=1, image_size=32)
    ViTModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(depth_models.DPT))


def save_cut_weights(folder: Path) -> None:
    depth_models.depth_anything(folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(samples.truncated(weights.read_bytes()))


def save_weights_of_another_shape(folder: Path) -> None:
    depth_models.depth_anything(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"fusion_hidden_size": 16}))


def save_without_weights(folder: Path) -> None:
    depth_models.depth_anything(folder)
    (folder / "model.safetensors").unlink()


def save_pickled_weights(folder: Path) -> None:
    save_without_weights(folder)
    torch.save({}, folder / "pytorch_model.bin")


def save_without_settings(folder: Path) -> None:
    depth_models.depth_anything(folder)
    (folder / "preprocessor_config.json").unlink()


def save_odd_settings(folder: Path) -> None:
    depth_models.depth_anything(folder)
    (folder / "preprocessor_config.json").write_text('{"size": {"shortest_edge": 384}}')


def save_code(folder: Path) -> None:
    depth_models.depth_anything(folder)
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForDepthEstimation": "modeling.Depth"}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "modeling.py").write_text("raise SystemExit('it ran')\n")


def save_for_research_alone(folder: Path) -> None:
    depth_models.depth_anything(folder)
    (folder / "README.md").write_text("---\nlicense: cc-by-nc-4.0\n---\nBase and Large.\n")


def save_changed(folder: Path) -> None:
    depth_models.depth_anything(folder)
    (folder / "SHA256SUMS").write_text(f"{'0' * 64}  model.safetensors\n")


@pytest.mark.parametrize(
    ("save", "reason"),
    [
        (save_nothing, "is no folder"),
        (save_something_else, "of the family “vit”"),
        (save_cut_weights, "cannot be loaded"),
        (save_weights_of_another_shape, "cannot be loaded"),
        (save_without_weights, "model.safetensors is missing"),
        (save_pickled_weights, "model.safetensors is missing"),
        (save_without_settings, "preprocessor_config.json is missing"),
        (save_odd_settings, "in a way that is not known"),
        (save_code, "needs code"),
        (save_for_research_alone, "“cc-by-nc-4.0”"),
        (save_changed, "another hash"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_clear_error(
    save: Save, reason: str, tmp_path: Path
) -> None:
    save(tmp_path)
    with pytest.raises(WeightsError, match=reason) as raised:
        build_estimator(f"huggingface:{tmp_path}", CPU)
    assert "\n" not in raised.value.message


def test_a_licence_may_be_accepted(photo: Photo, tmp_path: Path) -> None:
    save_for_research_alone(tmp_path)
    estimator = build_estimator(f"huggingface:{tmp_path}?licence=CC-BY-NC-4.0", CPU)
    assert math.isfinite(estimator.estimate(photo).values.sum())


def test_only_transformers_is_needed(tmp_path: Path) -> None:
    depth_models.depth_anything(tmp_path)
    script = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(('torchvision', 'timm', 'onnxruntime')))\n"
        "import numpy as np, torch\n"
        "from amena.engine.depth import build_estimator\n"
        "from amena.engine.types import Photo\n"
        f"estimator = build_estimator('huggingface:{tmp_path}', torch.device('cpu'))\n"
        "estimator.estimate(Photo(np.zeros((70, 84, 3), np.uint8), (84, 70), 'PNG'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("kind", "package", "save"),
    [
        ("huggingface", "transformers", depth_models.depth_anything),
        ("onnx", "onnxruntime", depth_models.onnx),
    ],
)
def test_without_its_package_a_model_is_one_clear_error(
    kind: str,
    package: str,
    save: Callable[[Path], object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save(tmp_path)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(EngineError) as raised:
        build_estimator(f"{kind}:{tmp_path}", CPU)
    assert raised.value.code == f"{kind}_missing"


# --- ONNX -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model.onnx", "onnx/model.onnx"])
def test_onnx_models_are_run(name: str, photo: Photo, tmp_path: Path) -> None:
    depth_models.onnx(tmp_path, name=name)
    disparity = build_estimator(f"onnx:{tmp_path}", CPU).estimate(photo)
    grey = (photo.rgb / 255 / depth_models.DPT["image_std"]).mean(axis=2)
    assert disparity.source == f"onnx:{tmp_path.name}"
    assert np.corrcoef(disparity.values.ravel(), grey.ravel())[0, 1] > 0.98


def test_onnx_models_say_what_they_predict(photo: Photo, tmp_path: Path) -> None:
    depth_models.onnx(tmp_path, predicts="metres", name="quantised.onnx")
    with pytest.raises(WeightsError, match=r"model\.onnx is missing"):
        build_estimator(f"onnx:{tmp_path}", CPU)
    disparity = build_estimator(f"onnx:{tmp_path}?file=quantised.onnx", CPU).estimate(photo)
    assert disparity.metres is not None
    depth_models.onnx(tmp_path, predicts=None)
    with pytest.raises(WeightsError, match="does not say what it predicts"):
        build_estimator(f"onnx:{tmp_path}", CPU)
    depth_models.onnx(tmp_path, predicts="warmth")
    with pytest.raises(WeightsError, match="“warmth”"):
        build_estimator(f"onnx:{tmp_path}", CPU)


def test_a_damaged_onnx_model_is_one_clear_error(tmp_path: Path) -> None:
    depth_models.onnx(tmp_path)
    (tmp_path / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be loaded") as raised:
        build_estimator(f"onnx:{tmp_path}", CPU)
    assert "\n" not in raised.value.message
