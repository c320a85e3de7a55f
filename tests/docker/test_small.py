"""The small shape: the same rights as in the cluster, and a way in by TLS alone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from infra import ROOT, django_setting, settings_read

SMALL = ROOT / "docker" / "small"
COMPOSE = SMALL / "compose.yaml"
OURS = ("prepare", "web", "sweeper", "purge", "worker")


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
    for name in (*OURS, "caddy"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]
    assert services["caddy"]["cap_add"] == ["NET_BIND_SERVICE"]


def test_only_caddy_listens(services: dict[str, dict[str, Any]]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["caddy"]


def test_every_setting_is_one_that_django_reads(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        assert services[name]["environment"].keys() <= settings_read(), name


def test_nothing_of_development_is_left(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        environment = services[name]["environment"]
        assert not {"DEBUG", "DEV_LOGIN", "DEPLOYED", "ENGINE"} & environment.keys()
        assert environment["SITE_ROOT"].startswith("https://")


def test_a_worker_holds_no_secret_but_its_own(services: dict[str, dict[str, Any]]) -> None:
    text = str(services["worker"]["environment"])
    secrets = {name for name in re.findall(r"\$\{(\w+)", text) if "KEY" in name or "PASS" in name}
    assert secrets == {"WORKER_SECRET_KEY", "WORKER_DATABASE_PASSWORD"}


def test_the_databases_owner_is_known_to_migrations_alone(
    services: dict[str, dict[str, Any]],
) -> None:
    know = {name for name, service in services.items() if "OWNER_DATABASE" in str(service)}
    assert know == {"postgres", "prepare"}


def test_the_worker_may_end_its_job(services: dict[str, dict[str, Any]]) -> None:
    grace = services["worker"]["stop_grace_period"]
    assert grace == f"{django_setting('WORKER_GRACE_SECONDS')}s"


def test_images_are_pinned_and_the_same_as_elsewhere(services: dict[str, dict[str, Any]]) -> None:
    local = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text("utf-8"))["services"]
    assert services["postgres"]["image"] == local["postgres"]["image"]
    assert re.fullmatch(r"caddy:\d+\.\d+\.\d+-alpine", services["caddy"]["image"])


def test_caddy_lets_go_of_a_connection_before_gunicorn_does() -> None:
    caddy = (SMALL / "Caddyfile").read_text("utf-8")
    keepalive = re.search(r"keepalive (\d+)s", caddy)
    gunicorn = (ROOT / "gunicorn.conf.py").read_text("utf-8")
    idle = re.search(r'"LOAD_BALANCER_IDLE_SECONDS", "(\d+)"\)\) \+ (\d+)', gunicorn)
    assert keepalive
    assert idle
    assert int(keepalive[1]) + 10 <= int(idle[1]) + int(idle[2])


def test_caddy_leaves_the_limit_on_uploads_to_the_web() -> None:
    """One of its own refused photos that the site takes, with a page that said nothing."""
    assert "max_size" not in (SMALL / "Caddyfile").read_text("utf-8")


def test_caddys_file_is_one_that_caddy_reads() -> None:
    """With Debian's Caddy, which scripts/check-infra.sh unpacks."""
    caddy = shutil.which("caddy") or str(ROOT / "var" / "caddy" / "usr" / "bin" / "caddy")
    subprocess.run(
        [caddy, "validate", "--config", str(SMALL / "Caddyfile"), "--adapter", "caddyfile"],
        env={"HOST": "amena.example.com", "HOME": "/nowhere"},
        check=True,
        capture_output=True,
    )
