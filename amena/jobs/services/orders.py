"""What all orders of work on a photo have in common.

Every order starts out held and gets a place at once where its owner has one free
(`amena.jobs.services.places`): whatever is ordered beyond that queues behind it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from amena.gone import GoneError
from amena.jobs import states
from amena.jobs.engine_options import settled
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import places, quotas


def lock(photo: Photo) -> None:
    """Holds the photo's row, so that its files cannot expire before the new job is on record.

    Raises:
        GoneError: it has been deleted.
    """
    if Photo.objects.select_for_update().filter(pk=photo.pk, deleted_at=None).first() is None:
        raise GoneError("This photo has been deleted.")


def available(options: dict[str, Any]) -> dict[str, Any]:
    """The options without an estimator that is no longer offered; what is compared is what is
    offered now.
    """
    offered = ("auto", *settings.DEPTH_ESTIMATORS)
    return {
        name: value
        for name, value in options.items()
        if name != "compare" and (name != "estimator" or value in offered)
    }


def create(
    place: quotas.Place, photo: Photo, kind: Job.Kind, options: dict[str, Any], **fields: Any
) -> Job:
    """The job of an order that has its place in the quota; `fields` are more of the row's."""
    job = Job.objects.create(
        photo=photo,
        kind=kind,
        options=settled(options),
        state=State.HELD,
        dispatch_at=states.soon(),
        counts_as=place.counts_as,
        counted_on=place.day,
        **fields,
    )
    places.fill(place.quota)
    job.refresh_from_db(fields=["state", "queued_at", "dispatch_at"])
    return job
