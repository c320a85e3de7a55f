"""Where events go, and what has been sent. Changed by `amena.webhooks`' own modules alone."""

from __future__ import annotations

import secrets
import uuid
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from amena.jobs.models import Job

if TYPE_CHECKING:
    from amena.accounts.models import User


def new_salt() -> str:
    """What a secret is derived from."""
    return secrets.token_hex(32)


class Event(models.TextChoices):
    """The events that an endpoint can be told of."""

    SUCCEEDED = "job.succeeded"
    FAILED = "job.failed"
    CANCELLED = "job.cancelled"


#: Sent on request, to try an endpoint out.
PING = "ping"


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """The queries for endpoints that several callers need."""

    def for_user(self, user: User) -> EndpointQuerySet:
        """The endpoints of one person."""
        return self.filter(user=user)


class Endpoint(models.Model):
    """An address that a person wants to be told at.

    Attributes:
        events: which of `Event`.
        salt: the secret is derived from it, see `amena.webhooks.signing`.
        previous_salt, rotated_at: the secret before, which signs too for a while.
        failures: deliveries in a row that were given up.
        disabled_at, disabled_reason: nothing is sent any more, because it answered 410 (`gone`),
            or because too many were given up (`failing`).
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(max_length=500)
    events = models.JSONField(default=list)
    salt = models.CharField(max_length=64, default=new_salt, editable=False)
    previous_salt = models.CharField(max_length=64, blank=True, editable=False)
    rotated_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=8, blank=True)

    objects = EndpointQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.public_id)


class Delivery(models.Model):
    """One event for one endpoint: the order to send it, and the log of how that went.

    Attributes:
        job: what it is about; None for a ping. Goes with the job, so that nothing of a deleted
            photo stays.
        body: exactly what is sent.
        attempts: how often it was sent; from nothing again when it is sent anew on request.
        deliver_at: when it is due (again); while it is being sent, when that counts as lost.
        status, error, response: how the last attempt went: HTTP status, or why there is none, and
            the first characters of the answer.
    """

    class State(models.TextChoices):
        """Where a delivery stands."""

        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    event = models.CharField(max_length=16)
    body = models.TextField()
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    deliver_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    attempted_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    error = models.CharField(max_length=200, blank=True)
    response = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = (
            models.Index(fields=["deliver_at"], condition=Q(state="pending"), name="delivery_due"),
            models.Index(fields=["endpoint", "-created_at"], name="delivery_log"),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.public_id}"
