"""A person's endpoints: made, changed, removed, tried out."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from amena import outbound
from amena.accounts.models import User
from amena.webhooks import events
from amena.webhooks.models import PING, Delivery, Endpoint, new_salt

MOST: Final = 10


class TooManyError(Exception):
    """The person has as many endpoints as one may have."""


class DisabledError(Exception):
    """Nothing is sent to a disabled endpoint."""


def register(user: User, url: str, wanted: list[str]) -> Endpoint:
    """A new endpoint for the events in `wanted`.

    Raises:
        outbound.TargetError: we do not connect to that address.
        TooManyError: the person has `MOST` already.
    """
    outbound.check_quickly(outbound.parse(url))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if Endpoint.objects.for_user(user).count() >= MOST:
            raise TooManyError
        return Endpoint.objects.create(user=user, url=url, events=sorted(set(wanted)))


def rotate(endpoint: Endpoint) -> None:
    """Gives it a new secret; the old one signs too for a day."""
    Endpoint.objects.filter(pk=endpoint.pk).update(
        previous_salt=F("salt"), salt=new_salt(), rotated_at=Now()
    )
    endpoint.refresh_from_db()


def enable(endpoint: Endpoint) -> None:
    """Sends to it again, what has waited meanwhile too."""
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=None, disabled_reason="", failures=0)
    endpoint.refresh_from_db()


def ping(endpoint: Endpoint) -> Delivery:
    """Orders an event that means nothing.

    Raises:
        DisabledError: it is disabled.
    """
    _check_enabled(endpoint)
    body = events.body(PING, timezone.now(), {})
    return Delivery.objects.create(endpoint=endpoint, event=PING, body=body, deliver_at=Now())


def redeliver(delivery: Delivery) -> bool:
    """Sends an event once more. False where it is still to be sent anyway.

    Raises:
        DisabledError: its endpoint is disabled.
    """
    _check_enabled(delivery.endpoint)
    ended = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.PENDING)
    return bool(ended.update(state=Delivery.State.PENDING, attempts=0, deliver_at=Now()))


def _check_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise DisabledError
