"""`/healthz`: this process is up. `/readyz`: what it needs answers too."""

from __future__ import annotations

import logging
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amena import sqs

logger = logging.getLogger(__name__)

FAILURES = (DatabaseError, InterfaceError, BotoCoreError, ClientError, OSError)


@login_not_required
@require_safe
@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process can answer at all."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
@never_cache
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 if database, broker and storage answer, else 503; says which does not, not why."""
    parts = {"database": database, "broker": broker, "storage": storage}
    answers = {name: _answers(name, part) for name, part in parts.items()}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _answers(name: str, part: Callable[[], None]) -> bool:
    try:
        part()
    except FAILURES as error:
        logger.warning("Not ready: the %s does not answer: %s", name, error)
        return False
    return True


def database() -> None:
    """Raises one of `FAILURES` where the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    """Raises one of `FAILURES` where the queue does not answer."""
    sqs.waiting(settings.SQS_QUEUE_URL)


def storage() -> None:
    """Raises one of `FAILURES` where the files' storage does not answer."""
    # The name is never written; the question alone must reach the storage.
    default_storage.exists("readiness")
