"""Every setting that the code reads can be set where it runs: in the chart and on one machine.

A new one is set by the chart's `config` and by `settings.env` without a further word; a secret has
to be named in a Secret and in compose.yaml. The tables below name the rest, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from conftest import environment_values, merged, pod_specs, rendered
from helm_python.chart import Chart
from helm_python.errors import HelmError
from infra import ROOT, settings_read

SMALL = ROOT / "docker" / "small" / "compose.yaml"
OURS = ("prepare", "web", "sweeper", "purge", "worker")
SENTINEL = "2000000"  # which a careless template would write as 2e+06

#: Setting → a value of the chart that it follows from, and what it is then.
FROM_VALUES: dict[str, tuple[dict[str, Any], str]] = {
    "SITE_ROOT": ({"site": {"host": "photos.example.org"}}, "https://photos.example.org"),
    "ALLOWED_HOSTS": ({"site": {"host": "photos.example.org"}}, "photos.example.org,$(POD_IP)"),
    "ENGINE_DEVICE": ({"worker": {"device": "cpu", "gpus": 0}}, "cpu"),
    "JOB_SOFT_LIMIT": ({"timeouts": {"soft": 541}}, "541"),
    "JOB_HARD_LIMIT": ({"timeouts": {"hard": 601}}, "601"),
    "WORKER_GRACE_SECONDS": ({"timeouts": {"grace": 661}}, "661"),
    "SQS_VISIBILITY_SECONDS": ({"timeouts": {"visibility": 901}}, "901"),
    "WEB_CONCURRENCY": ({"web": {"concurrency": 3}}, "3"),
    "LOAD_BALANCER_IDLE_SECONDS": ({"web": {"idleSeconds": 61}}, "61"),
}
#: Cannot be set, and why not.
NOT_IN_PRODUCTION = {
    "DEBUG": "of a developer's machine; a deployed process refuses to start with it",
    "DEV_LOGIN": "the same",
    "OUTBOUND_LOOPBACK": "the same",
    "UPLOAD_FOLDER": "gunicorn.conf.py gives each web process its own",
}
#: The same for one machine alone.
NOT_ON_ONE_MACHINE = {
    "STORAGE": "files lie in the bucket",
    "TRUSTED_PROXIES": "Caddy is the one proxy, and believes none before it",
    "WEB_DATABASE_USER": "made up by compose.yaml, since the database is its own",
    "WORKER_DATABASE_USER": "the same",
}
#: Setting → the variable of .env that it is made of.
FROM_DOTENV = {
    "SITE_ROOT": "HOST",
    "ALLOWED_HOSTS": "HOST",
    "DATABASE_URL": "WEB_DATABASE_PASSWORD",
}


def is_secret(name: str) -> bool:
    return bool(re.search(r"(^|_)(KEY|KEY_FALLBACKS|SECRET|PASSWORD|TOKEN)$", name))


def environments(objects: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, str]]]:
    """What each container is started with, as Kubernetes lays it: later sources, then `env`."""
    sources = {
        ("configMapRef", item["metadata"]["name"]): item["data"]
        for item in objects
        if item["kind"] == "ConfigMap"
    } | {
        ("secretRef", item["spec"]["target"]["name"]): item["spec"]["target"]["template"]["data"]
        for item in objects
        if item["kind"] == "ExternalSecret"
    }
    for name, pod in pod_specs(objects):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            found: dict[str, str] = {}
            for source in container["envFrom"]:
                ((kind, reference),) = source.items()
                found |= sources[kind, reference["name"]]
            found |= {item["name"]: item.get("value", "") for item in container.get("env", [])}
            yield f"{name}/{container['name']}", found


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    optional = {"fallbackKey": True, "emailKey": "amena-prod/email", "cdnKey": "amena-prod/cdn"}
    return merged(environment_values("prod"), {"secrets": {"external": optional}})


@pytest.fixture(scope="module")
def plain(chart: Chart, values: dict[str, Any]) -> dict[str, str | int]:
    """Settings that the chart's `config` takes, and what they are set to."""
    taken: dict[str, str | int] = {}
    for name in sorted(settings_read()):
        value: str | int = "s3" if name == "STORAGE" else int(SENTINEL)
        try:
            chart.validate_schema(merged(values, {"config": {name: value}}))
        except HelmError:
            continue
        taken[name] = value
    return taken


def test_what_config_takes_comes_to_every_container(
    chart: Chart, values: dict[str, Any], plain: dict[str, str | int]
) -> None:
    assert len(plain) > 50
    started = dict(environments(rendered(chart, merged(values, {"config": plain}))))
    assert len(started) >= 8
    for process, environment in started.items():
        for name, value in plain.items():
            assert environment.get(name) == str(value), f"{name} of {process}"


def test_what_config_refuses_is_set_elsewhere_in_the_chart(
    chart: Chart, values: dict[str, Any], plain: dict[str, str | int]
) -> None:
    secrets = {
        name
        for item in rendered(chart, values)
        if item["kind"] == "ExternalSecret"
        for name in item["spec"]["target"]["template"]["data"]
    }
    refused = settings_read() - plain.keys()
    assert refused == FROM_VALUES.keys() | secrets | NOT_IN_PRODUCTION.keys()
    assert {name for name in refused if is_secret(name)} <= secrets
    assert not [name for name in plain if is_secret(name)]


@pytest.mark.parametrize("name", FROM_VALUES)
def test_what_follows_from_other_values_does(
    chart: Chart, values: dict[str, Any], name: str
) -> None:
    changed, expected = FROM_VALUES[name]
    both = merged(values, changed)
    chart.validate_schema(both)
    process = "amena-worker/worker" if name == "ENGINE_DEVICE" else "amena-web/web"
    before, after = (dict(environments(rendered(chart, v)))[process] for v in (values, both))
    assert after[name] == expected != before[name]


# --- One machine ------------------------------------------------------------------------------


def interpolated(text: str, dotenv: dict[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?message}`, as Compose reads them."""

    def value(match: re.Match[str]) -> str:
        name, operator, word = match.groups()
        return dotenv.get(name) or (word if operator == ":-" else "")

    return re.sub(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}", value, text)


def on_one_machine(dotenv: dict[str, str], settings: dict[str, str]) -> dict[str, dict[str, str]]:
    """Service → what it is started with, given what stands in `.env` and in `settings.env`."""
    services = yaml.safe_load(SMALL.read_text("utf-8"))["services"]
    found = {}
    for name in OURS:
        files = [each["path"] for each in services[name].get("env_file", [])]
        found[name] = (settings if "settings.env" in files else {}) | {
            key: interpolated(value, dotenv) for key, value in services[name]["environment"].items()
        }
    return found


@pytest.mark.parametrize("name", sorted(settings_read()))
def test_one_machine_can_set_it(name: str) -> None:
    by_dotenv = on_one_machine({FROM_DOTENV.get(name, name): SENTINEL}, {})
    by_settings = on_one_machine({}, {name: SENTINEL})
    set_in_dotenv = {s for s, found in by_dotenv.items() if SENTINEL in found.get(name, "")}
    set_in_settings = {s for s, found in by_settings.items() if found.get(name) == SENTINEL}
    if name in NOT_IN_PRODUCTION:
        return
    if name in NOT_ON_ONE_MACHINE:
        # Elsewhere than where compose.yaml says it nobody reads it.
        said = {s for s, found in on_one_machine({}, {}).items() if name in found}
        assert said
        assert not said & (set_in_dotenv | set_in_settings)
    elif is_secret(name):
        # Of one's own in .env; settings.env is everybody's.
        assert set_in_dotenv
        assert "worker" not in set_in_dotenv
    else:
        assert "web" in set_in_dotenv or set_in_settings == set(OURS)


def test_the_example_of_settings_holds_what_compose_leaves_to_it() -> None:
    """What `environment` names would outweigh it, empty as it may be."""
    text = (SMALL.parent / "settings.env.example").read_text("utf-8")
    names = set(re.findall(r"^(\w+)=", text, re.MULTILINE))
    assert names
    assert names <= settings_read()
    for found in on_one_machine({}, {}).values():
        assert not names & found.keys()
