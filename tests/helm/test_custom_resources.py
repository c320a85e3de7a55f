"""The add-ons' objects (KEDA, External Secrets, Prometheus) meet the add-ons' own schemas."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

from test_render import CUSTOM

CHECK = Path(__file__).parent / "schemas" / "check.js"


def faults(objects: list[dict[str, Any]]) -> list[str]:
    run = subprocess.run(
        ["node", str(CHECK)], input=json.dumps(objects), text=True, capture_output=True, check=True
    )
    return run.stdout.splitlines()


def test_custom_resources_are_valid(prod: dict[tuple[str, str], dict[str, Any]]) -> None:
    objects = [item for (kind, _), item in prod.items() if kind in CUSTOM]
    assert {item["kind"] for item in objects} == CUSTOM
    assert faults(objects) == []


def test_a_broken_custom_resource_is_noticed(
    prod: dict[tuple[str, str], dict[str, Any]],
) -> None:
    scaled = copy.deepcopy(prod["ScaledObject", "amena-worker"])
    scaled["spec"]["maxReplicaCount"] = "many"
    (line,) = faults([scaled])
    assert "maxReplicaCount" in line


def test_a_field_that_the_kind_does_not_know_is_noticed(
    prod: dict[tuple[str, str], dict[str, Any]],
) -> None:
    """Deep down too: an API server drops it in silence, or refuses it in strict mode."""
    secret = copy.deepcopy(prod["ExternalSecret", "amena-web"])
    secret["spec"]["data"][0]["remoteRef"]["propertty"] = "secret_key"
    (line,) = faults([secret])
    assert "propertty" in line


def test_a_kind_without_a_schema_does_not_pass() -> None:
    thing = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"}}
    assert len(faults([thing])) == 1
