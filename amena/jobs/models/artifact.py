"""Files that jobs have made."""

from __future__ import annotations

import uuid
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from django.db import models

from amena.jobs.models.job import Job

if TYPE_CHECKING:
    from amena.accounts.models import User


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    """The queries for artifacts that several callers need."""

    def for_user(self, user: User) -> ArtifactQuerySet:
        """Files made from this person's own photos that are not deleted."""
        return self.filter(job__photo__owner=user, job__photo__deleted_at=None)


class Artifact(models.Model):
    """One file that a job has made.

    Attributes:
        kind: one of `amena.jobs.files.FILE_TYPES`; one of each per job.
        key: where it lies in the storage.
        size: bytes.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=200, unique=True)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=40)

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job", "kind"], name="one_artifact_per_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.job_id}"

    @property
    def filename(self) -> str:
        """What to call it: the photo's name and what the file is, `holiday-video.mp4`."""
        return f"{self.job.photo.stem}-{PurePosixPath(self.key).name}"
