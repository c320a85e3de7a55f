"""Deleting photos: out of sight at once, gone for good as soon as nobody works on them.

A page lets people take it back for half a minute; the sweeper removes such a photo after that.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.jobs import storage
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import places

logger = logging.getLogger(__name__)


#: How long a deletion can be taken back.
UNDO_TIME: Final = timedelta(seconds=30)
#: Between the end of that time and the removal, so that no photo is both brought back and removed.
_MARGIN: Final = timedelta(seconds=10)


def delete(*photos: Photo, undoable: bool = False) -> None:
    """Hides photos, stops their jobs, and removes rows and files.

    Args:
        photos: what to delete.
        undoable: wait with the removal, so that `restore` can bring them back for a while.
    """
    when = Now() + UNDO_TIME + _MARGIN if undoable else Now()
    keys = [photo.pk for photo in photos]
    jobs = Job.objects.filter(photo__in=keys)
    with places.leaving(jobs):
        # One statement, and so one time: by it `restore` knows what was deleted together.
        Photo.objects.filter(pk__in=keys, deleted_at=None).update(deleted_at=when)
        for job_id in jobs.active().values_list("public_id", flat=True):
            places.stop(job_id)
        if not undoable:
            transaction.on_commit(lambda: purge_deleted(keys), robust=True)


def restorable(owner: User) -> QuerySet[Photo]:
    """What its owner has deleted so lately that it can be brought back."""
    return Photo.objects.filter(owner=owner, deleted_at__gt=Now() + _MARGIN)


def together(owner: User, public_id: UUID) -> QuerySet[Photo]:
    """A photo that its owner has just deleted, and those that were deleted with it; empty where it
    is too late to bring them back.
    """
    when = restorable(owner).filter(public_id=public_id).values("deleted_at")
    return restorable(owner).filter(deleted_at__in=when)


def restore(owner: User, public_id: UUID) -> int:
    """Brings back a photo that its owner has just deleted, and those that were deleted with it;
    says how many: 0 where it is too late.

    Work that was stopped stays so; it can be tried again.
    """
    return together(owner, public_id).update(deleted_at=None)


def deleted() -> QuerySet[Photo]:
    """Deleted photos that no worker is on any more."""
    running = Job.objects.filter(photo=OuterRef("pk"), state=State.RUNNING)
    return Photo.objects.filter(~Exists(running), deleted_at__lte=Now())


def purge_deleted(only: Sequence[int] | None = None) -> int:
    """Removes files, then rows, of deleted photos that no worker is on any more.

    The rows go last: as long as they stand, the next sweep tries the files again.

    Args:
        only: the keys of some photos; all deleted ones without it.

    Returns:
        How many photos are gone.
    """
    photos = deleted()
    if only is not None:
        photos = photos.filter(pk__in=only)
    gone = 0
    for photo in photos:
        try:
            storage.delete_tree(storage.photo_prefix(photo.public_id))
        except storage.ERRORS:
            logger.warning("The files of photo %s could not be deleted yet.", photo.public_id)
            continue
        photo.delete()
        gone += 1
    return gone
