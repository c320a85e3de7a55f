"""What staff may do to jobs, in the admin and by commands. People's quotas do not apply."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from amena.jobs import states
from amena.jobs.models import Job, State
from amena.jobs.services import places, quotas

logger = logging.getLogger(__name__)


def workable() -> QuerySet[Job]:
    """Jobs of photos that are still there."""
    return Job.objects.filter(photo__deleted_at=None)


def failed(codes: Iterable[str] = (), within: timedelta | None = None) -> QuerySet[Job]:
    """Failed jobs of photos still there, oldest first; by error code, by age of the failure."""
    found = workable().filter(state=State.FAILED)
    if codes := list(codes):
        found = found.filter(error_code__in=codes)
    if within is not None:
        found = found.filter(finished_at__gte=Now() - within)
    return found.order_by("finished_at")


def requeuable(job_ids: Iterable[UUID]) -> QuerySet[Job, UUID]:
    """Which of these `requeue` would take."""
    fit = (State.FAILED, State.CANCELLED, State.HELD, State.QUEUED)
    found = workable().filter(public_id__in=job_ids, state__in=fit)
    return found.values_list("public_id", flat=True)


def requeue(job_id: UUID) -> bool:
    """Failed or cancelled → queued with fresh attempts; a held job gets a place though its owner
    has none free; for a queued job, its message once more.

    Returns:
        Whether it is on its way. False for jobs that run, are done or whose photo is gone.
    """
    job = workable().filter(public_id=job_id).first()
    if job is None:
        return False
    with transaction.atomic():
        moved = states.release(job_id) or states.retry(job_id)
        if not moved and job.state != State.QUEUED:
            return False
        places.send_on_commit(job_id)
    logger.info("Queued again by staff.", extra={"job": job_id})
    return True


def cancel(job_id: UUID) -> bool:
    """Stops a job as its owner would. False where it has ended."""
    stopped = places.cancel(job_id)
    if stopped:
        logger.info("Cancelled by staff.", extra={"job": job_id})
    return stopped


def fail(job_id: UUID) -> bool:
    """Ends a held, queued or running job as failed, at once. False where it has ended."""
    message = "Our team stopped this. Please contact us before you try again."
    with places.leaving(Job.objects.filter(public_id=job_id)):
        ended = states.reject(job_id, "stopped_by_staff", message)
        quotas.give_back(job_id)
    if ended:
        logger.info("Failed by staff.", extra={"job": job_id})
    return ended
