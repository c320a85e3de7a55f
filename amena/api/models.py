"""What the API remembers between requests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Now

KEPT_FOR: Final = timedelta(hours=24)


class IdempotencyRecord(models.Model):
    """The answer to a POST with an `Idempotency-Key`; see `amena.api.idempotency`.

    Attributes:
        fingerprint: SHA-256 of the request.
        status, headers, body: the answer; empty only inside the transaction that makes it. The
            body is text, since the database's JSON would not keep the order of its fields.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        # The name of old: processes of two releases use it while one follows the other.
        db_table = "api_keptanswer"
        constraints = (models.UniqueConstraint(fields=["user", "key"], name="one_answer_per_key"),)

    def __str__(self) -> str:
        return f"{self.status} for {self.key}"

    @classmethod
    def forget_expired(cls, **whose: Any) -> None:
        """Removes answers that are older than `KEPT_FOR`: all, or those of one `user`."""
        expired = cls.objects.filter(created_at__lt=Now() - KEPT_FOR, **whose)
        with transaction.atomic():
            # Skipping what another request deletes right now: no two can wait for each other.
            pks = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True))
            cls.objects.filter(pk__in=pks).delete()
