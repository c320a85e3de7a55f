"""docs/deploy.md names what is there: files, outputs, variables, and the sizes that it promises."""

from __future__ import annotations

import re

from configuration import TERRAFORM, configuration
from infra import ROOT

GUIDE = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def test_files_of_the_guide_exist() -> None:
    named = set(re.findall(r"(?:helm|docker|terraform|scripts)/[\w./-]*\w", GUIDE))
    assert len(named) > 15
    for name in named - {"terraform/modules/stack"}:
        # What a person writes lies beside its example.
        assert (ROOT / name).exists() or (ROOT / f"{name}.example").exists(), name


def test_outputs_of_the_guide_exist() -> None:
    staging = configuration(TERRAFORM / "envs" / "staging").labelled("output")
    asked = set(re.findall(r"(?<=\boutput )(?:-raw )?(\w+)", GUIDE))
    assert asked == {"helm_values", "repositories"} <= staging.keys()
    assert configuration(TERRAFORM / "bootstrap").labelled("output").keys() == {
        "roles",
        "state_bucket",
    }


def test_a_person_is_asked_for_every_variable_without_a_default() -> None:
    for environment in ("staging", "prod"):
        folder = TERRAFORM / "envs" / environment
        example = (folder / "terraform.tfvars.example").read_text("utf-8")
        given = set(re.findall(r"^(\w+) *=", example, re.MULTILINE))
        variables = configuration(folder).labelled("variable")
        assert given == {name for name, body in variables.items() if "default" not in body}


def test_repository_variables_of_the_guide_are_those_of_the_workflows() -> None:
    files = (ROOT / ".github" / "workflows").glob("*.yml")
    used = set(re.findall(r"vars\.(\w+)", "".join(file.read_text("utf-8") for file in files)))
    assert used
    for name in used:
        assert f"`{name}`" in GUIDE, name


def test_the_secret_that_a_person_fills_comes_before_the_pods_that_wait_for_it() -> None:
    assert GUIDE.index("amena-staging/google") < GUIDE.index("helm upgrade --install")
