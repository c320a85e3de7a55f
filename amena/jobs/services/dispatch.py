"""The outbox: a queued job's row is the order to send its message, at once or by the sweeper."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Now
from kombu.exceptions import KombuError

from amena.celery import app
from amena.jobs import states
from amena.jobs.models import Job, State

logger = logging.getLogger(__name__)

#: The name by which messages ask for the work; those under way keep it over a deployment.
TASK: Final = "amena.run_job"

_BROKER_ERRORS = (KombuError, BotoCoreError, ClientError, OSError)


def send(job_id: UUID) -> bool:
    """Sends a job's message. A second message does no harm: only one worker can claim the job.

    Returns:
        Whether the broker took it; if not, the sweeper tries again.
    """
    try:
        publish(str(job_id))
    except _BROKER_ERRORS as error:
        logger.warning(
            "The broker did not take the message: %s", type(error).__name__, extra={"job": job_id}
        )
        return False
    patience = timedelta(seconds=settings.JOB_DISPATCH_SECONDS)
    Job.objects.filter(public_id=job_id, state=State.QUEUED).update(
        dispatch_at=states.soon(patience)
    )
    return True


def publish(job_id: str) -> None:
    """Hands a job's message to the broker, for the task `amena.jobs.tasks.run_job` by its name.

    The sender's time limits would travel with it and win over the worker's own, which know the
    worker's grace and the queue's visibility; so none are sent.
    """
    app.send_task(TASK, (job_id,), time_limit=None, soft_time_limit=None)


def due() -> QuerySet[Job]:
    """Queued jobs whose message is to be sent (again), the longest due first."""
    found = Job.objects.filter(state=State.QUEUED, dispatch_at__lte=Now())
    return found.order_by("dispatch_at")


def send_due(limit: int = 500) -> int:
    """Sends for queued jobs whose message is due: never sent, or sent so long ago that it may be
    lost. Stops at the first one that the broker does not take.

    Returns:
        How many were sent.
    """
    sent = 0
    for job_id in due().values_list("public_id", flat=True)[:limit]:
        if not send(job_id):
            break
        sent += 1
    return sent
