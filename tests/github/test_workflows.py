"""The workflows are well formed, safe, and run what a developer runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from infra import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
TOOLS = Path(sys.executable).parent

each_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda p: p.name)


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return loaded


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in load(workflow)["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.dependabot", [GITHUB / "dependabot.yml"])],
)
def test_files_meet_githubs_schemas(schema: str, files: list[Path]) -> None:
    assert files
    command = [TOOLS / "check-jsonschema", "--builtin-schema", schema, *files]
    subprocess.run([str(word) for word in command], check=True)


def test_zizmor_finds_no_hole() -> None:
    run = subprocess.run(
        [str(TOOLS / "zizmor"), "--offline", "--no-progress", str(GITHUB)],
        text=True,
        capture_output=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@each_workflow
def test_actions_are_pinned_to_a_commit(workflow: Path) -> None:
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])


def test_an_action_has_one_version_everywhere() -> None:
    used = {step["uses"] for workflow in WORKFLOWS for step in steps(workflow) if "uses" in step}
    assert len(used) == len({name.partition("@")[0] for name in used})


@each_workflow
def test_jobs_are_bounded_and_get_no_more_rights_than_they_name(workflow: Path) -> None:
    content = load(workflow)
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert job["timeout-minutes"] <= 60
        assert job["permissions"].keys() <= {"contents", "id-token"}


def test_ci_runs_what_a_developer_runs() -> None:
    commands = {step["run"] for step in steps(GITHUB / "workflows" / "ci.yml") if "run" in step}
    assert {".ci/run", "make check-infra"} <= commands
    system = load(GITHUB / "workflows" / "ci.yml")["jobs"]["system"]
    assert system["strategy"]["matrix"]["target"] == ["check-images", "check-webkit", "check-bare"]
    assert system["steps"][-1]["run"].endswith('make "$TARGET"')


def test_images_keep_the_budgets_that_the_docs_name() -> None:
    jobs = load(GITHUB / "workflows" / "ci.yml")["jobs"]
    budgets = {
        row["image"]: row["budget"] for row in jobs["images"]["strategy"]["matrix"]["include"]
    }
    assert budgets == {"web": 350, "worker-cpu": 1800, "worker": 4000}


def test_a_release_builds_every_image_that_the_chart_can_name() -> None:
    """A digest outweighs a tag, so each build notes its own, under the process it is for."""
    rows = load(GITHUB / "workflows" / "release.yml")["jobs"]["images"]["strategy"]["matrix"]
    built = {(row["file"], row["suffix"]) for row in rows["include"]}
    laid_over = load(ROOT / "helm" / "amena" / "values-cpu-workers.yaml")
    suffix = re.sub(r"^[\d.]+", "", laid_over["images"]["worker"]["tag"])
    assert built == {("web", ""), ("worker", ""), ("worker", suffix)}
    assert len({row["image"] for row in rows["include"]}) == len(built)


def test_plans_come_from_a_role_that_can_only_read() -> None:
    text = (GITHUB / "workflows" / "terraform.yml").read_text("utf-8")
    assert "vars.AWS_PLAN_ROLE" in text
    assert "AWS_DEPLOY_ROLE" not in text
    assert "terraform apply" not in text
