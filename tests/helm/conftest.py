"""Fixtures: the chart, loaded by the real Helm library, and what it renders."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from helm_python.chart import Chart
from infra import CHART, chart_values

ENVIRONMENTS = ("local", "staging", "prod", "prod+cpu-workers")

#: What `terraform output helm_values` adds for one account.
ACCOUNT = {
    "config": {
        "S3_BUCKET": "amena-prod-media-123456789012",
        "SQS_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/amena-prod-jobs",
        "SQS_DEAD_LETTER_URL": (
            "https://sqs.eu-central-1.amazonaws.com/123456789012/amena-prod-jobs-dead"
        ),
    },
    # The deployment adds what it has just pushed.
    "images": {
        "web": {"digest": "sha256:" + 64 * "a"},
        "worker": {"digest": "sha256:" + 64 * "b"},
    },
    "networkPolicy": {
        "databaseCidrs": ["10.10.208.0/24", "10.10.209.0/24", "10.10.210.0/24"],
        "endpointCidrs": ["10.10.224.0/24"],
        "s3Cidrs": ["3.5.134.0/23", "52.219.168.0/21"],
    },
    "secrets": {
        "external": {
            "ownerKey": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1a2b-3c4d",
        },
    },
    "ingress": {
        "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/abc",
        "webAclArn": "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/amena-prod/abc",
    },
}


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`over` laid on `base` as Helm lays values files: maps merge, everything else replaces."""
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        both = isinstance(old, dict) and isinstance(value, dict)
        out[key] = merged(old, value) if both else value
    return out


def environment_values(environment: str) -> dict[str, Any]:
    """What a person passes to Helm for `environment`."""
    values: dict[str, Any] = {}
    for layer in environment.split("+"):
        values = merged(values, chart_values(layer))
    return values if environment == "local" else merged(values, ACCOUNT)


@pytest.fixture(scope="session")
def chart() -> Chart:
    with Chart.load(CHART) as loaded:
        yield loaded


def rendered(chart: Chart, values: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    """All Kubernetes objects of a release, parsed."""
    chart.validate_schema(values)
    manifests = chart.render(values, name="amena", namespace="amena", **options)
    return [
        document
        for name, text in sorted(manifests.items())
        if not name.endswith("NOTES.txt")
        for document in yaml.safe_load_all(text)
        if document
    ]


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def objects(chart: Chart, environment: str) -> list[dict[str, Any]]:
    return rendered(chart, environment_values(environment))


@pytest.fixture(scope="session")
def prod(chart: Chart) -> dict[tuple[str, str], dict[str, Any]]:
    """Production's objects by kind and name."""
    return {
        (item["kind"], item["metadata"]["name"]): item
        for item in rendered(chart, environment_values("prod"))
    }


def pod_specs(objects: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Every pod template with the name of what it belongs to."""
    found = []
    for item in objects:
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item["kind"] in ("Deployment", "Job", "CronJob"):
            found.append((item["metadata"]["name"], spec["template"]["spec"]))
    return found
