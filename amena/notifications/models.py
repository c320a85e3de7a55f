"""People's wishes for emails. Changed by `amena.notifications`' own modules alone."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class EmailSubscriptionManager(models.Manager["EmailSubscription"]):
    """The queries for subscriptions that several callers need."""

    def live(self) -> models.QuerySet[EmailSubscription]:
        """Those of people who may sign in, whose address takes emails."""
        return self.filter(refused_at=None, user__is_active=True, user__deleted_at=None)


class EmailSubscription(models.Model):
    """One person's wish to be told by email; without a row nothing is sent.

    Attributes:
        created_at: what was ordered before was being waited for when the person asked for emails.
        attempts: how often the email at hand has been tried; 0: there is none, or it has not been.
        deliver_at: when an email may be sent (again); while one is being sent, when that counts as
            lost.
        refused_at: since when nothing is sent, because the person's mail server has refused their
            address.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="email_subscription"
    )
    created_at = models.DateTimeField(db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)
    deliver_at = models.DateTimeField(db_default=Now())
    refused_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[EmailSubscriptionManager] = EmailSubscriptionManager()

    def __str__(self) -> str:
        return f"Emails to {self.user}"
