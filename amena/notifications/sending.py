"""Sending what is due, and noting how it went.

An email is claimed by one conditional UPDATE of its person's row, so several processes may send at
once. One that is killed while it sends leaves the email due again some minutes later. A mail server
that does not answer costs no email an attempt: all wait until it is back.
"""

from __future__ import annotations

import logging
import smtplib
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from amena.metrics import tallies
from amena.notifications import batches, emails, subscriptions
from amena.notifications.batches import Batch
from amena.notifications.models import EmailSubscription

logger = logging.getLogger(__name__)

#: When a claim counts as lost; more than the mail server's answers to one email can take.
_CLAIM: Final = timedelta(minutes=5)
#: After the first attempt a minute, then twice as long after each, an hour at most.
_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
#: News that could not be sent for so long is none any more.
_KEPT_FOR: Final = timedelta(days=3)
#: Emails of one round; the connection of a long one would end in the middle.
_MOST: Final = 100
#: Seconds between two looks at a mail server that does not answer.
_LONGEST_ABSENCE: Final = 300.0


class UnreachableError(Exception):
    """The mail server does not answer, or does not let us in; the text says what it was."""


@dataclass(frozen=True)
class Sent:
    """What one round has done.

    Attributes:
        sent: emails that the mail server has taken.
        deferred: emails to be tried again.
        refused: emails that no further attempt will bring to the person.
    """

    sent: int = 0
    deferred: int = 0
    refused: int = 0


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts have failed."""
    return min(_FIRST_PAUSE * int(2 ** min(attempts - 1, 10)), _LONGEST_PAUSE)


def send_due() -> Sent:
    """Sends what is due, over one connection.

    Raises:
        UnreachableError: nothing could be sent; all of it stays due.
    """
    batches.forget_unwanted()
    if not subscriptions.is_offered():
        return Sent()
    people = list(batches.due().select_related("user")[:_MOST])
    if not people:
        return Sent()
    server = get_connection()
    try:
        try:
            server.open()
        except OSError as error:  # smtplib's errors are such too
            tallies.count("emails", outcome="unreachable")
            raise UnreachableError(_said(error)) from error
        return _send_all(people, server)
    finally:
        with suppress(OSError):
            server.close()


def run(ended: threading.Event, interval: float) -> None:
    """Sends what is due until `ended` is set, in a thread of its own."""
    wait = interval
    while not ended.wait(wait):
        try:
            send_due()
            wait = interval
        except UnreachableError as error:
            wait = min(max(2 * wait, interval), max(interval, _LONGEST_ABSENCE))
            logger.warning("No email can be sent, next try in %.0f seconds: %s", wait, error)
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The database does not answer: %s", type(error).__name__)
            connection.close()
        except Exception:
            # One broken row must not end the emails of all others.
            logger.exception("Sending emails failed")
    connection.close()


def _send_all(people: list[EmailSubscription], server: BaseEmailBackend) -> Sent:
    counts = {"sent": 0, "deferred": 0, "refused": 0}
    for each in people:
        if not _claim(each):
            continue
        outcome, is_gone = _attempt(each, server)
        if outcome:
            counts[outcome] += 1
            tallies.count("emails", outcome=outcome)
        if is_gone:  # what is left is due in the next round
            break
    return Sent(**counts)


def _claim(subscription: EmailSubscription) -> bool:
    """Takes it, unless another process has; nobody else will for some minutes."""
    seen = EmailSubscription.objects.filter(
        pk=subscription.pk, attempts=subscription.attempts, deliver_at=subscription.deliver_at
    )
    claimed = seen.update(attempts=F("attempts") + 1, deliver_at=Now() + _CLAIM)
    subscription.attempts += 1
    return bool(claimed)


def _attempt(subscription: EmailSubscription, server: BaseEmailBackend) -> tuple[str, bool]:
    """Sends one email, and notes how that went.

    Returns:
        What became of it, empty where there was nothing to tell after all; and whether the
        connection has ended.
    """
    batch = batches.of(subscription)
    # Only the attempt that claimed it last may speak for it.
    mine = EmailSubscription.objects.filter(pk=subscription.pk, attempts=subscription.attempts)
    if batch is None:
        mine.update(attempts=subscription.attempts - 1, deliver_at=Now())
        return "", False
    try:
        server.send_messages([emails.compose(subscription.user, batch)])
    except smtplib.SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):
            logger.warning("An address is refused, its emails end: %s", _said(error))
            mine.update(refused_at=Now())
            return "refused", False
        return _defer(subscription, batch, error), False
    except Exception as error:  # noqa: BLE001  of one email; those of all others go on
        return _defer(subscription, batch, error), _is_gone(error)
    batches.told(batch)
    mine.update(attempts=0, deliver_at=Now())
    return "sent", False


def _defer(subscription: EmailSubscription, batch: Batch, error: Exception) -> str:
    """Puts the email off, or gives it up once it is no news any more."""
    mine = EmailSubscription.objects.filter(pk=subscription.pk, attempts=subscription.attempts)
    if timezone.now() - batch.ended_at > _KEPT_FOR:
        logger.error("An email is given up: %s", _said(error))
        batches.told(batch)
        mine.update(attempts=0, deliver_at=Now())
        return "refused"
    logger.warning("An email is put off: %s", _said(error))
    mine.update(deliver_at=Now() + pause(subscription.attempts))
    return "deferred"


def _is_gone(error: Exception) -> bool:
    """Whether the connection has ended. What the server has said is an OSError too."""
    said = isinstance(error, smtplib.SMTPException)
    return isinstance(error, smtplib.SMTPServerDisconnected if said else OSError)


def _said(error: Exception) -> str:
    """What it was, without a word of the server's, which may quote the address."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()), (None, b""))[0]
    return f"{type(error).__name__} {code}" if code else type(error).__name__
