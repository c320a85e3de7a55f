"""Deleting photos: out of sight at once, gone for good as soon as nobody works on them."""

from __future__ import annotations

import logging

from botocore.exceptions import BotoCoreError, ClientError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from amena.jobs import states, storage
from amena.jobs.models import Job, Photo, State

logger = logging.getLogger(__name__)


def delete(photo: Photo) -> None:
    """Hides a photo, stops its jobs, and removes rows and files, now or by the sweeper."""
    with transaction.atomic():
        Photo.objects.filter(pk=photo.pk, deleted_at=None).update(deleted_at=Now())
        for job_id in photo.jobs.active().values_list("public_id", flat=True):
            states.cancel(job_id)
        transaction.on_commit(lambda: purge_deleted(photo.pk), robust=True)


def deleted() -> QuerySet[Photo]:
    """Deleted photos that no worker is on any more."""
    running = Job.objects.filter(photo=OuterRef("pk"), state=State.RUNNING)
    return Photo.objects.filter(~Exists(running), deleted_at__lte=Now())


def purge_deleted(only: int | None = None) -> int:
    """Removes files, then rows, of deleted photos that no worker is on any more.

    The rows go last: as long as they stand, the next sweep tries the files again.

    Args:
        only: the key of one photo; all deleted ones without it.

    Returns:
        How many photos are gone.
    """
    photos = deleted()
    if only is not None:
        photos = photos.filter(pk=only)
    gone = 0
    for photo in photos:
        try:
            storage.delete_tree(storage.photo_prefix(photo.public_id))
        except (OSError, BotoCoreError, ClientError):
            logger.warning("The files of photo %s could not be deleted yet.", photo.public_id)
            continue
        photo.delete()
        gone += 1
    return gone
