"""No pod may do more than it must: the rules of the restricted Pod Security Standard, and ours."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Any

import pytest
from conftest import environment_values, merged, pod_specs, rendered
from helm_python.chart import Chart

Objects = dict[tuple[str, str], dict[str, Any]]

#: repository:tag, the tag being a version, never `latest`, and a digest at will.
PINNED = re.compile(r"^[a-z0-9./:-]+:(?!latest$)[\w][\w.-]*(@sha256:[a-f0-9]{64})?$")


def test_pods_meet_the_restricted_standard(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] >= 1000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert all(set(volume) <= {"name", "emptyDir"} for volume in pod["volumes"])
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert "privileged" not in security


def test_every_image_is_pinned(objects: list[dict[str, Any]]) -> None:
    images = [
        container["image"]
        for _, pod in pod_specs(objects)
        for container in [*pod.get("initContainers", []), *pod["containers"]]
    ]
    assert len(images) == 9
    assert [image for image in images if not PINNED.match(image)] == []


def test_no_pod_holds_a_kubernetes_token(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        assert pod["automountServiceAccountToken"] is False


def test_memory_and_disk_are_bounded(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            assert {"memory", "ephemeral-storage"} <= container["resources"]["limits"].keys()
        assert all(volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"])


def test_no_secret_is_in_plain_configuration(objects: list[dict[str, Any]]) -> None:
    for item in objects:
        if item["kind"] == "ConfigMap":
            assert not {"SECRET_KEY", "DATABASE_URL", "DEBUG", "DEV_LOGIN"} & item["data"].keys()


def test_everything_is_denied_before_it_is_allowed(
    prod: dict[tuple[str, str], dict[str, Any]],
) -> None:
    deny = prod["NetworkPolicy", "amena-deny"]["spec"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert "egress" not in deny
    web = prod["NetworkPolicy", "amena-web"]["spec"]["ingress"]
    assert [port["port"] for rule in web for port in rule["ports"]] == [8000]


#: What no pod of ours has any business with, but for what its policy names.
PRIVATE = [ip_network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]


def reached(objects: Objects, labels: dict[str, str]) -> list[tuple[str, list[str], int]]:
    """What pods with these labels may reach: network, but what of it, port."""
    found = []
    for (kind, _), item in objects.items():
        if kind != "NetworkPolicy" or "Egress" not in item["spec"]["policyTypes"]:
            continue
        selector = item["spec"]["podSelector"]
        if selector.get("matchLabels", {}).items() <= labels.items() and all(
            labels.get(rule["key"]) in rule["values"]
            for rule in selector.get("matchExpressions", [])
        ):
            found += [
                (to["ipBlock"]["cidr"], to["ipBlock"].get("except", []), port["port"])
                for rule in item["spec"].get("egress", [])
                for to in rule["to"]
                if "ipBlock" in to
                for port in rule["ports"]
            ]
    return found


def labels_of(objects: Objects, kind: str, name: str) -> dict[str, str]:
    template = objects[kind, name]["spec"]
    if kind == "CronJob":
        template = template["jobTemplate"]["spec"]
    labels: dict[str, str] = template["template"]["metadata"]["labels"]
    return labels


AWS = {"10.10.224.0/24", "3.5.134.0/23", "52.219.168.0/21"}
DATABASE = {"10.10.208.0/24", "10.10.209.0/24", "10.10.210.0/24"}


def test_a_worker_reaches_bucket_queue_and_database_alone(prod: Objects) -> None:
    found = reached(prod, labels_of(prod, "Deployment", "amena-worker"))
    assert {cidr for cidr, _, port in found if port == 443} == AWS
    assert {cidr for cidr, _, port in found if port == 5432} == DATABASE
    # The Pod Identity agent, which hands out credentials.
    assert [cidr for cidr, _, port in found if port not in (443, 5432)] == ["169.254.170.23/32"]


@pytest.mark.parametrize(
    ("config", "cidrs", "expected"),
    [
        ({}, [], set()),
        ({"EMAIL_HOST": "smtp.example"}, [], {("0.0.0.0/0", 587)}),
        ({"EMAIL_HOST": "smtp.example", "EMAIL_SECURITY": "tls"}, [], {("0.0.0.0/0", 465)}),
        (
            {"EMAIL_HOST": "10.10.7.7", "EMAIL_PORT": 2525},
            ["10.10.7.7/32"],
            {("10.10.7.7/32", 2525)},
        ),
    ],
)
def test_the_sweeper_alone_reaches_the_mail_server(
    chart: Chart, config: dict[str, Any], cidrs: list[str], expected: set[tuple[str, int]]
) -> None:
    more = {"config": config, "networkPolicy": {"emailCidrs": cidrs}}
    values = merged(environment_values("prod"), more)
    chart.validate_schema(values)
    objects = {(item["kind"], item["metadata"]["name"]): item for item in rendered(chart, values)}
    for kind, name in (
        ("Deployment", "amena-sweeper"),
        ("Deployment", "amena-web"),
        ("Deployment", "amena-worker"),
        ("CronJob", "amena-purge-expired"),
        ("Job", "amena-prepare"),
    ):
        found = reached(objects, labels_of(objects, kind, name))
        smtp = {(cidr, port) for cidr, _, port in found if port in (25, 465, 587, 2525)}
        assert smtp == (expected if name == "amena-sweeper" else set()), name
        for cidr, out, port in found:
            assert cidr != "0.0.0.0/0" or "10.0.0.0/8" in out, (name, port)


def test_migrations_reach_the_database_alone(prod: Objects) -> None:
    found = reached(prod, labels_of(prod, "Job", "amena-prepare"))
    assert {cidr for cidr, _, _ in found} == DATABASE


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Deployment", "amena-web"),
        ("Deployment", "amena-sweeper"),
        ("CronJob", "amena-purge-expired"),
    ],
)
def test_who_reaches_the_internet_does_not_reach_private_networks(
    prod: Objects, kind: str, name: str
) -> None:
    found = reached(prod, labels_of(prod, kind, name))
    (closed,) = [out for cidr, out, _ in found if cidr == "0.0.0.0/0"]
    out = [ip_network(cidr) for cidr in closed]
    # The node's metadata service too.
    for private in [*PRIVATE, ip_network("169.254.0.0/16")]:
        assert any(private.subnet_of(network) for network in out)
    inside = {cidr for cidr, _, _ in found if ip_network(cidr).is_private and cidr != "0.0.0.0/0"}
    assert inside == DATABASE | {"10.10.224.0/24", "169.254.170.23/32"}


def test_a_worker_holds_no_secret_but_its_own(prod: Objects) -> None:
    """It opens strangers' files: what it holds is whose who breaks out of a decoder."""
    pod = prod["Deployment", "amena-worker"]["spec"]["template"]["spec"]
    for container in [*pod["initContainers"], *pod["containers"]]:
        names = {source.get("secretRef", {}).get("name") for source in container["envFrom"]}
        assert names == {None, "amena-worker"}
    secret = prod["ExternalSecret", "amena-worker"]["spec"]
    assert secret["target"]["template"]["data"].keys() == {"SECRET_KEY", "DATABASE_URL"}
    fetched = {entry["remoteRef"]["property"] for entry in secret["data"]}
    assert fetched == {"worker_key", "worker_username", "worker_password", "host", "dbname"}


def test_the_databases_owner_is_known_to_migrations_alone(prod: Objects) -> None:
    for (kind, name), item in prod.items():
        if kind in ("Deployment", "CronJob"):
            assert "amena-owner" not in str(item), name
    assert "amena-owner" in str(prod["Job", "amena-prepare"])
