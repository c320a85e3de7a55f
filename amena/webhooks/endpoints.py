"""A person's endpoints: made, changed, removed, tried out."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from amena import outbound
from amena.accounts.models import User
from amena.gone import GoneError
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
        GoneError: the account has been deleted.
    """
    outbound.check_quickly(outbound.parse(url))
    with transaction.atomic():
        user.lock()
        if Endpoint.objects.for_user(user).count() >= MOST:
            raise TooManyError
        return Endpoint.objects.create(user=user, url=url, events=sorted(set(wanted)))


def rotate(endpoint: Endpoint) -> None:
    """Gives it a new secret; the old one signs too for a day.

    Raises:
        GoneError: it has been deleted.
    """
    _change(endpoint, previous_salt=F("salt"), salt=new_salt(), rotated_at=Now())


def enable(endpoint: Endpoint) -> None:
    """Sends to it again, what has waited meanwhile too.

    Raises:
        GoneError: it has been deleted.
    """
    _change(endpoint, disabled_at=None, disabled_reason="", failures=0)


def delete(endpoint: Endpoint) -> None:
    """Ends it, with its log. Nothing happens where somebody has just done so."""
    with transaction.atomic():
        # Who orders an event refers to this row: from here on they wait, and find it gone.
        for found in Endpoint.objects.select_for_update().filter(pk=endpoint.pk):
            found.delete()


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
        GoneError: the account has been deleted.
    """
    _check_enabled(delivery.endpoint)
    ended = Delivery.objects.filter(pk=delivery.pk).exclude(state=Delivery.State.PENDING)
    with transaction.atomic():
        delivery.endpoint.user.lock()  # first, as in `_change`
        return bool(ended.update(state=Delivery.State.PENDING, attempts=0, deliver_at=Now()))


def _change(endpoint: Endpoint, **values: Any) -> None:
    with transaction.atomic():
        # The person before what is theirs, as who deletes the account locks them.
        endpoint.user.lock()
        if not Endpoint.objects.filter(pk=endpoint.pk).update(**values):
            raise GoneError("This webhook has been deleted.")
        endpoint.refresh_from_db()


def _check_enabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise DisabledError
