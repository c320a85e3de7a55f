"""People who have asked for emails, and a mail server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.mail_server import MailServer, receiving_mail

if TYPE_CHECKING:
    from amena.jobs.models import Job, State

SENDER = "Amena <photos@amena.example>"


def offer(settings: Any, port: int) -> None:
    """Emails go to the server at this port."""
    from amena.notifications import subscriptions

    settings.EMAIL_BACKEND, settings.DEFAULT_FROM_EMAIL = subscriptions.SMTP, SENDER
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture(autouse=True)
def own_files(media: Path) -> None:
    """Files go into a folder of each test's own."""


@pytest.fixture
def mail_server(settings: Any) -> Iterator[MailServer]:
    """Takes everything unless told otherwise."""
    with receiving_mail() as server:
        offer(settings, server.port)
        yield server


@pytest.fixture
def wait_for(make_job: Callable[..., Job]) -> Callable[..., Job]:
    """A job that has ended, a minute and more after it was ordered and a while ago."""

    def made(state: State, waited: float = 70, ago: float = 60, **fields: Any) -> Job:
        from django.db.models.functions import Now

        from amena.jobs.models import Job

        job = make_job(state, **fields)
        ended = Now() - timedelta(seconds=ago)
        Job.objects.filter(pk=job.pk).update(
            finished_at=ended, ordered_at=ended - timedelta(seconds=waited)
        )
        job.refresh_from_db()
        return job

    return made
