"""Taking a photo in, and ordering further work on it."""

from __future__ import annotations

import logging
import uuid
from typing import Any

from django.db import IntegrityError, transaction

from amena.accounts.models import User
from amena.engine.options import Options
from amena.jobs import states, storage
from amena.jobs.models import Job, Photo
from amena.jobs.services import dispatch, quotas
from amena.jobs.uploads import Upload
from amena.metrics import counters

logger = logging.getLogger(__name__)


@counters.counting_refusals(quotas.QuotaExceededError)
def submit(owner: User, upload: Upload, options: dict[str, Any], submission: uuid.UUID) -> Photo:
    """Stores a photo and orders its 3D photo. The same `submission` again gives the same photo.

    The files are stored before the rows, so that no job can ever lack its photo.

    Raises:
        QuotaExceededError: a limit is reached; nothing is kept.
        OptionsError: an option is out of range.
    """
    Options(**options)
    known = Photo.objects.filter(owner=owner, submission=submission).first()
    if known is not None:
        return known
    quotas.check(owner)
    public_id = uuid.uuid4()
    try:
        storage.save(storage.original_key(public_id), upload.file)
        storage.save(storage.thumbnail_key(public_id), upload.thumbnail)
        with transaction.atomic():
            quotas.take_slot(owner)
            photo = Photo.objects.create(
                public_id=public_id,
                owner=owner,
                submission=submission,
                name=upload.name,
                format=upload.format,
                width=upload.width,
                height=upload.height,
                size=upload.file.size or 0,
            )
            _order(photo, Job.Kind.CREATE, options)
    except IntegrityError:
        # The same form was sent twice at once, and the other one was quicker.
        storage.delete_tree(storage.photo_prefix(public_id))
        return Photo.objects.get(owner=owner, submission=submission)
    except BaseException:
        storage.delete_tree(storage.photo_prefix(public_id))
        raise
    return photo


def restyle(photo: Photo, options: dict[str, Any]) -> Job:
    """Orders another motion of a photo whose scene is kept.

    Raises:
        LookupError: there is no scene (any more).
        QuotaExceededError: a limit is reached.
        OptionsError: an option is out of range.
    """
    Options(**options)
    with transaction.atomic():
        quotas.take_slot(photo.owner)
        _keep(photo)
        if scene_key(photo) is None:
            raise LookupError("This photo has no finished 3D photo to start from.")
        return _order(photo, Job.Kind.RESTYLE, options)


def retry(job: Job) -> bool:
    """Orders a failed or cancelled job once more. False where it has not ended that way.

    Raises:
        QuotaExceededError: a limit is reached.
    """
    with transaction.atomic():
        quotas.take_slot(job.photo.owner)
        _keep(job.photo)
        if not states.retry(job.public_id):
            transaction.set_rollback(True)
            return False
        _send_on_commit(job)
    return True


def _keep(photo: Photo) -> None:
    """Holds the photo's row, so that its files cannot expire before the new job is on record."""
    Photo.objects.select_for_update().get(pk=photo.pk)


def scene_key(photo: Photo) -> str | None:
    """Where the newest kept scene of a photo lies."""
    return (
        photo.jobs.filter(artifacts__kind="scene")
        .order_by("-created_at")
        .values_list("artifacts__key", flat=True)
        .filter(artifacts__kind="scene")
        .first()
    )


def _order(photo: Photo, kind: Job.Kind, options: dict[str, Any]) -> Job:
    job = Job.objects.create(photo=photo, kind=kind, options=options, dispatch_at=states.soon())
    _send_on_commit(job)
    return job


def _send_on_commit(job: Job) -> None:
    # Robust: the job is accepted when its row is there; the sweeper sends what this cannot.
    transaction.on_commit(lambda: dispatch.send(job.public_id), robust=True)
