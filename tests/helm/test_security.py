"""No pod may do more than it must: the rules of the restricted Pod Security Standard, and ours."""

from __future__ import annotations

import re
from typing import Any

from conftest import pod_specs
from infra import chart_values

#: repository:tag, the tag being a version, never `latest`, and a digest at will.
PINNED = re.compile(r"^[a-z0-9./:-]+:(?!latest$)[\w][\w.-]*(@sha256:[a-f0-9]{64})?$")


def test_pods_meet_the_restricted_standard(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] >= 1000
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert all(set(volume) <= {"name", "emptyDir"} for volume in pod["volumes"])
        for container in pod["containers"]:
            security = container["securityContext"]
            assert security["allowPrivilegeEscalation"] is False
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert "privileged" not in security


def test_every_image_is_pinned(objects: list[dict[str, Any]]) -> None:
    images = [c["image"] for _, pod in pod_specs(objects) for c in pod["containers"]]
    assert len(images) == 3 + len(chart_values()["cron"])
    assert [image for image in images if not PINNED.match(image)] == []


def test_no_pod_holds_a_kubernetes_token(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        assert pod["automountServiceAccountToken"] is False


def test_memory_and_disk_are_bounded(objects: list[dict[str, Any]]) -> None:
    for _, pod in pod_specs(objects):
        for container in pod["containers"]:
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


def test_pods_cannot_reach_the_nodes_metadata(
    prod: dict[tuple[str, str], dict[str, Any]],
) -> None:
    egress = prod["NetworkPolicy", "amena-egress"]["spec"]["egress"]
    everywhere = [
        to["ipBlock"]
        for rule in egress
        for to in rule["to"]
        if to.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    ]
    assert everywhere == [{"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}]
