"""System checks: what must not start does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from amena.local.aws import aws
from amena.local.postgres import database_url
from amena.local.process import free_port
from amena.starting import WEB, WORKER
from tests.jobs.test_storage import use_bucket
from tests.mail_server import receiving_mail

ROOT = Path(__file__).parent.parent
ANSWERS = {"amena.E011", "amena.E012", "amena.E013", "amena.E014"}
KEY = "a-key-that-nobody-guesses-0123456789-abcdefghijklmnop"


def found(*, deploy: bool = False) -> set[str]:
    return {
        message.id
        for message in run_checks(tags=["amena"], include_deployment_checks=deploy)
        if message.id
    }


@pytest.fixture
def sound(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Settings as a deployment has them, and no server behind them."""
    from amena.notifications import subscriptions

    settings.DEVELOPMENT = settings.DEV_LOGIN = False
    settings.SECRET_KEY = KEY
    settings.SITE_ROOT = "https://amena.example"
    settings.ALLOWED_HOSTS = ["amena.example", "10.0.0.7"]
    settings.STORAGE = "s3"
    settings.SQS_QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/1/amena"
    settings.SQS_DEAD_LETTER_URL = "https://sqs.eu-central-1.amazonaws.com/1/amena-dead"
    settings.SOCIAL_AUTH_GOOGLE_KEY = settings.SOCIAL_AUTH_GOOGLE_SECRET = "from-google"
    settings.METRICS_TOKEN = "let-me-see"
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = subscriptions.SMTP, ""
    settings.OPERATOR_NAME, settings.OPERATOR_EMAIL = "Ada Example", "ada@amena.example"
    settings.TRUSTED_PROXIES = 1
    for part in (
        "site.health.database",
        "site.health.broker",
        "site.health.storage",
        "sqs.waiting",
    ):
        monkeypatch.setattr(f"amena.{part}", lambda *_: None)
    return settings


def test_a_sound_deployment_passes(sound: Any) -> None:
    assert found(deploy=True) == set()


@pytest.mark.parametrize(
    ("name", "value", "problem", "deploy"),
    [
        ("DEV_LOGIN", True, "amena.E001", False),
        ("OUTBOUND_LOOPBACK", True, "amena.E020", False),
        ("JOB_SOFT_LIMIT", 600, "amena.E002", False),
        ("JOB_HARD_LIMIT", 660, "amena.E002", False),
        ("SQS_VISIBILITY_SECONDS", 660, "amena.E002", False),
        ("SQS_QUEUE_URL", "", "amena.E003", False),
        ("WORKER_SHUTDOWN_SECONDS", 660, "amena.E015", False),
        ("SECRET_KEY", "short", "amena.E004", True),
        ("SECRET_KEY", "k" * 60, "amena.E004", True),
        ("DEVELOPMENT", True, "amena.E005", True),
        ("SITE_ROOT", "http://amena.example", "amena.E006", True),
        ("STORAGE", "local", "amena.E007", True),
        ("SOCIAL_AUTH_GOOGLE_KEY", "", "amena.E008", True),
        ("SOCIAL_AUTH_GOOGLE_SECRET", "", "amena.E008", True),
        ("SOCIAL_AUTH_GOOGLE_OIDC_ENDPOINT", "http://accounts.google.com", "amena.E016", True),
        ("TRUSTED_PROXIES", 0, "amena.W004", True),
        ("ALLOWED_HOSTS", ["localhost"], "amena.E009", True),
        ("ALLOWED_HOSTS", ["*"], "amena.E009", True),
        ("ENGINE", "tests.faults.engines.QuickEngine", "amena.E010", True),
        ("METRICS_TOKEN", "", "amena.W001", True),
        ("OPERATOR_NAME", "", "amena.W005", True),
        ("OPERATOR_EMAIL", "", "amena.W005", True),
        ("SQS_DEAD_LETTER_URL", "", "amena.W002", True),
        ("S3_ENDPOINT_URL", "http://127.0.0.1:5000", "amena.W003", True),
        ("CDN_HOST", "d1.cloudfront.net", "amena.E026", False),
        ("CDN_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----", "amena.E026", False),
        ("EMAIL_HOST", "smtp.example", "amena.E025", False),
        ("DEFAULT_FROM_EMAIL", "photos@amena.example", "amena.W006", False),
        ("SQS_ENDPOINT_URL", "http://localhost:5000", "amena.W003", True),
    ],
)
def test_each_fault_is_found(
    sound: Any, name: str, value: object, problem: str, deploy: bool
) -> None:
    setattr(sound, name, value)
    assert found(deploy=deploy) == {problem}


def test_the_development_sign_in_stops_the_server_from_starting(sound: Any) -> None:
    sound.DEV_LOGIN = True
    with pytest.raises(SystemCheckError, match="anybody could sign in as anybody"):
        call_command("check", tags=["amena"])


@pytest.mark.django_db
@pytest.mark.service
def test_queue_and_files_are_really_asked(settings: Any, tmp_path: Path) -> None:
    with aws(tmp_path / "aws.log") as server:
        use_bucket(settings, server)
        settings.SQS_ENDPOINT_URL = server.endpoint_url
        settings.SQS_QUEUE_URL = server.queue_url
        settings.SQS_DEAD_LETTER_URL = server.dead_letter_url
        assert found(deploy=True) & ANSWERS == set()
        settings.SQS_QUEUE_URL = f"{server.queue_url}-that-is-not-there"
        assert found(deploy=True) & ANSWERS == {"amena.E012"}
    settings.SQS_QUEUE_URL = server.queue_url
    assert found(deploy=True) & ANSWERS == {"amena.E012", "amena.E013", "amena.E014"}


def test_emails_are_not_printed_in_a_deployment(sound: Any) -> None:
    sound.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    sound.DEFAULT_FROM_EMAIL = "photos@amena.example"
    assert found(deploy=True) == {"amena.E023"}


def test_the_mail_server_is_really_asked(sound: Any) -> None:
    with receiving_mail() as server:
        sound.DEFAULT_FROM_EMAIL = "photos@amena.example"
        sound.EMAIL_HOST, sound.EMAIL_PORT = "127.0.0.1", server.port
        sound.EMAIL_USE_TLS = False
        assert found(deploy=True) == set()
        sound.EMAIL_USE_TLS = True  # which it does not know
        assert found(deploy=True) == {"amena.E024"}
    assert found(deploy=True) == {"amena.E024"}


def production(database: str, port: int) -> dict[str, str]:
    """Variables as a deployment has them; `port` is of the server in AWS's place."""
    address = f"http://127.0.0.1:{port}"
    return {
        **os.environ,
        "DEBUG": "",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "",
        "SECRET_KEY": KEY,
        "SITE_ROOT": "https://amena.example",
        "ALLOWED_HOSTS": "amena.example",
        "GOOGLE_CLIENT_ID": "from-google",
        "GOOGLE_CLIENT_SECRET": "from-google",
        "METRICS_TOKEN": "let-me-see",
        "OPERATOR_NAME": "Ada Example",
        "OPERATOR_EMAIL": "ada@amena.example",
        "TRUSTED_PROXIES": "1",
        "STORAGE": "s3",
        "DATABASE_URL": database,
        "S3_ENDPOINT_URL": address,
        "SQS_ENDPOINT_URL": address,
        "SQS_QUEUE_URL": f"{address}/123456789012/amena",
        "SQS_DEAD_LETTER_URL": f"{address}/123456789012/amena-dead-letters",
    }


@pytest.mark.django_db
@pytest.mark.service
def test_the_command_names_every_part_that_does_not_answer(tmp_path: Path) -> None:
    def check(database: str, port: int) -> subprocess.CompletedProcess[str]:
        # Everything of Django's own too; the tag alone is what a person would type.
        command = [sys.executable, "manage.py", "check", "--deploy"]
        environment = production(database, port)
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )

    where = connections["default"].settings_dict
    with aws(tmp_path / "aws.log") as server:
        database = database_url(Path(where["HOST"]), where["NAME"])
        well = check(database, server.port)
        assert well.returncode == 0, well.stderr
        # The servers stand on this machine, and that is all there is to say.
        assert set(re.findall(r"\((\w+\.\w\d+)\)", well.stderr)) == {"amena.W003"}
    away = check(database_url(tmp_path, "nowhere"), free_port())
    assert away.returncode == 1
    for name in ("database", "queue", "storage of the files", "dead-letter queue"):
        assert f"The {name} does not answer" in away.stderr
    assert KEY not in well.stderr + away.stderr


def test_a_worker_starts_with_whole_models_alone(sound: Any, tmp_path: Path) -> None:
    """By what their folders say; nothing is loaded."""

    def problems() -> list[str]:
        return [each.msg for each in run_checks(tags=[WORKER], include_deployment_checks=True)]

    assert problems() == []
    sound.DEPTH_ESTIMATORS = {"mine": f"huggingface:{tmp_path}", "compact": "compact"}
    (problem,) = problems()
    assert "preprocessor_config.json is missing" in problem
    sound.DEPTH_ESTIMATORS = {"far": "huggingface:some/where"}
    (problem,) = problems()
    assert "has not been fetched" in problem


def test_what_reads_strangers_files_must_be_confined(
    sound: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faults(tag: str) -> set[str | None]:
        return {each.id for each in run_checks(tags=[tag], include_deployment_checks=True)}

    assert "amena.E022" not in faults(WEB) | faults(WORKER)
    monkeypatch.setattr("amena.site.checks.system_calls_are_filtered", lambda: False)
    assert "amena.E022" in faults(WEB) & faults(WORKER)
