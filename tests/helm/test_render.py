"""The chart renders, for every environment, to objects that Kubernetes takes."""

from __future__ import annotations

from typing import Any

import kubernetes_validate
import pytest
from conftest import environment_values, pod_specs, rendered
from helm_python import chart as helm
from infra import CHART

#: Kinds of the add-ons, checked against the add-ons' own schemas in test_custom_resources.py.
CUSTOM = {
    "ScaledObject",
    "TriggerAuthentication",
    "ExternalSecret",
    "PrometheusRule",
    "ServiceMonitor",
}


def test_lint_finds_nothing(environment: str) -> None:
    report = helm.lint(CHART, environment_values(environment), strict=True, namespace="amena")
    assert report["errors"] == []
    assert [m for m in report["messages"] if m["severity"] > 1] == []


@pytest.mark.parametrize("version", ["1.32", "1.36"])
def test_every_object_is_valid_kubernetes(objects: list[dict[str, Any]], version: str) -> None:
    checked = 0
    for item in objects:
        if item["kind"] not in CUSTOM:
            kubernetes_validate.validate(item, version, strict=True)
            checked += 1
    assert checked >= 12


def test_a_field_that_kubernetes_does_not_know_is_noticed(objects: list[dict[str, Any]]) -> None:
    broken = next(item for item in objects if item["kind"] == "Deployment") | {"specs": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, "1.32", strict=True)


def test_names_are_unique(objects: list[dict[str, Any]]) -> None:
    names = [(item["kind"], item["metadata"]["name"]) for item in objects]
    assert len(names) == len(set(names))


def test_an_upgrade_renders_too(chart: helm.Chart, environment: str) -> None:
    values = environment_values(environment)
    assert len(rendered(chart, values, is_upgrade=True)) == len(rendered(chart, values))


def test_scaling_needs_the_queue_url(chart: helm.Chart) -> None:
    values = environment_values("prod")
    values["config"] = values["config"] | {"SQS_QUEUE_URL": ""}
    with pytest.raises(Exception, match=r"SQS_QUEUE_URL is empty"):
        rendered(chart, values)


def test_every_selector_finds_its_pods(objects: list[dict[str, Any]]) -> None:
    pods = [
        item["spec"]["template"]["metadata"]["labels"]
        for item in objects
        if item["kind"] == "Deployment"
    ]
    for item in objects:
        selector = item.get("spec", {}).get("selector")
        if item["kind"] in ("Service", "PodDisruptionBudget"):
            labels = selector.get("matchLabels", selector)
            assert sum(labels.items() <= pod.items() for pod in pods) == 1


def test_pods_use_only_names_that_exist(objects: list[dict[str, Any]]) -> None:
    names = {(item["kind"], item["metadata"]["name"]) for item in objects}
    for _, pod in pod_specs(objects):
        assert ("ServiceAccount", pod["serviceAccountName"]) in names
        for container in pod["containers"]:
            for source in container.get("envFrom", []):
                if "configMapRef" in source:
                    assert ("ConfigMap", source["configMapRef"]["name"]) in names
