"""The add-ons' own custom resource definitions, in the versions that Terraform installs."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from infra import ROOT


class Source(NamedTuple):
    """Where a project keeps its definitions: `tag` of `repository`, in `folder`."""

    repository: str
    tag: str
    folder: str


#: By the chart whose version stands in terraform/versions.yaml.
SOURCES = {
    "keda": Source("https://github.com/kedacore/keda", "v{}", "config/crd/bases"),
    "karpenter-crd": Source(
        "https://github.com/aws/karpenter-provider-aws", "v{}", "pkg/apis/crds"
    ),
    "external-secrets": Source(
        "https://github.com/external-secrets/external-secrets", "v{}", "config/crds/bases"
    ),
    "kube-prometheus-stack": Source(
        "https://github.com/prometheus-community/helm-charts",
        "kube-prometheus-stack-{}",
        "charts/kube-prometheus-stack/charts/crds/crds",
    ),
    "aws-load-balancer-controller": Source(
        "https://github.com/kubernetes-sigs/aws-load-balancer-controller", "v{}", "config/crd/bases"
    ),
}


class _Loader(yaml.CSafeLoader):
    """Of YAML 1.2, as Kubernetes reads it: a lone = is a text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


@cache
def definitions() -> list[dict[str, Any]]:
    """All definitions of the pinned versions; fetched by git once, and kept in `var/`.

    Raises CalledProcessError where git finds no such tag, or no way to the repository.
    """
    versions = yaml.safe_load((ROOT / "terraform" / "versions.yaml").read_text("utf-8"))
    found = []
    for chart, source in SOURCES.items():
        version = versions["charts"][chart]["version"]
        folder = ROOT / "var" / "definitions" / f"{chart}-{version}"
        if not folder.exists():
            _fetch(source, version, folder)
        for file in sorted(folder.glob("*.yaml")):
            found += [
                item
                for item in yaml.load_all(file.read_text("utf-8"), _Loader)
                if item and item["kind"] == "CustomResourceDefinition"
            ]
    return found


def _fetch(source: Source, version: str, folder: Path) -> None:
    clone = folder.with_suffix(".git")
    shutil.rmtree(clone, ignore_errors=True)
    branch = ["--depth", "1", "--branch", source.tag.format(version)]
    lean = ["--filter", "blob:none", "--no-checkout", "--quiet"]
    git = ["git", "-c", "advice.detachedHead=false"]
    subprocess.run([*git, "clone", *branch, *lean, source.repository, str(clone)], check=True)
    subprocess.run([*git, "-C", str(clone), "checkout", "HEAD", "--", source.folder], check=True)
    # Whole or not at all: an interrupted run leaves nothing that a later one takes for complete.
    (clone / source.folder).rename(folder)
    shutil.rmtree(clone)
