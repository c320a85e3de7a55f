"""How the queue stands, for an operator: what the database knows beside what SQS says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db.models import Count, Min
from django.db.models.functions import Now

from amena import sqs
from amena.jobs.models import ACTIVE, Job, State
from amena.jobs.services import deletion, dispatch, reaping, staff_actions


def collect() -> dict[str, Any]:
    """Numbers by name; a queue that does not answer is None."""
    active = Job.objects.filter(state__in=ACTIVE)
    counts = active.values_list("state", "kind").annotate(Count("pk")).order_by("state", "kind")
    waits = Job.objects.filter(state=State.QUEUED).aggregate(age=Now() - Min("queued_at"))["age"]
    failures = staff_actions.failed(within=timedelta(hours=24)).order_by("error_code")
    lost = reaping.lost()
    return {
        "jobs": {f"{state} {kind}": count for state, kind, count in counts},
        "oldest_queued_seconds": round(waits.total_seconds(), 1) if waits else 0,
        "messages_due": dispatch.due().count(),
        "leases_run_out": lost.cancelled + lost.returned + lost.failed,
        "photos_to_purge": deletion.deleted().count(),
        "failed_last_day": dict(failures.values_list("error_code").annotate(Count("pk"))),
        "messages": _messages(settings.SQS_QUEUE_URL),
        "dead_letters": _messages(settings.SQS_DEAD_LETTER_URL),
    }


def _messages(url: str) -> dict[str, int] | None:
    if not url:
        return None
    try:
        return sqs.waiting(url)
    except (BotoCoreError, ClientError):
        return None
