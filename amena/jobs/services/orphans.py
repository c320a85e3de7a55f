"""Storage and rows against each other.

Whole photos without a row are uploads that were cut off: stored, but the process died before it
recorded them. Single files without a row were left by attempts that were killed before they had
tidied up. A row without its file is a loss, which nothing here mends.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.utils import timezone

from amena.jobs import storage
from amena.jobs.models import Artifact, Job, Photo, State

logger = logging.getLogger(__name__)

#: An upload that is still going on is younger than this, whatever the machines' clocks say.
AGE: Final = timedelta(days=1)
_LOOKED_AT: Final = timedelta(days=1)
_BATCH: Final = 200


def find(older_than: timedelta = AGE) -> Iterator[UUID]:
    """Ids of photos that have files, the youngest older than so, but no row."""
    # The files first: a photo that is recorded in between is no orphan.
    stored = storage.photos()
    known = set(Photo.objects.filter(public_id__in=stored).values_list("public_id", flat=True))
    limit = timezone.now() - older_than
    for photo in stored:
        if photo not in known and (changed := storage.last_change(photo)) and changed < limit:
            yield photo


@dataclass(frozen=True)
class Audit:
    """What storage and rows do not both know.

    Attributes:
        photos_without_row: ids of photos that have files and no row.
        files_without_row: keys of files that no row of their photo asks for.
        rows_without_file: keys that rows ask for and that are not stored.
    """

    photos_without_row: list[str]
    files_without_row: list[str]
    rows_without_file: list[str]


def audit(older_than: timedelta = AGE) -> Audit:
    """Looks through everything, which takes a few requests to the storage for each photo.

    Args:
        older_than: files that are younger may belong to what is just being recorded.
    """
    found, missing = [], []
    for photo in Photo.objects.filter(deleted_at=None).iterator(_BATCH):
        alone, lacking = _compare(photo, older_than)
        found += alone
        missing += lacking
    return Audit([str(each) for each in find(older_than)], found, missing)


def _compare(photo: Photo, older_than: timedelta) -> tuple[list[str], list[str]]:
    """Keys of a photo's old files without a row, and of what its rows ask for in vain."""
    stored = set(storage.files(photo.public_id))  # before the rows: new ones are recorded later
    wanted, working, known = _asked_for(photo)
    limit = timezone.now() - older_than
    alone = [
        key
        for key in sorted(stored - known)
        if not key.startswith(working) and (since := storage.changed(key)) and since < limit
    ]
    if wanted <= stored:
        return alone, []
    # Made or deleted meanwhile? Files of what is deleted go before its rows.
    photo_still = Photo.objects.filter(pk=photo.pk, deleted_at=None).exists()
    wanted = _asked_for(photo)[0] if photo_still else set()
    return alone, sorted(wanted - set(storage.files(photo.public_id)))


def _asked_for(photo: Photo) -> tuple[set[str], tuple[str, ...], set[str]]:
    """Keys that must be there, prefixes of what is being worked on, and keys that may be there."""
    jobs = list(photo.jobs.all())
    wanted = {storage.thumbnail_key(photo.public_id)}
    if any(job.state != State.EXPIRED for job in jobs):
        wanted.add(storage.original_key(photo.public_id))
    wanted.update(Artifact.objects.filter(job__photo=photo).values_list("key", flat=True))
    edits = {
        job: storage.depth_key(photo.public_id, job.public_id)
        for job in jobs
        if job.kind == Job.Kind.EDIT
    }
    wanted.update(key for job, key in edits.items() if job.is_active)
    working = tuple(
        f"{storage.job_prefix(photo.public_id, job.public_id)}/" for job in jobs if job.is_active
    )
    return wanted, working, {*wanted, *edits.values(), storage.original_key(photo.public_id)}


def strays() -> list[str]:
    """Keys of old files without a row, of photos whose work ended lately: every photo comes by
    several times, and none is listed for ever.
    """
    lately = timezone.now() - AGE - _LOOKED_AT
    photos = Photo.objects.filter(deleted_at=None, jobs__finished_at__gt=lately).distinct()
    return [key for photo in photos.iterator(_BATCH) for key in _compare(photo, AGE)[0]]


def delete(keys: list[str]) -> int:
    """Deletes these files; how many are gone. Where the storage fails, the next run tries again."""
    gone = 0
    for key in keys:
        try:
            storage.delete(key)
        except storage.ERRORS:
            logger.warning("The orphan %s could not be deleted yet.", key)
            continue
        gone += 1
    return gone


def purge() -> int:
    """Deletes the files of all orphans. Says of how many."""
    gone = 0
    for photo in find():
        try:
            storage.delete_tree(storage.photo_prefix(photo))
        except storage.ERRORS:
            logger.warning("The files of the orphan %s could not be deleted yet.", photo)
            continue
        gone += 1
    return gone
