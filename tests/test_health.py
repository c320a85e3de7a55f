"""Health answers tell a load balancer the truth."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.db import OperationalError
from django.test import Client

from amena.local.aws import AwsServer


def ready(settings: Any, server: AwsServer) -> Any:
    settings.SQS_ENDPOINT_URL, settings.SQS_QUEUE_URL = server.endpoint_url, server.queue_url
    return Client().get("/readyz")


def test_healthz_needs_nothing_but_the_process() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_is_well_when_everything_answers(settings: Any, aws_server: AwsServer) -> None:
    response = ready(settings, aws_server)
    assert response.status_code == 200
    assert response.json() == {"database": True, "broker": True, "storage": True}


@pytest.mark.django_db
def test_readyz_names_the_part_that_does_not_answer(
    settings: Any, aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise OSError("The disk is gone: /secret/path")

    monkeypatch.setattr(FileSystemStorage, "exists", away)
    response = ready(settings, aws_server)
    assert response.status_code == 503
    assert response.json() == {"database": True, "broker": True, "storage": False}
    assert b"secret" not in response.content


@pytest.mark.django_db
def test_readyz_without_a_queue_is_a_503(settings: Any, aws_server: AwsServer) -> None:
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    settings.SQS_QUEUE_URL = aws_server.queue_url
    assert Client().get("/readyz").json()["broker"] is False


def test_readyz_without_a_database_is_a_503(
    settings: Any, aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object) -> None:
        raise OperationalError("no route")

    monkeypatch.setattr("amena.site.health.database", away)
    response = ready(settings, aws_server)
    assert response.status_code == 503
    assert response.json()["database"] is False
