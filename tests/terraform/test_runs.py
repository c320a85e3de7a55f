"""Terraform itself, on the real files: planned, applied, interrupted, applied again, destroyed."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from runs import Run, prepared, short
from stand_in.provider import Cloud, serving


def started(name: str, folder: Path) -> Iterator[Run]:
    """The environment `name`, initialised, on a cloud of its own."""
    # What Terraform waits for on the way down would only take time here.
    sleep = folder / "bin" / "sleep"
    sleep.parent.mkdir()
    sleep.write_text("#!/bin/sh\n", "utf-8")
    sleep.chmod(0o755)
    cloud = Cloud()
    with serving(cloud, folder) as variables:
        variables["PATH"] = f"{sleep.parent}:{os.environ['PATH']}"
        yield prepared(name, folder / "copy", cloud, variables)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Staging, of which nothing is there yet."""
    yield from started("staging", tmp_path_factory.mktemp("empty"))


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Staging, whose first apply was interrupted by a failing chart and whose second went well."""
    for run in started("staging", tmp_path_factory.mktemp("applied")):
        run.cloud.fails = "aws_secretsmanager_secret_version"
        assert "made to fail" in run.apply(fails=True)
        run.apply()
        yield run


@pytest.fixture(scope="module")
def before(applied: Run) -> dict[str, set[str]]:
    """Resource → what Terraform makes before it and destroys after it."""
    return applied.dependencies()


def beside(run: Run, name: str) -> Run:
    """Another environment in the same copy."""
    folder = run.folder.parent / name
    if folder != run.folder:
        shutil.copy(run.folder / "backend_override.tf", folder / "backend_override.tf")
        shutil.copy(folder / "terraform.tfvars.example", folder / "terraform.tfvars")
    other = Run(folder, run.cloud, run.environment)
    other.terraform("init")
    return other


# --- Planned ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["staging", "prod", "small"])
def test_every_environment_is_valid_for_terraform_and_its_providers(empty: Run, name: str) -> None:
    run = beside(empty, name)
    assert "The configuration is valid" in run.terraform("validate")


def test_the_small_shape_comes_and_goes(empty: Run) -> None:
    run = beside(empty, "small")
    run.apply()
    assert run.planned() == {}
    assert "S3_BUCKET=" in run.terraform("output", "-raw", "environment")
    # A machine without a way out could not even be set up.
    assert run.dependencies()["aws_instance.this"] >= {
        "aws_route.internet",
        "aws_iam_role_policy.this",
    }
    run.destroy()
    assert run.state()["resources"] == []


def test_the_cluster_alone_brings_its_nodes_way_out(empty: Run) -> None:
    """The guide's first step applies a part only; nodes without a route never join."""
    planned = {short(address) for address in empty.planned("-target=module.stack.module.cluster")}
    for needed in (
        'network.aws_nat_gateway.this["eu-central-1a"]',
        'network.aws_route.nat["eu-central-1c"]',
        'network.aws_route_table_association.private["eu-central-1b"]',
        'network.aws_route_table_association.public["eu-central-1a"]',
        "network.aws_route.internet",
        "network.aws_vpc_endpoint.s3",
        "network.aws_vpc_endpoint.sqs",
    ):
        assert needed in planned


def test_an_upgrade_changes_cluster_nodes_and_add_ons_in_place(applied: Run) -> None:
    changed = applied.planned("-var=kubernetes_version=1.99", '-var=addon_versions={coredns="v9"}')
    assert set(map(tuple, changed.values())) == {("update",)}
    assert {short(address) for address in changed} >= {
        "cluster.aws_eks_cluster.this",
        "cluster.aws_eks_node_group.system",
        'cluster.aws_eks_addon.this["coredns"]',
    }


# --- Applied ----------------------------------------------------------------------------------


def test_a_second_plan_finds_nothing_to_do(applied: Run) -> None:
    assert applied.planned() == {}


def test_the_page_on_privacy_is_told_how_long_backups_are_kept(applied: Run) -> None:
    told = yaml.safe_load(applied.terraform("output", "-raw", "helm_values"))["config"]
    kept = [
        instance["attributes"]["backup_retention_period"]
        for item in applied.state()["resources"]
        if item["type"] == "aws_db_instance"
        for instance in item["instances"]
    ]
    assert [told["BACKUP_DAYS"]] == kept


def test_a_cdn_comes_with_its_keys_and_alone_may_read_the_photos(applied: Run) -> None:
    """Two keys while one follows the other. Without any there is no CDN."""
    keys = [f"-----BEGIN PUBLIC KEY-----\n{word}\n-----END PUBLIC KEY-----\n" for word in "ab"]
    option = f"-var=cdn_public_keys={json.dumps(keys)}"

    def told() -> tuple[dict[str, str], str]:
        values = yaml.safe_load(applied.terraform("output", "-raw", "helm_values"))
        return values["config"], values["secrets"]["external"]["cdnKey"]

    config, secret = told()
    assert ("CDN_HOST" in config, secret) == (False, "")
    changed = applied.planned(option)
    assert changed["module.stack.module.cdn[0].aws_cloudfront_distribution.this"] == ["create"]
    assert sum(".aws_cloudfront_public_key." in address for address in changed) == len(keys)
    applied.apply(option)
    try:
        assert applied.planned(option) == {}
        config, secret = told()
        assert config["CDN_HOST"] and secret.endswith("/cdn")
        assert len(set(json.loads(applied.terraform("output", "-json", "cdn_key_ids")))) == 2
        found = {
            item["type"]: item["instances"][0]["attributes"]
            for item in applied.state()["resources"]
            if item["type"].startswith("aws_cloudfront_")
        }
        behaviour = found["aws_cloudfront_distribution"]["default_cache_behavior"][0]
        assert behaviour["trusted_key_groups"] == [found["aws_cloudfront_key_group"]["id"]]
        assert behaviour["cache_policy_id"] == found["aws_cloudfront_cache_policy"]["id"]
    finally:
        applied.apply()
    assert "CDN_HOST" not in told()[0]


def test_no_secret_is_in_the_state(applied: Run) -> None:
    written = applied.cloud.written["aws_secretsmanager_secret_version"]["secret_string_wo"]
    assert len(written) > 60
    text = (applied.folder / "terraform.tfstate").read_text("utf-8")
    for word in written.replace('"', " ").split():
        assert len(word) < 30 or word not in text


def test_an_interrupted_apply_leaves_no_password_in_two_places(applied: Run) -> None:
    """A password that is made anew at each apply may stand in one place only."""
    assert "aws_db_instance" not in applied.cloud.written


def test_nodes_come_after_their_way_out(before: dict[str, set[str]]) -> None:
    assert before["cluster.aws_eks_node_group.system"] >= {
        "network.aws_route.nat",
        "network.aws_route.internet",
        "network.aws_route_table_association.private",
        "network.aws_vpc_endpoint.s3",
        "cluster.aws_eks_addon.network",
    }


def test_charts_come_one_after_the_other_where_they_need_each_other(
    before: dict[str, set[str]],
) -> None:
    assert "addons.helm_release.load_balancer" in before["addons.helm_release.prometheus"]
    assert before["addons.helm_release.this"] >= {
        "addons.helm_release.load_balancer",
        "addons.helm_release.prometheus",
        "addons.helm_release.karpenter_crd",
    }
    assert "addons.helm_release.this" in before["addons.helm_release.cluster"]


@pytest.mark.parametrize(
    "chart", ["load_balancer", "prometheus", "karpenter_crd", "this", "cluster"]
)
def test_charts_find_access_credentials_and_network_coming_and_going(
    before: dict[str, set[str]], chart: str
) -> None:
    """On the way down the same order backwards: whoever takes a chart out must still get in."""
    assert before[f"addons.helm_release.{chart}"] >= {
        "cluster.aws_eks_access_policy_association.admin",
        "cluster.aws_eks_access_entry.node",
        "cluster.aws_eks_node_group.system",
        "cluster.aws_eks_addon.this",
        "identity.aws_eks_pod_identity_association.this",
        "identity.aws_iam_role_policy.this",
        "network.aws_route.nat",
    }


def test_the_site_goes_before_whoever_clears_up_after_it(before: dict[str, set[str]]) -> None:
    assert before["addons.kubernetes_namespace_v1.amena"] >= {
        "addons.helm_release.cluster",
        "addons.helm_release.load_balancer",
        "addons.helm_release.this",
        "addons.terraform_data.name_goes",
        # The load balancer uses both, and goes with the site.
        "edge.aws_wafv2_web_acl.this",
        "dns.aws_acm_certificate_validation.this",
    }
    assert "addons.helm_release.this" in before["addons.terraform_data.name_goes"]


def test_a_changed_template_is_a_changed_release(applied: Run) -> None:
    template = applied.folder / "../../charts/cluster/templates/secret-store.yaml"
    text = template.read_text("utf-8")
    template.write_text(text + "# changed\n", "utf-8")
    try:
        changed = applied.planned()
    finally:
        template.write_text(text, "utf-8")
    assert changed == {"module.stack.module.addons.helm_release.cluster": ["update"]}


# --- Destroyed --------------------------------------------------------------------------------


def test_one_command_takes_everything_down(applied: Run) -> None:
    """The last test: nothing is left after it."""
    done = Counter(what for what, _, _ in applied.cloud.done)
    there = done["create"] - done["delete"]
    applied.cloud.done.clear()
    applied.destroy()
    gone = [kind for what, kind, _ in applied.cloud.done if what == "delete"]
    assert len(gone) == there
    assert applied.state()["resources"] == []

    def last(kind: str) -> int:
        return len(gone) - 1 - gone[::-1].index(kind)

    assert last("kubernetes_namespace_v1") < gone.index("helm_release")
    for kind in (
        "aws_eks_access_policy_association",
        "aws_eks_pod_identity_association",
        "aws_eks_node_group",
        "aws_route",
    ):
        assert last("helm_release") < gone.index(kind), kind
    assert last("aws_eks_node_group") < gone.index("aws_nat_gateway")
