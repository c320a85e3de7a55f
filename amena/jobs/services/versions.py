"""The versions of a photo: what they are called, which one counts, and deleting one of them.

A version is a finished 3D photo: a job that has succeeded and is no export. The newest counts, and
so does one that was chosen since.
"""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction
from django.db.models.functions import Now

from amena import words
from amena.gone import GoneError
from amena.jobs import storage
from amena.jobs.models import Job, JobQuerySet, Photo, State
from amena.jobs.uploads import clean_name

logger = logging.getLogger(__name__)


class OnlyVersionError(Exception):
    """A photo keeps one version; whoever wants none deletes the photo."""


class BusyPhotoError(Exception):
    """Something is being made from the photo, perhaps from this very version."""


def rename_photo(photo: Photo, name: str) -> None:
    """Gives a photo another name; an empty one changes nothing."""
    if cleaned := clean_name(name.strip().replace("/", "-").replace("\\", "-"), otherwise=""):
        Photo.objects.filter(pk=photo.pk).update(name=cleaned)


def rename(job: Job, name: str) -> None:
    """Gives a version a name; an empty one lets it be called by what it was made with.

    Raises:
        GoneError: the job has made no version.
    """
    most = Job._meta.get_field("name").max_length
    if not _versions(job.photo).filter(pk=job.pk).update(name=words.printable(name.strip())[:most]):
        raise GoneError("This job has made no version.")


def choose(job: Job) -> None:
    """Lets this version count, until another is chosen or made: on the wall, in links that follow
    the newest, and as what further ones start from.

    Raises:
        GoneError: the job has made no version.
    """
    if not _versions(job.photo).filter(pk=job.pk).update(chosen_at=Now()):
        raise GoneError("This job has made no version.")


def delete(job: Job) -> None:
    """Deletes one version with its further files, and the link that stays at it.

    Raises:
        GoneError: the job has made no version.
        OnlyVersionError: the photo has no other.
        BusyPhotoError: work on the photo goes on.
    """
    photo = job.photo
    with transaction.atomic():
        # The lock lets no order begin that starts from this version.
        if Photo.objects.select_for_update().filter(pk=photo.pk, deleted_at=None).first() is None:
            raise GoneError("This photo has been deleted.")
        kept = _versions(photo)
        if not kept.filter(pk=job.pk).exists():
            raise GoneError("This job has made no version.")
        if photo.jobs.active().exists():
            raise BusyPhotoError
        if kept.count() < 2:
            raise OnlyVersionError
        gone = [job.public_id, *job.exports.values_list("public_id", flat=True)]
        job.delete()
        transaction.on_commit(lambda: _remove_files(photo, gone), robust=True)


def _versions(photo: Photo) -> JobQuerySet:
    return photo.jobs.motions().filter(state=State.SUCCEEDED)


def _remove_files(photo: Photo, jobs: list[UUID]) -> None:
    """What the storage keeps for now is found by the audit, since no row asks for it any more."""
    for job in jobs:
        try:
            storage.delete_tree(storage.job_prefix(photo.public_id, job))
        except storage.ERRORS:
            logger.warning("The files of job %s could not be deleted yet.", job)
