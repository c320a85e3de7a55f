"""The chart says the same as the code it runs."""

from __future__ import annotations

import re
from typing import Any

import yaml
from infra import CHART, ROOT, chart_values, django_environment, django_setting

Objects = dict[tuple[str, str], dict[str, Any]]


def test_timeouts_equal_djangos() -> None:
    assert chart_values()["timeouts"] == {
        "soft": django_setting("JOB_SOFT_LIMIT"),
        "hard": django_setting("JOB_HARD_LIMIT"),
        "grace": django_setting("WORKER_GRACE_SECONDS"),
        "visibility": django_setting("SQS_VISIBILITY_SECONDS"),
    }


def test_pods_are_told_the_timeouts(prod: Objects) -> None:
    data = prod["ConfigMap", "amena"]["data"]
    told = [
        data[name]
        for name in (
            "JOB_SOFT_LIMIT",
            "JOB_HARD_LIMIT",
            "WORKER_GRACE_SECONDS",
            "SQS_VISIBILITY_SECONDS",
        )
    ]
    assert told == [str(value) for value in chart_values()["timeouts"].values()]


def test_timeouts_leave_room_for_each_other() -> None:
    values = chart_values()["timeouts"]
    assert values["soft"] < values["hard"] < values["grace"] < values["visibility"]


def test_a_worker_has_the_whole_grace_and_is_not_disrupted(prod: Objects) -> None:
    template = prod["Deployment", "amena-worker"]["spec"]["template"]
    grace = template["spec"]["terminationGracePeriodSeconds"]
    assert grace == django_setting("WORKER_GRACE_SECONDS")
    assert template["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] == "true"


def test_workers_follow_the_queue_down_to_none(prod: Objects) -> None:
    spec = prod["ScaledObject", "amena-worker"]["spec"]
    (trigger,) = spec["triggers"]
    assert spec["minReplicaCount"] == 0
    assert spec["maxReplicaCount"] > 0
    assert trigger["type"] == "aws-sqs-queue"
    assert trigger["metadata"]["scaleOnInFlight"] == "true"
    assert trigger["metadata"]["queueURL"] == prod["ConfigMap", "amena"]["data"]["SQS_QUEUE_URL"]
    # KEDA and the Deployment would fight over a fixed number.
    assert "replicas" not in prod["Deployment", "amena-worker"]["spec"]
    assert "replicas" not in prod["Deployment", "amena-web"]["spec"]


def test_workers_get_a_gpu_and_may_stand_on_its_node(prod: Objects) -> None:
    pod = prod["Deployment", "amena-worker"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod[
        "tolerations"
    ]


def test_web_scales_at_seventy_percent(prod: Objects) -> None:
    (metric,) = prod["HorizontalPodAutoscaler", "amena-web"]["spec"]["metrics"]
    assert metric["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}


def test_the_site_is_reached_by_https_alone(prod: Objects) -> None:
    ingress = prod["Ingress", "amena-web"]
    notes = ingress["metadata"]["annotations"]
    host = ingress["spec"]["rules"][0]["host"]
    assert notes["alb.ingress.kubernetes.io/ssl-redirect"] == "443"
    assert notes["alb.ingress.kubernetes.io/certificate-arn"].startswith("arn:aws:acm:")
    assert notes["external-dns.alpha.kubernetes.io/hostname"] == host
    assert ingress["spec"]["tls"] == [{"hosts": [host]}]
    assert prod["ConfigMap", "amena"]["data"]["SITE_ROOT"] == f"https://{host}"


def test_the_load_balancer_asks_where_django_answers_plainly(prod: Objects) -> None:
    notes = prod["Ingress", "amena-web"]["metadata"]["annotations"]
    path = notes["alb.ingress.kubernetes.io/healthcheck-path"]
    assert any(re.search(p, path[1:]) for p in django_setting("SECURE_REDIRECT_EXEMPT"))


def test_probes_reach_django_by_the_pods_own_address(prod: Objects) -> None:
    (web,) = prod["Deployment", "amena-web"]["spec"]["template"]["spec"]["containers"]
    env = {item["name"]: item for item in web["env"]}
    assert env["POD_IP"]["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
    assert env["ALLOWED_HOSTS"]["value"] == "amena.example.com,$(POD_IP)"


def test_every_setting_is_one_that_django_reads(objects: list[dict[str, Any]]) -> None:
    known = django_environment()
    for item in objects:
        if item["kind"] == "ConfigMap":
            assert item["data"].keys() <= known


def test_secrets_are_what_django_reads(prod: Objects) -> None:
    secret = prod["ExternalSecret", "amena"]["spec"]["target"]["template"]["data"]
    assert secret.keys() <= django_environment()
    assert {"SECRET_KEY", "DATABASE_URL"} <= secret.keys()


def test_housekeeping_calls_commands_that_exist(prod: Objects) -> None:
    commands = {path.stem for path in ROOT.glob("amena/*/management/commands/*.py")}
    crons = {
        item["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"][0]
        for (kind, _), item in prod.items()
        if kind == "CronJob"
    }
    assert crons == {"dispatch_outbox", "reap_jobs", "deliver_webhooks", "purge_expired"}
    assert crons <= commands


def test_migrations_run_before_the_new_code(prod: Objects) -> None:
    job = prod["Job", "amena-migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "post-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["migrate", "--no-input"]


def test_chart_and_code_have_one_version() -> None:
    source = (ROOT / "amena" / "__init__.py").read_text("utf-8")
    version = re.search(r'__version__ = "(.+?)"', source)
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text("utf-8"))
    assert version
    assert chart["appVersion"] == chart["version"] == version[1]


def test_prometheus_shows_the_token_where_django_answers(prod: Objects) -> None:
    monitor = prod["ServiceMonitor", "amena-web"]["spec"]
    (endpoint,) = monitor["endpoints"]
    service = prod["Service", "amena-web"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    secret = prod["ExternalSecret", "amena"]["spec"]["target"]
    credentials = endpoint["authorization"]["credentials"]
    assert credentials["name"] == secret["name"]
    assert credentials["key"] in secret["template"]["data"]
    assert credentials["key"] in django_environment()
    urls = (ROOT / "amena" / "urls.py").read_text("utf-8")
    assert f'path("{endpoint["path"].removeprefix("/")}"' in urls
    # Prometheus asks by plain HTTP.
    exempt = django_setting("SECURE_REDIRECT_EXEMPT")
    assert any(re.search(pattern, endpoint["path"][1:]) for pattern in exempt)


def test_prometheus_may_reach_the_web_pods(prod: Objects) -> None:
    (rule,) = prod["NetworkPolicy", "amena-web"]["spec"]["ingress"]
    namespace = chart_values()["prometheus"]["namespace"]
    labels = {"kubernetes.io/metadata.name": namespace}
    assert {"namespaceSelector": {"matchLabels": labels}} in rule["from"]
    addons = (ROOT / "terraform" / "modules" / "addons" / "main.tf").read_text("utf-8")
    release = addons[addons.index('resource "helm_release" "prometheus"') :]
    assert re.search(rf'namespace\s+= "{namespace}"', release)
