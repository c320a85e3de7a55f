"""The charts, installed by the real Helm into a real API server with the add-ons' own kinds."""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import api_server
import pytest
import yaml
from api_server import Refused, Server
from configuration import TERRAFORM, configuration
from conftest import ENVIRONMENTS, environment_values, merged, rendered
from custom_resources import definitions
from helm_python import Chart, Config
from infra import CHART

pytestmark = pytest.mark.skipif(
    not api_server.ASSETS,
    reason="KUBEBUILDER_ASSETS names no folder with etcd and kube-apiserver: docs/deploy.md",
)
CLUSTER_CHART = TERRAFORM / "charts" / "cluster"
NEW_BUILD = {
    "images": {name: {"digest": "sha256:" + 64 * "c"} for name in ("web", "worker")},
    "config": {"LOG_LEVEL": "WARNING"},
}
#: The guide's two releases of the one chart.
RELEASES = {
    "amena": {"components": {"worker": False}},
    "amena-worker": {"components": {"web": False}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with api_server.running(tmp_path_factory.mktemp("cluster")) as running:
        for definition in definitions():
            running.apply(definition, "")
        for definition in definitions():
            _await_kind(running, definition["metadata"]["name"])
        yield running


def _await_kind(server: Server, name: str) -> None:
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
    pause = threading.Event()
    for _ in range(200):
        conditions = server.ask("GET", path).get("status", {}).get("conditions", [])
        if {"Established", "NamesAccepted"} <= {
            each["type"] for each in conditions if each["status"] == "True"
        }:
            return
        pause.wait(0.1)
    raise AssertionError(f"{name} is not served: {conditions}")


@pytest.fixture(scope="module")
def chart() -> Iterator[Chart]:
    with Chart.load(CHART) as loaded:
        yield loaded


def labels_of_the_namespace() -> dict[str, str]:
    """As Terraform makes it, PodSecurity's level among them."""
    body = configuration(TERRAFORM / "modules" / "addons").resource(
        "kubernetes_namespace_v1", "amena"
    )
    labels: dict[str, str] = body["metadata"][0]["labels"]
    return labels


_numbers = itertools.count()


@pytest.fixture
def namespace(server: Server) -> str:
    """A namespace of the test's own."""
    name = f"test-{next(_numbers)}"
    labels = labels_of_the_namespace()
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    metadata = {"name": name, "labels": labels}
    server.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, "")
    return name


@pytest.fixture(params=ENVIRONMENTS)
def values(request: pytest.FixtureRequest) -> dict[str, Any]:
    return environment_values(request.param)


def pod_templates(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pods as the controllers would make them, by the name of what they belong to."""
    found = {}
    for item in objects:
        spec = item.get("spec", {})
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if item["kind"] in ("Deployment", "Job", "CronJob"):
            name = item["metadata"]["name"]
            template = copy.deepcopy(spec["template"])
            template["metadata"]["name"] = name
            found[name] = {"apiVersion": "v1", "kind": "Pod", **template}
    return found


@contextmanager
def jobs_end(server: Server, namespace: str) -> Iterator[list[str]]:
    """What nothing here does by itself: Jobs end well. Yields the names of those that did."""
    ended: list[str] = []
    over = threading.Event()
    path = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    now = "2026-01-01T00:00:00Z"
    conditions = [
        {"type": kind, "status": "True", "lastTransitionTime": now, "lastProbeTime": now}
        for kind in ("SuccessCriteriaMet", "Complete")
    ]
    status = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions}

    def run() -> None:
        while not over.wait(0.2):
            for job in server.ask("GET", path)["items"]:
                if not job.get("status", {}).get("succeeded"):
                    name = job["metadata"]["name"]
                    server.ask(
                        "PATCH",
                        f"{path}/{name}/status",
                        {"status": status},
                        "application/merge-patch+json",
                    )
                    ended.append(name)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        over.set()
        thread.join()


@contextmanager
def helm(server: Server, namespace: str) -> Iterator[Config]:
    with Config(
        kube_apiserver=server.url,
        kube_token=server.token,
        kube_ca_file=server.certificate,
        namespace=namespace,
    ) as config:
        yield config


def digests(server: Server, namespace: str) -> dict[str, str]:
    """The letter of each Deployment's build."""
    items = server.ask("GET", f"/apis/apps/v1/namespaces/{namespace}/deployments")["items"]
    return {
        item["metadata"]["name"]: item["spec"]["template"]["spec"]["containers"][0]["image"][-1]
        for item in items
    }


@pytest.mark.parametrize("upgrade", [False, True])
def test_every_object_is_taken_as_it_is_written(
    server: Server, namespace: str, chart: Chart, values: dict[str, Any], upgrade: bool
) -> None:
    """Unknown fields refused, defaults and the add-ons' rules applied, and nothing to warn of."""
    heard = {}
    for item in rendered(chart, values, is_upgrade=upgrade):
        _, warnings = server.apply(item, namespace)
        if warnings:
            heard[item["kind"], item["metadata"]["name"]] = warnings
    assert heard == {}


def test_pods_are_admitted(
    server: Server, namespace: str, chart: Chart, values: dict[str, Any]
) -> None:
    """PodSecurity looks at Pods, which no controller here makes from the Deployments."""
    objects = rendered(chart, values)
    for item in objects:
        if item["kind"] == "ServiceAccount":
            server.apply(item, namespace)
    pods = pod_templates(objects)
    assert len(pods) >= 5
    for pod in pods.values():
        made = server.ask("POST", f"/api/v1/namespaces/{namespace}/pods", pod)
        assert made["status"]["phase"] == "Pending"


def test_a_pod_with_more_rights_is_refused(server: Server, namespace: str, chart: Chart) -> None:
    objects = rendered(chart, environment_values("prod"))
    for item in objects:
        if item["kind"] == "ServiceAccount":
            server.apply(item, namespace)
    for change in (
        {"capabilities": {"drop": []}},
        {"allowPrivilegeEscalation": True},
        {"privileged": True, "allowPrivilegeEscalation": True},
        {"runAsUser": 0},
    ):
        pod = pod_templates(objects)["amena-worker"]
        pod["spec"]["containers"][0]["securityContext"] |= change
        with pytest.raises(Refused, match=r"403: .*violates PodSecurity"):
            server.ask("POST", f"/api/v1/namespaces/{namespace}/pods", pod)


def test_a_field_that_the_server_does_not_know_is_refused(
    server: Server, namespace: str, chart: Chart
) -> None:
    for kind, field in (("Deployment", "replica"), ("ScaledObject", "minReplicas")):
        objects = rendered(chart, environment_values("prod"))
        item = next(item for item in objects if item["kind"] == kind)
        item["spec"][field] = 1
        with pytest.raises(Refused, match=field):
            server.apply(item, namespace)


def test_install_upgrade_and_rollback(
    server: Server, namespace: str, chart: Chart, values: dict[str, Any]
) -> None:
    """By the guide's two releases; other images and settings, another kind of worker, and back."""
    new = merged(values, NEW_BUILD)
    with helm(server, namespace) as config, jobs_end(server, namespace) as ended:
        for name, part in RELEASES.items():
            config.install(chart, name, merged(values, part), wait="hookOnly", timeout=60)
        before = digests(server, namespace)
        assert set(before) == {"amena-web", "amena-sweeper", "amena-worker"}
        for name, part in RELEASES.items():
            config.upgrade(chart, name, merged(new, part), wait="hookOnly", timeout=60)
        assert set(digests(server, namespace).values()) == {"c"}
        # The hook ran, and the first install's Job is no more.
        assert "amena-migrate" in ended
        for name in RELEASES:
            config.rollback(name, wait="hookOnly", timeout=60)
            assert len(config.history(name)) == 3
        assert digests(server, namespace) == before
        for name in RELEASES:
            config.uninstall(name, wait="hookOnly", timeout=60)
    assert digests(server, namespace) == {}


def test_workers_change_their_kind_and_back(server: Server, namespace: str, chart: Chart) -> None:
    """GPU to CPU and back is an upgrade: nothing in it that may not change."""
    part = RELEASES["amena-worker"]
    with helm(server, namespace) as config:
        config.install(chart, "amena-worker", merged(environment_values("prod"), part))
        for environment in ("prod+cpu-workers", "prod"):
            config.upgrade(chart, "amena-worker", merged(environment_values(environment), part))
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/amena-worker"
    pool = server.ask("GET", path)["spec"]["template"]["spec"]["nodeSelector"]["amena.io/pool"]
    assert pool == "gpu"


def test_what_keda_scaled_stays_scaled(server: Server, namespace: str, chart: Chart) -> None:
    """Neither an upgrade nor its rollback takes workers away from photos that wait."""
    values = merged(environment_values("prod"), RELEASES["amena-worker"])
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/amena-worker"

    def scale(replicas: int) -> None:
        """As the autoscaler does, under its own name."""
        server.ask(
            "PATCH",
            f"{path}/scale?fieldManager=kube-controller-manager",
            {"spec": {"replicas": replicas}},
            "application/merge-patch+json",
        )

    def replicas() -> int:
        return int(server.ask("GET", path)["spec"]["replicas"])

    with helm(server, namespace) as config:
        config.install(chart, "amena-worker", values)
        assert replicas() == 0, "Nobody has asked for a node yet."
        config.upgrade(chart, "amena-worker", merged(values, {"config": {"LOG_LEVEL": "ERROR"}}))
        assert replicas() == 0
        scale(3)
        config.upgrade(chart, "amena-worker", values)
        config.upgrade(chart, "amena-worker", merged(values, NEW_BUILD))
        assert replicas() == 3
        scale(5)
        config.rollback("amena-worker")
        assert digests(server, namespace) == {"amena-worker": "b"}
        assert replicas() == 5
        # As the guide says of releases of before the first photo.
        with pytest.raises(Exception, match="conflict"):
            config.rollback("amena-worker", version=1)


def test_pools_and_the_secret_store_are_taken(server: Server, namespace: str) -> None:
    """Karpenter's rules stand in its definitions, as expressions that only a server looks at."""
    with Chart.load(CLUSTER_CHART) as chart, helm(server, namespace) as config:
        config.install(chart, "amena-cluster")
        texts = chart.render({}, name="amena-cluster", namespace=namespace).values()
    objects = [item for text in texts for item in yaml.safe_load_all(text) if item]
    assert len(objects) == 5
    for item in objects:
        _, warnings = server.apply(item, namespace)
        assert warnings == []
    pool = next(item for item in objects if item["kind"] == "NodePool")
    pool["spec"]["template"]["spec"]["requirements"][0]["operator"] = "Among"
    with pytest.raises(Refused, match="operator"):
        server.apply(pool, namespace)
