"""Uploads, and what a person may see of them."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from amena.accounts.models import User


#: Of the names of files made from a photo: what comes after it, and a number, have room, too.
_STEM_BYTES: Final = 200


class PhotoQuerySet(models.QuerySet["Photo"]):
    """The queries for photos that several callers need."""

    def for_user(self, user: User) -> PhotoQuerySet:
        """What this person may see: their own photos that are not deleted."""
        return self.filter(owner=user, deleted_at=None)


class Photo(models.Model):
    """One upload. Its files lie under `amena.jobs.storage.photo_prefix`.

    Attributes:
        submission: the form's token; the same token twice is one photo.
        name: the file's name as the person knows it, for display alone.
        format: by content, a key of `amena.engine.photo.kinds.KINDS`.
        width, height: pixels, orientation applied.
        size: bytes of the original.
        deleted_at: set: gone for the owner. From this time on, which may lie a little ahead, the
            files are removed; the rows follow when these are gone.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="photos"
    )
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "submission"], name="one_photo_per_submission"
            ),
        )
        indexes = (
            models.Index(
                fields=["owner", "-created_at", "-id"],
                condition=Q(deleted_at=None),
                name="photo_newest_first",
            ),
            models.Index(fields=["owner", "-id"], condition=Q(deleted_at=None), name="photo_last"),
            models.Index(
                fields=["deleted_at"], condition=~Q(deleted_at=None), name="photo_to_purge"
            ),
        )

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def stem(self) -> str:
        """What names of files made from it begin with: its own without the ending."""
        stem = re.sub(r"(?<=.)\.[A-Za-z]\w{1,4}$", "", self.name)
        stem = re.sub(r'[<>:"/\\|?*]', "-", stem)  # what some systems take in no name of a file
        # Their names have 255 bytes at most, of which a kanji takes three and an emoji four.
        return stem.encode()[:_STEM_BYTES].decode(errors="ignore")

    def turned(self, degrees: int, stereo: str = "auto") -> tuple[int, int]:
        """Width and height in pixels once the photo is turned by so many degrees, and cut into two
        views as one of `engine.options.STEREO` says.
        """
        width = self.width // 2 if stereo in ("sbs", "cross-eyed") else self.width
        height = self.height // 2 if stereo == "tab" else self.height
        return (height, width) if degrees % 180 else (width, height)
