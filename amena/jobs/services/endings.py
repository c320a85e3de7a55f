"""How an attempt at a job ends: what its outcome makes of the job, the last use of the lease."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from amena.jobs import states, storage, thumbnails
from amena.jobs.models import Artifact, Job
from amena.jobs.services import dead_letters, measuring, places, previews

logger = logging.getLogger(__name__)

_RETRY_DELAY = timedelta(seconds=10)
_DATABASE_PATIENCE_SECONDS = 20.0

Result = TypeVar("Result")


class Outcome(Enum):
    """What an attempt makes of its job."""

    SUCCEEDED = auto()
    FAILED = auto()  # for good: the same photo would fail again
    RETRY = auto()  # another attempt may go well; the job fails where none is left
    CANCELLED = auto()
    REQUEUED = auto()  # the worker had to go, which costs no attempt


@dataclass(frozen=True)
class Made:
    """What a successful attempt has stored, not on record yet.

    Attributes:
        job: the job, as it was when the attempt began.
        artifacts: unsaved rows, one for each stored file.
        stage_seconds: how long each of the engine's stages took.
    """

    job: Job
    artifacts: list[Artifact]
    stage_seconds: dict[str, float]


@dataclass(frozen=True)
class Ending:
    """How an attempt ended.

    Attributes:
        outcome: what becomes of the job.
        code, message: why it failed; empty unless `outcome` is `FAILED` or `RETRY`.
        made: the results; None unless `outcome` is `SUCCEEDED`.
        reason: why it failed, for staff, where the message does not say it.
    """

    outcome: Outcome
    code: str = ""
    message: str = ""
    made: Made | None = None
    reason: str = ""


def finish(lease: states.Lease, ending: Ending) -> None:
    """Ends the lease as the attempt ended. Nothing changes if the lease is gone already."""
    if ending.outcome is not Outcome.SUCCEEDED:
        _end_without(lease, ending)
        _settle(lambda: previews.drop(lease.job_id, lease.attempt))
    elif ending.made is not None:
        _record(lease, ending.made)


def _end_without(lease: states.Lease, ending: Ending) -> None:
    """The end of an attempt that has made nothing."""
    match ending:
        case Ending(Outcome.FAILED, code, message):
            _end(lease, lambda: states.fail(lease, code, message, ending.reason))
            _settle(lambda: dead_letters.report(lease.job_id))
        case Ending(Outcome.RETRY, code, message):
            _end(
                lease,
                lambda: states.retry_later(lease, code, message, _RETRY_DELAY, ending.reason),
            )
            _settle(lambda: dead_letters.report(lease.job_id))
        case Ending(Outcome.CANCELLED):
            _end(lease, lambda: states.stop(lease))
        case Ending(Outcome.REQUEUED):
            _end(lease, lambda: states.requeue(lease))


def _record(lease: states.Lease, made: Made) -> None:
    """Makes the results the job's, all or none; drops them where the job is no longer wanted."""
    photo, job = made.job.photo.public_id, made.job.public_id
    if _end(lease, lambda: _succeed(lease, made.artifacts)):
        logger.info("Done.")
        measuring.note_success(made.job, made.stage_seconds)
        _renew_thumbnail(made)
        _clean_up(lambda: storage.delete_other_attempts(photo, job, kept=lease.attempt))
    else:
        logger.info("Done, but no longer wanted: the results are dropped.")
        _clean_up(lambda: storage.delete_tree(storage.attempt_prefix(photo, job, lease.attempt)))
        _end(lease, lambda: states.stop(lease))


def _renew_thumbnail(made: Made) -> None:
    posters = [each.key for each in made.artifacts if each.kind == "poster"]
    if made.job.kind == Job.Kind.CREATE and posters:
        with suppress(*storage.ERRORS):  # an old thumbnail is no reason to lose a 3D photo
            thumbnails.follow(made.job, posters[0])


def _succeed(lease: states.Lease, artifacts: list[Artifact]) -> bool:
    won = states.succeed(lease)
    if won:
        Artifact.objects.bulk_create(artifacts)
    # When the answer to a commit is lost, the change is made again and finds itself done.
    return won or Artifact.objects.filter(key__in=[each.key for each in artifacts]).exists()


def _clean_up(delete: Callable[[], None]) -> None:
    """Deletes files that nobody misses; where that fails, they go with the photo."""
    try:
        delete()
    except storage.ERRORS as error:
        logger.warning("Files of an attempt could not be deleted: %s", type(error).__name__)


def _end(lease: states.Lease, change: Callable[[], bool]) -> bool:
    """Settles a change by which the job may end: its owner's next held job starts by the same."""

    def and_the_next() -> bool:
        with places.leaving(Job.objects.filter(public_id=lease.job_id)):
            return change()

    return _settle(and_the_next)


def _settle(change: Callable[[], Result]) -> Result:
    """Carries out a last change of the job, and waits for the database if it restarts just now.

    Minutes of work hang on it; a change that is repeated although it had gone through changes
    nothing, because the lease is gone by then.
    """
    give_up = time.monotonic() + _DATABASE_PATIENCE_SECONDS
    while True:
        try:
            return change()
        except (OperationalError, InterfaceError):
            if time.monotonic() > give_up:
                raise
            connection.close()
            time.sleep(0.5)
