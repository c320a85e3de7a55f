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


def rendered(**gpu: Any) -> dict[str, dict[str, Any]]:
    with helm.Chart.load(FOLDER) as chart:
        values = {"gpu": gpu} if gpu else {}
        texts = chart.render(values, name="amena-cluster").values()
    return {item["kind"]: item for text in texts for item in yaml.safe_load_all(text) if item}


def test_lint_finds_nothing() -> None:
    assert helm.lint(FOLDER)["errors"] == []


def test_objects_meet_karpenters_and_external_secrets_own_schemas() -> None:
    objects = list(rendered().values())
    assert {item["kind"] for item in objects} == {"EC2NodeClass", "NodePool", "ClusterSecretStore"}
    run = subprocess.run(
        ["node", str(CHECK)], input=json.dumps(objects), text=True, capture_output=True, check=True
    )
    assert run.stdout == ""


@pytest.mark.parametrize(("spot", "types"), [(True, ["spot", "on-demand"]), (False, ["on-demand"])])
def test_spot_is_a_choice(spot: bool, types: list[str]) -> None:
    pool = rendered(spot=spot)["NodePool"]["spec"]
    requirements = {r["key"]: r["values"] for r in pool["template"]["spec"]["requirements"]}
    assert requirements["karpenter.sh/capacity-type"] == types


def test_the_pool_empties_and_is_bounded() -> None:
    pool = rendered(max_gpus=3)["NodePool"]["spec"]
    assert pool["disruption"] == {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "1m"}
    assert pool["limits"] == {"nvidia.com/gpu": 3}


def test_workers_ask_for_this_pool_and_stand_its_taint() -> None:
    template = rendered()["NodePool"]["spec"]["template"]
    worker = chart_values("prod")["worker"]
    assert worker["nodeSelector"].items() <= template["metadata"]["labels"].items()
    tolerated = {(t["key"], t["effect"]) for t in worker["tolerations"]}
    assert {(t["key"], t["effect"]) for t in template["spec"]["taints"]} <= tolerated


def test_the_store_is_the_one_that_the_chart_asks() -> None:
    store = rendered()["ClusterSecretStore"]["metadata"]["name"]
    assert store == chart_values()["secrets"]["external"]["store"]
