"""Health answers tell a load balancer the truth."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.test import Client

from amena.local.aws import AwsServer
from amena.site import health


def test_healthz_needs_nothing_but_the_process() -> None:
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_readyz_asks_nothing_that_all_processes_share(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the queue's absence takes every web process out, and the whole site is down. The test
    has no database either: pytest-django refuses it here.
    """
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    monkeypatch.setattr(FileSystemStorage, "exists", None)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (200, {"disk": True})


def test_a_process_that_could_not_take_an_upload_is_not_ready(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1024))
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (503, {"disk": False})


def test_dependencies_that_answer(settings: Any, aws_server: AwsServer) -> None:
    settings.SQS_ENDPOINT_URL = aws_server.endpoint_url
    settings.SQS_QUEUE_URL = aws_server.queue_url
    assert health.dependencies() == {"broker": True, "storage": True}


def test_dependencies_that_are_away_refuse_or_hang(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    settings.SQS_QUEUE_URL = "http://127.0.0.1:9/1/queue"
    released = threading.Event()
    monkeypatch.setattr(FileSystemStorage, "exists", lambda *_: released.wait(60))
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.5)
    try:
        assert health.dependencies() == {"broker": False, "storage": False}
    finally:
        released.set()
