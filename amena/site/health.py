"""`/healthz`: this process is up. `/readyz`: it can serve. And, for alarms, what it stands on."""

from __future__ import annotations

import logging
import shutil
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from amena import sqs

logger = logging.getLogger(__name__)

FAILURES = (DatabaseError, InterfaceError, BotoCoreError, ClientError, OSError)
#: Less than Prometheus waits for the whole page.
PATIENCE_SECONDS: Final = 5.0


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
    """200 if this process can serve, else 503. It asks nothing that all processes share: where the
    database, the queue or the bucket is away, all of them would be taken out at once, and nobody
    would be left to say so, or to take the photos that wait well without a queue.
    """
    answers = {"disk": shutil.disk_usage(tempfile.gettempdir()).free > settings.UPLOAD_MAX_BYTES}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def dependencies() -> dict[str, bool]:
    """Whether queue and bucket answer within `PATIENCE_SECONDS`: for alarms."""
    pool = ThreadPoolExecutor(thread_name_prefix="dependency")
    asked = {name: pool.submit(part) for name, part in (("broker", broker), ("storage", storage))}
    try:
        wait(asked.values(), timeout=PATIENCE_SECONDS)
        return {name: _answered(name, future) for name, future in asked.items()}
    finally:
        pool.shutdown(wait=False)  # whoever still waits ends by its own time limit


def _answered(name: str, future: Future[None]) -> bool:
    error = future.exception() if future.done() else TimeoutError()
    if error is None:
        return True
    if not isinstance(error, FAILURES):
        raise error
    logger.warning("The %s does not answer: %s", name, error)
    return False


def database() -> None:
    """Raises one of `FAILURES` where the database does not answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def broker() -> None:
    """Raises one of `FAILURES` where the queue does not answer."""
    sqs.waiting(settings.SQS_QUEUE_URL)


def mail_server() -> None:
    """Raises one of `FAILURES` where the mail server does not answer, or does not let us in."""
    server = get_connection()
    try:
        server.open()
    finally:
        server.close()


def storage() -> None:
    """Raises one of `FAILURES` where the files' storage does not answer."""
    # The name is never written; the question alone must reach the storage.
    default_storage.exists("readiness")
