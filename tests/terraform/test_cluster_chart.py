"""The small chart with the GPU pool and the secret store, which Terraform installs."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
import yaml
from configuration import TERRAFORM
from helm_python import chart as helm
from infra import ROOT, chart_values

FOLDER = TERRAFORM / "charts" / "cluster"
CHECK = ROOT / "tests" / "helm" / "schemas" / "check.js"


def rendered(**pools: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Objects by name, where `pools` change the pools' own values."""
    with helm.Chart.load(FOLDER) as chart:
        texts = chart.render({"pools": pools}, name="amena-cluster").values()
    objects = [item for text in texts for item in yaml.safe_load_all(text) if item]
    return {item["metadata"]["name"]: item for item in objects}


def test_lint_finds_nothing() -> None:
    assert helm.lint(FOLDER)["errors"] == []


def test_objects_meet_karpenters_and_external_secrets_own_schemas() -> None:
    objects = list(rendered().values())
    assert sorted(item["kind"] for item in objects) == [
        "ClusterSecretStore",
        "EC2NodeClass",
        "NodePool",
        "NodePool",
        "NodePool",
    ]
    run = subprocess.run(
        ["node", str(CHECK)], input=json.dumps(objects), text=True, capture_output=True, check=True
    )
    assert run.stdout == ""


@pytest.mark.parametrize("pool", ["gpu", "cpu"])
@pytest.mark.parametrize(("spot", "types"), [(True, ["spot", "on-demand"]), (False, ["on-demand"])])
def test_spot_is_a_choice(pool: str, spot: bool, types: list[str]) -> None:
    template = rendered(**{pool: {"spot": spot}})[pool]["spec"]["template"]
    requirements = {r["key"]: r["values"] for r in template["spec"]["requirements"]}
    assert requirements["karpenter.sh/capacity-type"] == types


@pytest.mark.parametrize(
    ("pool", "resource"), [("gpu", "nvidia.com/gpu"), ("cpu", "cpu"), ("general", "cpu")]
)
def test_pools_are_bounded(pool: str, resource: str) -> None:
    assert rendered(**{pool: {"limit": 3}})[pool]["spec"]["limits"] == {resource: 3}


@pytest.mark.parametrize("pool", ["gpu", "cpu"])
def test_a_worker_at_work_keeps_its_node(pool: str) -> None:
    """Without an annotation against it, which would keep a spot node's end from the worker too."""
    disruption = rendered()[pool]["spec"]["disruption"]
    assert disruption == {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1m"}


def test_whatever_finds_no_room_elsewhere_finds_it_in_the_general_pool() -> None:
    spec = rendered()["general"]["spec"]["template"]["spec"]
    assert "taints" not in spec
    assert "nodeSelector" not in chart_values()["web"]


@pytest.mark.parametrize("values", ["prod", "staging", "cpu-workers"])
def test_workers_ask_for_a_pool_and_stand_its_taint(values: str) -> None:
    worker = chart_values(values)["worker"]
    template = rendered()[worker["nodeSelector"]["amena.io/pool"]]["spec"]["template"]
    assert worker["nodeSelector"].items() <= template["metadata"]["labels"].items()
    tolerated = {(t["key"], t["effect"]) for t in worker["tolerations"]}
    assert {(t["key"], t["effect"]) for t in template["spec"]["taints"]} == tolerated


def test_the_store_is_the_one_that_the_chart_asks() -> None:
    assert chart_values()["secrets"]["external"]["store"] in rendered()
