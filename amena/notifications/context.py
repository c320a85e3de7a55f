"""What every page knows about emails."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from amena.notifications import subscriptions
from amena.notifications.models import EmailSubscription


def email_notification(request: HttpRequest) -> dict[str, object]:
    """`email_offered`: whether emails can be had here. `email_subscription`: the person's, or None;
    the database is asked where a page shows it.
    """
    return {
        "email_offered": subscriptions.is_offered(),
        "email_subscription": SimpleLazyObject(lambda: _of(request)),
    }


def _of(request: HttpRequest) -> EmailSubscription | None:
    return subscriptions.of(request.user) if request.user.is_authenticated else None
