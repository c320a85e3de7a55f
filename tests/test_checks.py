"""System checks: what must not start does not."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError


def found(*, deploy: bool = False) -> set[str]:
    return {
        message.id
        for message in run_checks(tags=["amena"], include_deployment_checks=deploy)
        if message.id
    }


@pytest.fixture
def sound(settings: Any) -> Any:
    """Settings as a deployment has them."""
    settings.DEBUG = settings.DEV_LOGIN = False
    settings.SECRET_KEY = "k" * 50
    settings.SITE_ROOT = "https://amena.example"
    settings.STORAGE = "s3"
    settings.SQS_QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/1/amena"
    return settings


def test_a_sound_deployment_passes(sound: Any) -> None:
    assert found(deploy=True) == set()


@pytest.mark.parametrize(
    ("name", "value", "problem", "deploy"),
    [
        ("DEV_LOGIN", True, "amena.E001", False),
        ("JOB_SOFT_LIMIT", 600, "amena.E002", False),
        ("JOB_HARD_LIMIT", 660, "amena.E002", False),
        ("SQS_VISIBILITY_SECONDS", 660, "amena.E002", False),
        ("SQS_QUEUE_URL", "", "amena.E003", False),
        ("SECRET_KEY", "short", "amena.E004", True),
        ("DEBUG", True, "amena.E005", True),
        ("SITE_ROOT", "http://amena.example", "amena.E006", True),
        ("STORAGE", "local", "amena.E007", True),
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
