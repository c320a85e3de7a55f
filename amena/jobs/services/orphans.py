"""Files of uploads that were cut off: stored, but the process died before it recorded the photo."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Final
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from django.utils import timezone

from amena.jobs import storage
from amena.jobs.models import Photo

logger = logging.getLogger(__name__)

#: An upload that is still going on is younger than this, whatever the machines' clocks say.
AGE: Final = timedelta(days=1)


def find() -> Iterator[UUID]:
    """Ids of photos that have files, the youngest older than `AGE`, but no row."""
    # The files first: a photo that is recorded in between is no orphan.
    stored = storage.photos()
    known = set(Photo.objects.filter(public_id__in=stored).values_list("public_id", flat=True))
    limit = timezone.now() - AGE
    for photo in stored:
        if photo not in known and (changed := storage.last_change(photo)) and changed < limit:
            yield photo


def purge() -> int:
    """Deletes the files of all orphans. Says of how many."""
    gone = 0
    for photo in find():
        try:
            storage.delete_tree(storage.photo_prefix(photo))
        except (OSError, BotoCoreError, ClientError):
            logger.warning("The files of the orphan %s could not be deleted yet.", photo)
            continue
        gone += 1
    return gone
