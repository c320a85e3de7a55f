"""The Dockerfiles: linted, without root, and each with just what its process needs."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from infra import ROOT

DOCKER = ROOT / "docker"
DOCKERFILES = sorted(DOCKER.glob("*.Dockerfile"))
HADOLINT = Path(sys.executable).with_name("hadolint")

each_dockerfile = pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda p: p.name)


def hadolint(text: str) -> list[str]:
    """Codes of the rules that a Dockerfile breaks."""
    run = subprocess.run(
        [str(HADOLINT), "--format", "json", "-"], input=text, text=True, capture_output=True
    )
    return [fault["code"] for fault in json.loads(run.stdout)]


@each_dockerfile
def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    assert hadolint(dockerfile.read_text("utf-8")) == []


def test_hadolint_would_find_something() -> None:
    assert "DL3007" in hadolint("FROM debian:latest\n")


@each_dockerfile
def test_the_process_is_not_root(dockerfile: Path) -> None:
    last = dockerfile.read_text("utf-8").rpartition("\nFROM ")[2]
    assert "\nUSER 10001:10001\n" in last
    assert "HEALTHCHECK" in last


@each_dockerfile
def test_base_images_are_pinned_and_alike(dockerfile: Path) -> None:
    text = dockerfile.read_text("utf-8")
    names = set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - {"base-${VARIANT}"}
    stages = re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE)
    assert names - set(stages) == {"python:3.11.14-slim-bookworm"}


@each_dockerfile
def test_everything_that_is_copied_exists_and_is_not_ignored(dockerfile: Path) -> None:
    allowed = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    ]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile.read_text("utf-8"), re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert any(source == item or source.startswith(item + "/") for item in allowed), source


def packages(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")
    return set(re.findall(r"^([\w-]+)==", text, re.MULTILINE))


def test_the_web_image_carries_no_engine() -> None:
    heavy = {"torch", "opencv-python-headless", "vispy", "transformers"}
    assert not heavy & packages("web")
    assert "requirements/engine.txt" not in (DOCKER / "web.Dockerfile").read_text("utf-8")
    assert heavy - {"torch", "transformers"} <= packages("engine")


def test_images_install_the_torch_that_is_locked() -> None:
    pin = re.search(r'"torch==([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    assert pin
    assert f"torch=={pin[1]}" in (DOCKER / "install.sh").read_text("utf-8")
    cuda = (ROOT / "requirements" / "cuda.txt").read_text("utf-8")
    assert f"torch=={pin[1]} \\\n    --hash=sha256:" in cuda


def test_what_torch_needs_beside_cuda_is_the_engine_s() -> None:
    """cuda.txt names torch and NVIDIA's libraries alone: nothing comes in two versions."""
    assert packages("cuda") - {"torch"}
    assert all(name == "torch" or name.startswith("nvidia-") for name in packages("cuda"))
    assert {"jinja2", "networkx", "sympy", "filelock", "fsspec"} <= packages("engine")


def test_users_are_the_charts() -> None:
    helpers = (ROOT / "helm" / "amena" / "templates" / "_helpers.tpl").read_text("utf-8")
    assert "runAsUser: 10001" in helpers
    for dockerfile in DOCKERFILES:
        assert "useradd --uid 10001" in dockerfile.read_text("utf-8")


def test_the_loader_of_nvidias_egl_is_well_formed() -> None:
    vendor = json.loads((DOCKER / "10_nvidia.json").read_text("utf-8"))
    assert vendor["ICD"]["library_path"] == "libEGL_nvidia.so.0"


@pytest.fixture(scope="module")
def missing():
    """`missing` of docker/linked.py."""
    spec = importlib.util.spec_from_file_location("linked", DOCKER / "linked.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.missing


def test_a_library_that_is_taken_out_although_another_links_it_is_named(missing, tmp_path) -> None:
    numpy = Path(np.__file__).parent
    for folder in (numpy, numpy.with_name("numpy.libs")):
        shutil.copytree(folder, tmp_path / folder.name)
    assert missing(tmp_path) == {}

    (blas,) = (tmp_path / "numpy.libs").glob("*openblas*")
    blas.unlink()
    users = missing(tmp_path)[blas.name]
    assert any(user.startswith("numpy/_core/_multiarray_umath") for user in users)


def test_the_worker_s_libraries_are_checked_when_its_image_is_built() -> None:
    script = (DOCKER / "install.sh").read_text("utf-8")
    checked = script.index('docker/linked.py "$site"')
    assert max(script.rindex(word) for word in ("rm -", "-delete", "strip --")) < checked
    assert "binutils" in (DOCKER / "worker.Dockerfile").read_text("utf-8")


def test_the_translations_that_stay_are_those_that_the_site_speaks() -> None:
    settings = (ROOT / "amena" / "base_settings.py").read_text("utf-8")
    line = re.search(r"^LANGUAGES = (.+)$", settings, re.MULTILINE)
    kept = re.findall(r"! -path '\*/locale/(\w+)/\*'", (DOCKER / "install.sh").read_text("utf-8"))
    assert line
    assert sorted(kept) == sorted(re.findall(r'\("(\w+)",', line[1])) != []


def installed(stage: str) -> set[str]:
    """Debian's packages that a stage of the worker's image installs."""
    text = (DOCKER / "worker.Dockerfile").read_text("utf-8").partition(f" AS {stage}\n")[2]
    line = re.search(r"--no-install-recommends([\s\\\w.-]+?)\\?\s+&&", text.partition("\nFROM")[0])
    assert line
    return set(line[1].replace("\\", "").split())


def test_the_worker_has_the_system_libraries_that_a_checkout_gets() -> None:
    script = (ROOT / "scripts" / "bootstrap.sh").read_text("utf-8")
    engine = re.search(r"^  want (libegl1 .+)$", script, re.MULTILINE)
    assert engine
    assert installed("base-cpu") == {*engine[1].split(), "libseccomp2", "tini"}
    # OpenGL is the driver's there; vispy is the same.
    assert {"libegl1", "libfontconfig1", "libseccomp2"} <= installed("base-cuda")


def test_no_software_rasteriser_beside_a_gpu() -> None:
    """It would draw, slowly, where the driver's EGL fails; the engine's own way is quicker."""
    text = (DOCKER / "worker.Dockerfile").read_text("utf-8")
    cuda = text[text.index("AS base-cuda") : text.index("AS build")]
    assert not re.search(r"install.*\b(libgl1|libgl1-mesa-dri|libglx0)\b", cuda)
    assert "VISPY_GL_LIB=libOpenGL.so.0" in cuda
    assert "libopengl0" in cuda
