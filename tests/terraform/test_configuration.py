"""Arguments, attributes and references exist: what `terraform validate` says, without providers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from configuration import (
    TERRAFORM,
    Configuration,
    configuration,
    configurations,
    folders,
    provider_schema,
)
from infra import ROOT

#: Arguments that Terraform itself gives to every resource.
META = {"count", "for_each", "provider", "provisioner", "depends_on", "lifecycle"}
#: module.name.output, var.name, local.name, data.kind.name.attribute, kind.name.attribute
REFERENCE = re.compile(
    r"(?<![\w.\"/-])(?:(?P<scope>var|local|module|data|ephemeral)\.)?"
    r"(?P<first>[a-z][a-z0-9_]*)(?:(?:\[[^\]]*\])?\.(?P<second>[a-z_][a-z0-9_]*))?"
    r"(?:\[[^\]]*\])?(?:\.(?P<third>[a-z_][a-z0-9_]*))?"
)

each_folder = pytest.mark.parametrize("folder", folders(), ids=lambda f: str(f.relative_to(ROOT)))


def faults_of_body(body: dict[str, Any], arguments: dict[str, Any], where: str) -> Iterator[str]:
    """Unknown and missing arguments of a resource or of a block in it, at any depth."""
    given: dict[str, list[Any]] = {name: [value] for name, value in body.items()}
    for dynamic in given.pop("dynamic", [[]])[0]:
        for name, block in dynamic.items():
            given.setdefault(name, []).append(block["content"])
    for name, values in given.items():
        if name not in arguments:
            yield f"{where} has no argument {name}"
            continue
        for value in values:
            for block in value if isinstance(value, list) else [value]:
                if "block" in arguments[name] and isinstance(block, dict):
                    yield from faults_of_body(block, arguments[name]["block"], f"{where}.{name}")
    for name, argument in arguments.items():
        if argument["required"] and name not in given:
            yield f"{where} needs {name}"


def argument_faults(conf: Configuration) -> list[str]:
    found = []
    for mode, kind, name, body in conf.resources():
        known = provider_schema()[mode].get(kind)
        if known is None:
            found.append(f"{kind} is not in provider-schema.json; run extract_schema.py")
            continue
        own = {key: value for key, value in body.items() if key not in META}
        found += faults_of_body(own, known["arguments"], f"{kind}.{name}")
    return found


def expressions(value: Any) -> Iterator[str]:
    """All texts of a body that may refer to something, without plain strings."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from expressions(key)
            yield from expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from expressions(item)
    elif isinstance(value, str):
        whole = value[2:-1] if value.startswith("${") and value.endswith("}") else None
        if whole is None:
            yield from re.findall(r"(?<!\$)\$\{([^}]*)\}", value)
            return
        # Of the strings inside an expression only their own insertions count.
        yield re.sub(
            r'"(?:[^"\\]|\\.)*"', lambda m: " ".join(re.findall(r"\$\{([^}]*)\}", m[0])), whole
        )


def outputs_of(conf: Configuration, module: str) -> dict[str, Any]:
    return configuration(
        (conf.path / conf.labelled("module")[module]["source"]).resolve()
    ).labelled("output")


def reference_faults(conf: Configuration) -> list[str]:
    resources = {(mode, kind, name) for mode, kind, name, _ in conf.resources()}
    kinds = {(mode, kind) for mode, kind, _ in resources}
    declared = {"var": conf.labelled("variable"), "local": conf.locals()}
    found = []
    for text in expressions(conf.body):
        for match in REFERENCE.finditer(text):
            scope, first, second, third = match.group("scope", "first", "second", "third")
            if scope in declared:
                if first not in declared[scope]:
                    found.append(f"{scope}.{first} is not declared")
            elif scope == "module":
                if first not in conf.labelled("module"):
                    found.append(f"module.{first} is not declared")
                elif second and second not in outputs_of(conf, first):
                    found.append(f"module.{first} has no output {second}")
            elif second:
                mode = scope or "resource"
                if (mode, first, second) in resources:
                    known = provider_schema()[mode][first]
                    blocks = known["arguments"].keys() | set(known["attributes"])
                    if third and third not in blocks:
                        found.append(f"{first}.{second} has no attribute {third}")
                elif scope or (mode, first) in kinds or first.startswith(("aws_", "helm_")):
                    found.append(f"{first}.{second} is not declared")
    return found


@each_folder
def test_every_argument_is_known_and_none_is_missing(folder: Path) -> None:
    assert argument_faults(configuration(folder)) == []


@each_folder
def test_every_reference_leads_somewhere(folder: Path) -> None:
    assert reference_faults(configuration(folder)) == []


@each_folder
def test_modules_are_called_with_what_they_take(folder: Path) -> None:
    conf = configuration(folder)
    for name, call in conf.labelled("module").items():
        variables = configuration((folder / call["source"]).resolve()).labelled("variable")
        given = call.keys() - META - {"source"}
        required = {key for key, body in variables.items() if "default" not in body}
        assert given <= variables.keys(), f"module.{name} takes no {given - variables.keys()}"
        assert required <= given, f"module.{name} needs {required - given}"


@each_folder
def test_nothing_is_declared_in_vain(folder: Path) -> None:
    conf = configuration(folder)
    text = " ".join(expressions(conf.body))
    for name in conf.labelled("variable"):
        assert re.search(rf"\bvar\.{name}\b", text), f"nothing uses var.{name}"
    for name in conf.locals():
        assert re.search(rf"\blocal\.{name}\b", text), f"nothing uses local.{name}"


@each_folder
def test_variables_and_outputs_are_described(folder: Path) -> None:
    conf = configuration(folder)
    for kind in ("variable", "output"):
        assert all(body.get("description") for body in conf.labelled(kind).values())


def test_faults_are_found() -> None:
    """The checks above are our own, so they are checked too."""
    conf = Configuration(
        ROOT,
        {
            "resource": [
                {
                    "aws_sqs_queue": {
                        "a": {
                            "nmae": "x",
                            "policy": "${aws_sqs_queue.b.arn}",
                            "kms_master_key_id": "${aws_sqs_queue.a.key}",
                            "tags": {"x": "${var.missing}-${local.gone}"},
                        }
                    }
                },
                {"aws_eks_cluster": {"c": {"name": "c", "role_arn": "r", "vpc_config": [{}]}}},
            ]
        },
    )
    assert argument_faults(conf) == [
        "aws_sqs_queue.a has no argument nmae",
        "aws_eks_cluster.c.vpc_config needs subnet_ids",
    ]
    assert reference_faults(conf) == [
        "aws_sqs_queue.b is not declared",
        "aws_sqs_queue.a has no attribute key",
        "var.missing is not declared",
        "local.gone is not declared",
    ]


def test_providers_are_pinned_where_terraform_runs() -> None:
    for folder in folders():
        roots = folder.parent.name == "envs" or folder.name == "bootstrap"
        for conf in (configuration(folder),):
            for block in conf.body.get("terraform", []):
                for providers in block.get("required_providers", []):
                    for provider in providers.values():
                        pattern = r"\d+\.\d+\.\d+" if roots else r">= \d+\.\d+, < \d+\.0"
                        assert re.fullmatch(pattern, provider["version"])


def test_every_skipped_security_check_says_why() -> None:
    skips = [
        line.strip()
        for file in TERRAFORM.rglob("*.tf")
        for line in file.read_text("utf-8").splitlines()
        if "checkov:skip" in line
    ]
    assert len(skips) > 10
    for line in skips:
        assert re.fullmatch(r"#checkov:skip=CKV2?_AWS_\d+:.{20,}", line), line


def test_every_environment_keeps_its_state_encrypted_and_locked() -> None:
    for conf in configurations():
        if conf.path.parent.name == "envs":
            (backend,) = [b["s3"] for t in conf.body["terraform"] for b in t["backend"]]
            assert backend["encrypt"] is True
            assert backend["use_lockfile"] is True
            assert backend["key"] == f"{conf.path.name}/terraform.tfstate"
