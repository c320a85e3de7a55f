"""Results are kept as long as was promised, then their files go; the wall shows that they were."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.db.models.functions import Now

from amena.jobs import states, storage
from amena.jobs.models import Artifact, Job, Photo, State

logger = logging.getLogger(__name__)


def due() -> QuerySet[Photo]:
    """Photos that nobody works on, whose last job ended longer ago than they are kept."""
    jobs = Job.objects.filter(photo=OuterRef("pk"))
    kept = timedelta(days=settings.RETENTION_DAYS)
    return (
        Photo.objects.filter(~Exists(jobs.active()), deleted_at=None)
        .filter(Exists(jobs.exclude(state=State.EXPIRED)))
        .annotate(ended=Max("jobs__finished_at"))
        .filter(ended__lt=Now() - kept)
        .order_by("ended")
    )


def purge(limit: int = 500) -> int:
    """Removes the files of what is due, all but the thumbnail, and marks the jobs expired.

    Files go before rows: where the storage fails, the next run tries again.

    Returns:
        How many photos have expired.
    """
    return sum(_expire(key) for key in due().values_list("pk", flat=True)[:limit])


def _expire(key: int) -> bool:
    with transaction.atomic():
        # The lock keeps a new job on this photo out until its files are gone.
        photo = Photo.objects.select_for_update(skip_locked=True).filter(pk=key).first()
        if photo is None or not due().filter(pk=key).exists():
            return False
        try:
            storage.delete_results(photo.public_id)
        except storage.ERRORS:
            logger.warning("The files of photo %s could not be deleted yet.", photo.public_id)
            return False
        states.expire(Job.objects.filter(photo=photo))
        Artifact.objects.filter(job__photo=photo).delete()
        return True
