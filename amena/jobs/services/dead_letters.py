"""The dead-letter queue: jobs that were given up though nothing was wrong with their photo.

Two ways lead there. SQS moves a message that was taken three times and never finished. And a job
that lost all its workers, or met a bug each time, is reported by the process that gives it up:
its messages were acknowledged long ago, so SQS would never know. That a letter is due stands in
the job's row, by the UPDATE that gave it up, until the queue has taken it: whoever gave the job up
tries at once, the sweeper for as long as it takes. A letter alarms an operator, who looks for the
cause and sends the letters back.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from amena import sqs
from amena.jobs import states
from amena.jobs.models import Job, State
from amena.jobs.services import dispatch, staff_actions

logger = logging.getLogger(__name__)

#: While one run looks at a letter, no other sees it.
_HELD_SECONDS: Final = 120
_BATCH: Final = 10


@dataclass
class Redriven:
    """What became of the letters.

    Attributes:
        requeued: its job had failed and is queued again.
        sent: its job was queued still; its message was sent once more.
        dropped: its job is gone, done or in work, so that there is nothing to do.
        unreadable: not a message of ours; left where it is.
    """

    requeued: int = 0
    sent: int = 0
    dropped: int = 0
    unreadable: int = 0


def report(job_id: UUID) -> bool:
    """Writes a letter if the job has failed in a way that an engineer should look at.

    Returns:
        Whether one was written.
    """
    due = Job.objects.filter(public_id=job_id, state=State.FAILED, letter_due=True)
    code = due.values_list("error_code", flat=True).first()
    if code is None:
        return False
    logger.error("The job was given up: %s", code, extra={"job": job_id})
    return _send(job_id, code)


def send_due(limit: int = 500) -> int:
    """Writes the letters that the queue did not take, the oldest first; stops at the first one that
    it does not take now.

    Returns:
        How many were written.
    """
    due = Job.objects.filter(
        # Whoever gave a job up is about to write its letter.
        letter_due=True,
        state=State.FAILED,
        finished_at__lte=states.soon(-states.DISPATCH_GRACE),
    )
    found = due.order_by("finished_at").values_list("public_id", "error_code")
    return sum(1 for _ in takewhile(lambda each: _send(*each), found[:limit]))


def _send(job_id: UUID, code: str) -> bool:
    if not settings.SQS_DEAD_LETTER_URL:
        _note_sent(job_id)  # the log has it, and that is all there is
        return False
    body = json.dumps({"job": str(job_id), "code": code})
    try:
        sqs.client().send_message(QueueUrl=settings.SQS_DEAD_LETTER_URL, MessageBody=body)
    except (BotoCoreError, ClientError) as error:
        logger.warning("The dead letter was not taken: %s", error, extra={"job": job_id})
        return False
    _note_sent(job_id)
    return True


def _note_sent(job_id: UUID) -> None:
    Job.objects.filter(public_id=job_id).update(letter_due=False)


def redrive(limit: int = 1000, *, dry_run: bool = False) -> Redriven:
    """Sends dead letters back to work, and drops those that there is nothing left to do for.

    Args:
        limit: at most so many letters.
        dry_run: only say what would become of them.

    Raises:
        BotoCoreError, ClientError: the dead-letter queue does not answer.
    """
    client, url = sqs.client(), settings.SQS_DEAD_LETTER_URL
    found = Redriven()
    left: list[str] = []
    for letter in _letters(client, url, limit):
        job_id = job_of(letter["Body"])
        if job_id is None:
            found.unreadable += 1
            logger.warning("A dead letter that is no message of ours: %s", letter["MessageId"])
        else:
            became = _foretell(job_id) if dry_run else _send_back(job_id)
            setattr(found, became, getattr(found, became) + 1)
        if dry_run or job_id is None:
            left.append(letter["ReceiptHandle"])
        else:
            client.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    for handle in left:
        client.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    return found


def job_of(body: str) -> UUID | None:
    """The job that a letter is about: one of `report`, or Celery's envelope as it was sent."""
    try:
        letter = json.loads(_plain(body))
        if "job" in letter:
            return UUID(letter["job"])
        arguments = json.loads(base64.b64decode(letter["body"]))
        return UUID(arguments[0][0])
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def _plain(body: str) -> str:
    """Celery's transport wraps its JSON in base64; ours is plain."""
    if body.lstrip().startswith("{"):
        return body
    try:
        return base64.b64decode(body, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _letters(client: Any, url: str, limit: int) -> Iterator[dict[str, Any]]:
    for _ in range(0, limit, _BATCH):
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=_BATCH,
            VisibilityTimeout=_HELD_SECONDS,
            WaitTimeSeconds=1,
        )
        letters = answer.get("Messages", [])
        if not letters:
            return
        yield from letters


def _foretell(job_id: UUID) -> str:
    found = staff_actions.workable().filter(public_id=job_id)
    state = found.values_list("state", flat=True).first()
    return {State.FAILED.value: "requeued", State.QUEUED.value: "sent"}.get(state or "", "dropped")


def _send_back(job_id: UUID) -> str:
    became = _foretell(job_id)
    if became == "requeued" and not staff_actions.requeue(job_id):
        return "dropped"  # somebody else was quicker
    if became == "sent":
        dispatch.send(job_id)
    return became
