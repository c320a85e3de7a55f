"""Sending what is due, and noting how it went.

A delivery is claimed by one conditional UPDATE, so several processes may send at once. One
that is killed while it sends leaves the delivery due again a minute later. Each delivery takes a
place until it has been answered: one for an endpoint, a few for a person, so that slow receivers
hold up nobody but their own person.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import Final

from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F
from django.db.models.functions import Now

from amena import outbound
from amena.webhooks import events, signing
from amena.webhooks.models import Delivery, Endpoint

logger = logging.getLogger(__name__)

ATTEMPTS: Final = 6
#: Seconds for one attempt, and what of its answer is kept.
_SECONDS: Final = 10.0
_KEPT_BYTES: Final = 500
#: After the first attempt ten seconds, then six times as long after each: 3.6 hours at the end.
_FIRST_PAUSE: Final = timedelta(seconds=10)
_GROWTH: Final = 6
#: Deliveries given up in a row after which an endpoint is disabled.
MOST_FAILURES: Final = 5
#: When a claim counts as lost; more than an attempt can take.
_CLAIM: Final = timedelta(minutes=1)
#: Places. A process that is told to end need not wait for more than what is in these.
_PLACES: Final = 16
_PLACES_OF_ONE: Final = 2
_KEPT_FOR: Final = timedelta(days=30)


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts have failed."""
    return _FIRST_PAUSE * int(_GROWTH ** (attempts - 1))


class Sending:
    """What one process is sending at the moment."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool
        self._running: dict[Future[None], Delivery] = {}

    def start(self) -> int:
        """Starts what is due and has a place; how much that is."""
        for future in [each for each in self._running if each.done()]:
            del self._running[future]
            future.result()
        started = 0
        for delivery in self._due():
            if len(self._running) >= _PLACES:
                break
            user = delivery.endpoint.user_id
            if self._of(user) < _PLACES_OF_ONE and _claim(delivery):
                self._running[self._pool.submit(_attempt, delivery)] = delivery
                started += 1
        return started

    def wait(self, seconds: float) -> bool:
        """Waits until a place is free, no longer than that; whether any was taken."""
        wait(self._running, seconds, FIRST_COMPLETED)
        return bool(self._running)

    def _due(self) -> list[Delivery]:
        full = {user for user in self._users() if self._of(user) >= _PLACES_OF_ONE}
        busy = {each.endpoint_id for each in self._running.values()}
        return _due(busy, full)

    def _of(self, user: int) -> int:
        return self._users().count(user)

    def _users(self) -> list[int]:
        return [each.endpoint.user_id for each in self._running.values()]


def deliver_due(seconds: float = 50.0) -> int:
    """Sends what is due until nothing is, or so many seconds have passed.

    Returns:
        How many attempts were made.
    """
    end = time.monotonic() + seconds
    sent = 0
    with _places() as pool:
        sending = Sending(pool)
        while time.monotonic() < end:
            sent += sending.start()
            if not sending.wait(1.0):
                break
    return sent


def run(ended: threading.Event, interval: float) -> None:
    """Announces and delivers until `ended` is set, in a thread of its own."""
    with _places() as pool:
        sending = Sending(pool)
        while not ended.wait(0 if sending.wait(interval) else interval):
            try:
                events.announce()
                sending.start()
            except (DatabaseError, InterfaceError) as error:
                logger.warning("The database does not answer: %s", type(error).__name__)
                connection.close()
                ended.wait(interval)
            except Exception:
                # One broken row must not end the deliveries of all others.
                logger.exception("Delivering webhooks failed")
                ended.wait(interval)
    connection.close()


def _places() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_PLACES, thread_name_prefix="webhook")


def due() -> int:
    """How many deliveries are due now."""
    return len(_due(most=None))


def tidy() -> int:
    """Forgets deliveries that are over and older than a month. Says how many."""
    over = Delivery.objects.exclude(state=Delivery.State.PENDING)
    return over.filter(created_at__lt=Now() - _KEPT_FOR).delete()[0]


def _due(
    busy: Collection[int] = (), full: Collection[int] = (), most: int | None = 10 * _PLACES
) -> list[Delivery]:
    """The one that has been due for longest of each endpoint; none of `busy` endpoints, nor of
    people whose places are `full`.
    """
    waiting = Delivery.objects.filter(
        state=Delivery.State.PENDING, deliver_at__lte=Now(), endpoint__disabled_at=None
    ).exclude(endpoint__in=busy)
    waiting = waiting.exclude(endpoint__user__in=full)
    first = waiting.order_by("endpoint", "deliver_at").distinct("endpoint").values("pk")
    longest_due = Delivery.objects.filter(pk__in=first).order_by("deliver_at")
    return list(longest_due.select_related("endpoint")[:most])


def _claim(delivery: Delivery) -> bool:
    """Takes it, unless another process has; nobody else will for a minute."""
    seen = Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.PENDING, deliver_at=delivery.deliver_at
    )
    claimed = seen.update(attempts=F("attempts") + 1, deliver_at=Now() + _CLAIM, attempted_at=Now())
    delivery.attempts += 1
    return bool(claimed)


def _attempt(delivery: Delivery) -> None:
    """Sends it once, and notes how that went. Runs in a thread with a connection of its own."""
    answer = io.BytesIO()
    status, error = None, ""
    try:
        status = _send(delivery, answer)
    except (outbound.TargetError, outbound.UnansweredError) as failure:
        error = str(failure)
    try:
        _note(delivery, status, error, _text(answer.getvalue()))
    except (DatabaseError, InterfaceError):
        logger.warning("How a delivery went could not be noted; it is sent again.")
    finally:
        connection.close()


def _send(delivery: Delivery, answer: io.BytesIO) -> int:
    body = delivery.body.encode()
    signed = signing.headers(delivery.endpoint, str(delivery.public_id), int(time.time()), body)
    headers = {"Content-Type": "application/json", "User-Agent": "Amena-Webhooks/1", **signed}
    return outbound.request(
        "POST", delivery.endpoint.url, headers, body, answer, room=_KEPT_BYTES, seconds=_SECONDS
    ).status


def _note(delivery: Delivery, status: int | None, error: str, response: str) -> None:
    delivered = status is not None and 200 <= status < 300
    over = delivered or status == 410 or delivery.attempts >= ATTEMPTS
    state = Delivery.State.DELIVERED if delivered else Delivery.State.FAILED
    # Only the attempt that claimed it last may speak for it.
    mine = Delivery.objects.filter(
        pk=delivery.pk, state=Delivery.State.PENDING, attempts=delivery.attempts
    )
    noted = mine.update(
        state=state if over else Delivery.State.PENDING,
        deliver_at=Now() + pause(delivery.attempts),
        status=status,
        error=error[:200],
        response=response,
    )
    if noted and over:
        _judge(delivery.endpoint, delivered=delivered, gone=status == 410)


def _judge(endpoint: Endpoint, *, delivered: bool, gone: bool) -> None:
    """Disables an endpoint that has said so, or that has not been reached for long."""
    endpoints = Endpoint.objects.filter(pk=endpoint.pk)
    if delivered:
        endpoints.exclude(failures=0).update(failures=0)
        return
    endpoints.update(failures=F("failures") + 1)
    live = endpoints.filter(disabled_at=None)
    if gone:
        live.update(disabled_at=Now(), disabled_reason="gone")
    else:
        live.filter(failures__gte=MOST_FAILURES).update(
            disabled_at=Now(), disabled_reason="failing"
        )


def _text(content: bytes) -> str:
    """As much of an answer as the database can hold."""
    return content.decode("utf-8", "replace").replace("\0", "")
