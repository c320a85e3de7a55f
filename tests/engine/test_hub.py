"""Models fetched from a hub on loopback: whole, checked and pinned, or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from amena.engine.depth import build_estimator
from amena.engine.depth.hub import fetch, main, model_folder
from amena.engine.errors import WeightsError
from amena.engine.estimators import parse_estimator
from amena.engine.types import Photo
from tests.conftest import ROOT
from tests.engine import depth_models, hub_server
from tests.engine.hub_server import REVISION, Hub

pytestmark = pytest.mark.slow

NAME = "someone/tiny-depth"
PINNED = f"huggingface:{NAME}@{REVISION}"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    depth_models.depth_anything(folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    (folder / "training.log").write_text("nobody needs it")
    return folder


@pytest.fixture
def hub(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with hub_server.running() as running:
        running.models[NAME] = model
        monkeypatch.setenv("HF_ENDPOINT", running.address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("DEPTH_MODELS", str(tmp_path / "models"))
        yield running


def kept(tmp_path: Path) -> list[str]:
    """All that is in the folder of models but locks."""
    return sorted(
        each.name for each in (tmp_path / "models").glob("*") if not each.name.endswith(".lock")
    )


def test_a_model_is_fetched_once_and_works_without_the_hub(hub: Hub, tmp_path: Path) -> None:
    photo = Photo(np.random.default_rng(0).integers(0, 255, (70, 84, 3), np.uint8), (84, 70), "PNG")
    estimator = build_estimator(f"huggingface:{NAME}", torch.device("cpu"))
    assert estimator.estimate(photo).source == f"huggingface:{NAME}"
    assert kept(tmp_path) == [f"someone--tiny-depth@{REVISION}"]
    folder = tmp_path / "models" / kept(tmp_path)[0]
    assert sorted(each.name for each in folder.iterdir()) == [
        "README.md",
        "SHA256SUMS",
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
    ]
    asked = len(hub.asked)
    for name in (f"huggingface:{NAME}", PINNED):
        assert model_folder(parse_estimator(name)) == folder
    assert len(hub.asked) == asked


def unknown(hub: Hub) -> None:
    hub.models.clear()


def gated(hub: Hub) -> None:
    hub.gated.add(NAME)


def changed_weights(hub: Hub) -> None:
    hub.changed.add("model.safetensors")


def changed_configuration(hub: Hub) -> None:
    hub.changed.add("config.json")


def half_a_download(hub: Hub) -> None:
    hub.cut.add("model.safetensors")


def no_room(hub: Hub) -> None:
    hub.large = 10**15


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (unknown, "has no depth model"),
        (gated, "accepted its terms"),
        (changed_weights, "another hash"),
        (changed_configuration, "another hash"),
        (half_a_download, "cannot be fetched"),
        (no_room, "No room"),
    ],
)
def test_what_cannot_be_had_whole_is_one_clear_error_and_leaves_nothing(
    hub: Hub,
    fault: Callable[[Hub], None],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)  # between its tries
    fault(hub)
    with pytest.raises(WeightsError, match=reason) as raised:
        fetch(parse_estimator(PINNED))
    assert "\n" not in raised.value.message
    assert kept(tmp_path) == []


def test_a_revision_that_is_not_there(hub: Hub) -> None:
    with pytest.raises(WeightsError, match="no such revision"):
        fetch(parse_estimator(f"huggingface:{NAME}@{'f' * 40}"))


@pytest.mark.parametrize(
    ("licence", "named"), [("cc-by-nc-4.0", "cc-by-nc-4.0"), (None, "unknown")]
)
def test_a_licence_that_is_not_free_must_be_accepted_by_name(
    hub: Hub, licence: str | None, named: str, model: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for file in ("config.json", "preprocessor_config.json", "model.safetensors"):
        (other / file).write_bytes((model / file).read_bytes())
    if licence:
        (other / "README.md").write_text(f"---\nlicense: {licence}\n---\n")
    hub.models[NAME] = other
    with pytest.raises(WeightsError, match=f"“{named}”"):
        fetch(parse_estimator(PINNED))
    assert kept(tmp_path) == []
    assert fetch(parse_estimator(f"{PINNED}?licence={named}")).is_dir()


def test_a_hub_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("DEPTH_MODELS", str(tmp_path / "models"))
    with pytest.raises(WeightsError, match="cannot be fetched"):
        fetch(parse_estimator(PINNED))


def test_weights_that_were_changed_later_are_not_loaded(hub: Hub, tmp_path: Path) -> None:
    weights = fetch(parse_estimator(PINNED)) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(WeightsError, match="another hash"):
        build_estimator(PINNED, torch.device("cpu"))


def test_the_command_that_images_and_make_run_use(hub: Hub, tmp_path: Path) -> None:
    def run(name: str, *more: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "amena.engine.depth.hub", name, *more]
        env = os.environ | variables
        return subprocess.run(command, capture_output=True, text=True, env=env)

    into = tmp_path / "baked" / "model"
    done = run(PINNED, "--pinned", "--into", str(into))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{into}\n", "")
    assert (into / "SHA256SUMS").is_file()
    done = run(f"huggingface:{into}", HF_HUB_OFFLINE="1")
    assert (done.returncode, done.stderr) == (0, "")
    done = run("huggingface:someone/else", HF_HUB_OFFLINE="1")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "HF_HUB_OFFLINE" in done.stderr


def test_a_baked_model_must_be_pinned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"huggingface:{NAME}", "--pinned"]) == 1
    assert "40 digits of a commit" in capsys.readouterr().err
    assert main([f"huggingface:{NAME}@main"]) == 1
    assert "is no revision" in capsys.readouterr().err


def test_an_image_is_built_with_a_pinned_model_and_runs_without_a_hub(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The step of docker/worker.Dockerfile, with this Python in the image's place."""
    baked = tmp_path / "models"

    def build(*name: str) -> subprocess.CompletedProcess[str]:
        command = [ROOT / "docker" / "model.sh", sys.executable, baked, *name]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    assert build("").returncode == 0  # without a model the folder is empty
    assert list(baked.iterdir()) == []
    unpinned = build(f"huggingface:{NAME}")
    assert (unpinned.returncode, unpinned.stderr.count("\n")) == (1, 1)
    assert "Pin the model" in unpinned.stderr
    built = build(PINNED)
    assert (built.returncode, built.stderr) == (0, "")
    assert [each.name for each in baked.iterdir()] == [f"someone--tiny-depth@{REVISION}"]

    hub.models.clear()
    asked = len(hub.asked)
    monkeypatch.setenv("DEPTH_MODELS", str(baked))
    assert build_estimator(PINNED, torch.device("cpu")).name == f"huggingface:{NAME}"
    assert len(hub.asked) == asked
