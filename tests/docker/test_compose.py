"""compose.yaml: valid, hardened like the cluster, and with the code's own settings."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from infra import ROOT, django_setting, settings_read

COMPOSE = ROOT / "docker" / "compose.yaml"
OURS = ("web", "sweeper", "worker")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    return loaded


def test_the_file_meets_the_compose_specification() -> None:
    check = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run(
        [str(check), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)], check=True
    )


def test_our_containers_cannot_write_or_gain_rights(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_nothing_listens_beyond_this_machine(services: dict[str, dict[str, Any]]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_setting_is_one_that_django_or_aws_reads(
    services: dict[str, dict[str, Any]],
) -> None:
    known = settings_read() | {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    for name in ("prepare", *OURS):
        assert services[name]["environment"].keys() <= known


def test_the_worker_may_end_its_job(services: dict[str, dict[str, Any]]) -> None:
    grace = services["worker"]["stop_grace_period"]
    assert grace == f"{django_setting('WORKER_GRACE_SECONDS')}s"


def test_stand_in_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    for name in ("postgres", "aws"):
        tag = services[name]["image"].partition(":")[2]
        assert tag[0].isdigit()


def test_the_queue_is_made_with_djangos_figures() -> None:
    source = (ROOT / "docker" / "prepare.py").read_text("utf-8")
    assert f'"VisibilityTimeout": "{django_setting("SQS_VISIBILITY_SECONDS")}"' in source
    assert f'"maxReceiveCount": {json.dumps(django_setting("JOB_MAX_ATTEMPTS"))}' in source
