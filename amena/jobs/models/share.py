"""Links by which everybody may look."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from amena.jobs.models.job import Job
from amena.jobs.models.photo import Photo


class Share(models.Model):
    """A link by which everybody may look at a 3D photo of a photo, until it is revoked.

    Attributes:
        token: unguessable; everybody who has it may look.
        job: the version that it stays at; None: it always shows the newest.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="shares")
    token = models.CharField(max_length=32, unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["photo"], condition=Q(revoked_at=None), name="one_live_share_per_photo"
            ),
        )

    def __str__(self) -> str:
        return f"Share of {self.photo_id}"

    def get_absolute_url(self) -> str:
        """The page to send to others."""
        return f"/s/{self.token}/"
