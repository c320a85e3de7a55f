"""From jobs that have ended to events that are to be delivered.

The UPDATE that ends a job notes in its row that this has yet to be told, so no end is lost. Here
the notes become deliveries, both in one transaction, so none is told twice.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from amena.jobs.models import Job, State
from amena.webhooks.models import Delivery, Endpoint, Event

_EVENTS = {
    State.SUCCEEDED: Event.SUCCEEDED,
    State.FAILED: Event.FAILED,
    State.CANCELLED: Event.CANCELLED,
}


def announce(limit: int = 500) -> int:
    """Orders deliveries for jobs that have ended.

    Returns:
        How many were ordered.
    """
    with transaction.atomic():
        ended = Job.objects.select_for_update(skip_locked=True, of=("self",))
        ended = ended.filter(~Q(unannounced="")).select_related("photo", "source")
        jobs = list(ended.order_by("finished_at")[:limit])
        owners = {job.photo.owner_id for job in jobs}
        live = list(Endpoint.objects.filter(user__in=owners, disabled_at=None))
        deliveries = [
            Delivery(endpoint=each, job=job, event=event, body=_body(event, job), deliver_at=Now())
            for job in jobs
            if job.photo.deleted_at is None
            for event in [_EVENTS[State(job.unannounced)]]
            for each in live
            if each.user_id == job.photo.owner_id and event in each.events
        ]
        Delivery.objects.bulk_create(deliveries)
        Job.objects.filter(pk__in=[job.pk for job in jobs]).update(unannounced="")
    return len(deliveries)


def body(event: str, when: datetime, data: dict[str, Any]) -> str:
    """The JSON that is sent. It names things by their ids alone: no file names, no persons."""
    return json.dumps({"type": event, "timestamp": when.isoformat(), "data": data})


def _body(event: Event, job: Job) -> str:
    failure = {"code": job.error_code, "detail": job.error_message}
    data = {
        "job": str(job.public_id),
        "photo": str(job.photo.public_id),
        "kind": job.kind,
        "source": job.source and str(job.source.public_id),
        "state": job.unannounced,
        "failure": failure if event is Event.FAILED else None,
        "url": f"{settings.SITE_ROOT}/api/v1/jobs/{job.public_id}",
    }
    # A job that was retried at once has no end any more.
    return body(event, job.finished_at or timezone.now(), data)


def unannounced() -> int:
    """How many ended jobs have not been told of."""
    return Job.objects.filter(~Q(unannounced="")).count()
