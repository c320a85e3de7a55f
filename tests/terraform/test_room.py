"""Every pod finds a node: requests against what nodes of each pool really have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from configuration import TERRAFORM, configuration
from helm_python.chart import Chart
from infra import CHART, chart_values

NODES = yaml.safe_load((Path(__file__).parent / "nodes.yaml").read_text("utf-8"))
ENVIRONMENTS = ("staging", "prod")


@dataclass(frozen=True)
class Room:
    """Processor in thousandths, memory in MiB, GPUs, pods."""

    cpu: float = 0
    memory: float = 0
    gpus: int = 0
    pods: int = 0

    def __add__(self, other: Room) -> Room:
        return Room(
            self.cpu + other.cpu,
            self.memory + other.memory,
            self.gpus + other.gpus,
            self.pods + other.pods,
        )

    def __mul__(self, times: int) -> Room:
        return Room(self.cpu * times, self.memory * times, self.gpus * times, self.pods * times)

    def holds(self, wanted: Room) -> bool:
        return (
            self.cpu >= wanted.cpu
            and self.memory >= wanted.memory
            and self.gpus >= wanted.gpus
            and self.pods >= wanted.pods
        )


def asked(requests: dict[str, Any], gpus: int = 0) -> Room:
    """What one pod asks for."""
    cpu, memory = str(requests["cpu"]), str(requests["memory"])
    thousandths = float(cpu[:-1]) if cpu.endswith("m") else float(cpu) * 1000
    unit = {"Mi": 1, "Gi": 1024}[memory[-2:]]
    return Room(thousandths, float(memory[:-2]) * unit, gpus, 1)


def allocatable(kind: str) -> Room:
    """What pods can have of a node: less what EKS's set-up script keeps for kubelet and system.

    Processor: 6 % of the first, 1 % of the second, 0.5 % of the next two. Memory: 255 MiB and 11
    for each pod, and 100 below which kubelet evicts; 7.5 % is what the hypervisor keeps at most,
    as Karpenter reckons.
    """
    node = NODES[kind]
    kept = sum([60, 10, 5, 5][: node["cpu"]])
    memory = node["memory"] * (1 - 0.075) - (255 + 11 * node["pods"]) - 100
    return Room(node["cpu"] * 1000 - kept, memory, node.get("gpus", 0), node["pods"])


def addons() -> dict[str, Room]:
    """What each add-on's pod asks for, from Terraform."""
    text = (TERRAFORM / "modules" / "addons" / "main.tf").read_text("utf-8")
    rows = re.findall(r'^ +(\w+) += \["(\w+)", "(\w+)", "\w+"\]$', text, re.MULTILINE)
    return {name: asked({"cpu": cpu, "memory": memory}) for name, cpu, memory in rows}


#: EKS's own on every node, as its add-ons ask: vpc-cni with its network policy agent, kube-proxy,
#: the Pod Identity agent.
ON_EVERY_NODE = Room(50, 0, 0, 1) + Room(100, 0, 0, 1) + Room(0, 0, 0, 1)
#: EKS's own on the system nodes: two coredns, two metrics-server.
OF_THE_SYSTEM = Room(100, 70, 0, 1) * 2 + Room(100, 200, 0, 1) * 2
#: How many pods of each add-on there are, beside those on every node.
COPIES = {
    "load_balancer": 2,
    "external_dns": 1,
    "external_secrets": 3,
    "keda": 3,
    "karpenter": 2,
    "prometheus": 1,
    "alertmanager": 1,
    "operator": 1,
    "kube_state_metrics": 1,
    "reloader": 1,
}


def daemons(gpu: bool) -> Room:
    """Pods that each node of a pool has besides the one that it is for."""
    rows = addons()
    room = ON_EVERY_NODE + rows["fluent_bit"] + rows["node_exporter"]
    return room + rows["device_plugin"] if gpu else room


def stack(environment: str) -> dict[str, Any]:
    call: dict[str, Any] = configuration(TERRAFORM / "envs" / environment).labelled("module")[
        "stack"
    ]
    return call


def merged(*names: str) -> dict[str, Any]:
    """The worker's values, later files over earlier ones."""
    worker: dict[str, Any] = {}
    for name in names:
        values = chart_values(name or None).get("worker", {})
        worker |= values
    return worker


def pools() -> list[tuple[str, str, str]]:
    """Environment, pool and instance type, of the workers' pools."""
    return [
        (environment, pool, kind)
        for environment in ENVIRONMENTS
        for pool in ("gpu", "cpu")
        for kind in stack(environment)["pools"][pool]["instance_types"]
    ]


@pytest.mark.parametrize(("environment", "pool", "kind"), pools())
def test_a_worker_fits_on_every_node_of_its_pool(environment: str, pool: str, kind: str) -> None:
    layers = ["", environment, *(["cpu-workers"] if pool == "cpu" else [])]
    worker = merged(*layers)
    assert worker["nodeSelector"] == {"amena.io/pool": pool}
    wanted = asked(worker["resources"]["requests"], worker["gpus"]) + daemons(pool == "gpu")
    assert allocatable(kind).holds(wanted), f"{wanted} on {allocatable(kind)}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_web_pod_finds_a_node(environment: str) -> None:
    """System nodes hold the controllers; the general pool takes all web pods that may be."""
    values = stack(environment)
    fewest = values["system"]["min"]
    system = allocatable(values["system"]["instance_types"][0])
    controllers = OF_THE_SYSTEM
    for name, copies in COPIES.items():
        controllers += addons()[name] * copies
    assert set(COPIES) | {"fluent_bit", "node_exporter", "device_plugin"} == set(addons())
    assert (system * fewest).holds(controllers + daemons(gpu=False) * fewest)

    web = asked(chart_values()["web"]["resources"]["requests"])
    general = values["pools"]["general"]
    per_core = min(
        int((allocatable(kind).cpu - daemons(gpu=False).cpu) // web.cpu) / NODES[kind]["cpu"]
        for kind in general["instance_types"]
    )
    assert general["limit"] * per_core >= chart_values(environment)["web"]["maxReplicas"]


def test_requests_of_the_chart_are_bounded_by_their_limits() -> None:
    with Chart.load(CHART) as chart:
        texts = [
            text
            for name, text in chart.render({}, name="amena").items()
            if not name.endswith("NOTES.txt")
        ]
    for item in (item for text in texts for item in yaml.safe_load_all(text) if item):
        if item["kind"] == "Deployment":
            for container in item["spec"]["template"]["spec"]["containers"]:
                resources = container["resources"]
                memory = asked({"cpu": 0, "memory": resources["limits"]["memory"]}).memory
                assert asked(resources["requests"]).memory <= memory
