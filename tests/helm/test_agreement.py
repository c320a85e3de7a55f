"""The chart says the same as the code it runs."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from conftest import environment_values, merged, pod_specs, rendered
from helm_python.chart import Chart
from infra import CHART, ROOT, chart_values, django_setting, settings_read

Objects = dict[tuple[str, str], dict[str, Any]]


def test_timeouts_equal_djangos() -> None:
    assert chart_values()["timeouts"] == {
        "soft": django_setting("JOB_SOFT_LIMIT"),
        "hard": django_setting("JOB_HARD_LIMIT"),
        "grace": django_setting("WORKER_GRACE_SECONDS"),
        "visibility": django_setting("SQS_VISIBILITY_SECONDS"),
    }


def test_pods_are_told_the_timeouts(prod: Objects) -> None:
    data = prod["ConfigMap", "amena-worker"]["data"]
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


def test_a_worker_has_the_whole_grace_and_hears_of_the_end_of_its_node(prod: Objects) -> None:
    template = prod["Deployment", "amena-worker"]["spec"]["template"]
    grace = template["spec"]["terminationGracePeriodSeconds"]
    assert grace == django_setting("WORKER_GRACE_SECONDS")
    # With this a drained spot node waits for a worker that nobody tells, until AWS cuts both off.
    assert "karpenter.sh/do-not-disrupt" not in template["metadata"]["annotations"]


def test_workers_follow_the_queue_down_to_none(prod: Objects) -> None:
    spec = prod["ScaledObject", "amena-worker"]["spec"]
    (trigger,) = spec["triggers"]
    assert spec["minReplicaCount"] == 0
    assert spec["maxReplicaCount"] > 0
    assert trigger["type"] == "aws-sqs-queue"
    assert trigger["metadata"]["scaleOnInFlight"] == "true"
    queue = prod["ConfigMap", "amena-worker"]["data"]["SQS_QUEUE_URL"]
    assert trigger["metadata"]["queueURL"] == queue
    # Where there is no Deployment yet; later the number is the autoscaler's alone, as the web's is.
    assert prod["Deployment", "amena-worker"]["spec"]["replicas"] == 0
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
    assert prod["ConfigMap", "amena-web"]["data"]["SITE_ROOT"] == f"https://{host}"


def test_floods_are_held_off_before_the_pods(prod: Objects) -> None:
    notes = prod["Ingress", "amena-web"]["metadata"]["annotations"]
    assert notes["alb.ingress.kubernetes.io/wafv2-acl-arn"].startswith("arn:aws:wafv2:")


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
    known = settings_read()
    for item in objects:
        if item["kind"] == "ConfigMap":
            assert item["data"].keys() <= known


def secret(objects: Objects, component: str) -> dict[str, str]:
    """Names in a component's Secret, and what External Secrets fills them with."""
    data: dict[str, str] = objects["ExternalSecret", f"amena-{component}"]["spec"]["target"][
        "template"
    ]["data"]
    return data


@pytest.mark.parametrize("component", ["web", "worker", "owner"])
def test_secrets_are_what_django_reads(prod: Objects, component: str) -> None:
    names = secret(prod, component).keys()
    assert names <= settings_read()
    assert {"SECRET_KEY", "DATABASE_URL"} <= names


def test_every_value_of_a_secret_is_fetched(prod: Objects) -> None:
    for (kind, _), item in prod.items():
        if kind == "ExternalSecret":
            used = re.findall(r"\.(\w+)", str(item["spec"]["target"]["template"]["data"]))
            fetched = {entry["secretKey"] for entry in item["spec"]["data"]}
            assert fetched == {name for name in used if "_" in name or name in fetched}


def test_housekeeping_calls_commands_that_exist(prod: Objects) -> None:
    commands = {path.stem for path in ROOT.glob("amena/*/management/commands/*.py")}
    called = {
        container["args"][0]
        for (_, _), item in prod.items()
        for _, pod in pod_specs([item])
        for container in [*pod.get("initContainers", []), *pod["containers"]]
        if container.get("command") == ["python", "manage.py"]
    }
    assert called == {"migrate", "database_roles", "sweep", "purge_expired"}
    assert called - {"migrate"} <= commands


def test_migrations_run_before_the_new_code(chart: Chart) -> None:
    (job,) = [
        item
        for item in rendered(chart, environment_values("prod"), is_upgrade=True)
        if item["kind"] == "Job"
    ]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-upgrade"
    (migrate,) = job["spec"]["template"]["spec"]["initContainers"]
    assert migrate["args"] == ["migrate", "--no-input"]


def test_on_the_first_install_pods_and_migration_do_not_wait_for_each_other(prod: Objects) -> None:
    """Helm starts a hook after the install only when all pods are ready, and these wait for it."""
    assert "helm.sh/hook" not in prod["Job", "amena-prepare"]["metadata"].get("annotations", {})
    for name in ("web", "worker", "sweeper"):
        pod = prod["Deployment", f"amena-{name}"]["spec"]["template"]["spec"]
        assert pod["initContainers"][0]["command"] == ["python", "manage.py", "migrate", "--check"]


def test_an_upgrade_does_not_meet_the_first_installs_job(chart: Chart) -> None:
    names = {
        upgrade: {
            item["metadata"]["name"]
            for item in rendered(chart, environment_values("prod"), is_upgrade=upgrade)
            if item["kind"] == "Job"
        }
        for upgrade in (True, False)
    }
    assert not names[True] & names[False]


@pytest.mark.parametrize("part", ["web", "worker"])
def test_web_and_workers_are_released_apart(chart: Chart, part: str) -> None:
    """Both releases together are the whole, and no object is in both."""
    other = {"web": "worker", "worker": "web"}[part]
    halves = [
        {
            (item["kind"], item["metadata"]["name"])
            for item in rendered(
                chart, merged(environment_values("prod"), {"components": {without: False}})
            )
        }
        for without in (part, other)
    ]
    assert not halves[0] & halves[1]
    whole = rendered(chart, environment_values("prod"))
    assert halves[0] | halves[1] == {(item["kind"], item["metadata"]["name"]) for item in whole}
    # What a web release waits for are its own pods alone.
    kinds = {name for kind, name in halves[1] if kind == "Deployment"}
    assert ("amena-worker" in kinds) is (part == "worker")


def test_pods_start_anew_when_their_secret_changes(prod: Objects) -> None:
    for name, wanted in (("web", "web"), ("sweeper", "web"), ("worker", "worker")):
        notes = prod["Deployment", f"amena-{name}"]["metadata"]["annotations"]
        assert notes == {"secret.reloader.stakater.com/reload": f"amena-{wanted}"}


def test_the_load_balancer_lets_go_of_a_connection_before_gunicorn_does(prod: Objects) -> None:
    """Else somebody's request meets a connection that has just been closed: a 502 now and then."""
    notes = prod["Ingress", "amena-web"]["metadata"]["annotations"]
    idle = re.search(
        r"idle_timeout\.timeout_seconds=(\d+)",
        notes["alb.ingress.kubernetes.io/load-balancer-attributes"],
    )
    assert idle
    (web,) = prod["Deployment", "amena-web"]["spec"]["template"]["spec"]["containers"]
    told = {item["name"]: item.get("value") for item in web["env"]}["LOAD_BALANCER_IDLE_SECONDS"]
    assert told == idle[1]
    show = "import runpy; print(runpy.run_path('gunicorn.conf.py')['keepalive'])"
    for environment in ({"LOAD_BALANCER_IDLE_SECONDS": told}, {}):
        run = subprocess.run(
            [sys.executable, "-c", show],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert int(run.stdout) >= int(idle[1]) + 10


def test_a_pod_that_shall_go_and_the_load_balancer_let_uploads_end(prod: Objects) -> None:
    """First no new requests come, then the old ones end, and only then anybody cuts."""
    pod = prod["Deployment", "amena-web"]["spec"]["template"]["spec"]
    waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    dockerfile = (ROOT / "docker" / "web.Dockerfile").read_text("utf-8")
    finishes = re.search(r'"--graceful-timeout", "(\d+)"', dockerfile)
    notes = prod["Ingress", "amena-web"]["metadata"]["annotations"]
    lets = re.search(
        r"deregistration_delay\.timeout_seconds=(\d+)",
        notes["alb.ingress.kubernetes.io/target-group-attributes"],
    )
    assert finishes
    assert lets
    # 20 MB at half a megabit a second.
    assert 300 <= int(finishes[1]) <= int(lets[1])
    assert waits + int(finishes[1]) < pod["terminationGracePeriodSeconds"]


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
    target = prod["ExternalSecret", "amena-web"]["spec"]["target"]
    credentials = endpoint["authorization"]["credentials"]
    assert credentials["name"] == target["name"]
    assert credentials["key"] in target["template"]["data"]
    assert credentials["key"] in settings_read()
    urls = (ROOT / "amena" / "site" / "urls.py").read_text("utf-8")
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
