"""From jobs that have ended to what one email tells.

The UPDATE that ends a job notes in its row that an email may be due, so no end is lost. The note
goes once the email has been sent, or where none is wanted: nobody has asked, or the person has
waited for a moment only and has seen it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from amena.jobs.models import Job, Photo, State
from amena.jobs.states import EMAILED
from amena.notifications.models import EmailSubscription

#: Who waits for no longer has watched.
WATCHED: Final = timedelta(minutes=1)
#: After the last end, before the email: whoever uploads one photo after another gets one for all.
SETTLED: Final = timedelta(seconds=15)


@dataclass(frozen=True)
class Line:
    """What an email says of one photo.

    Attributes:
        photo: the photo.
        failed: the newest of its jobs that have failed; None: all is ready.
    """

    photo: Photo
    failed: Job | None


@dataclass(frozen=True)
class Batch:
    """What one email tells.

    Attributes:
        jobs: of one person, those that have ended, oldest end first; at least one.
    """

    jobs: tuple[Job, ...]

    @property
    def ended_at(self) -> datetime:
        """When the last of them has ended."""
        return max(job.finished_at for job in self.jobs if job.finished_at)

    @property
    def lines(self) -> list[Line]:
        """One for each photo, in the order in which they were first ready."""
        by_photo: dict[int, list[Job]] = {}
        for job in self.jobs:
            by_photo.setdefault(job.photo_id, []).append(job)
        return [
            Line(jobs[0].photo, next((job for job in reversed(jobs) if _has_failed(job)), None))
            for jobs in by_photo.values()
        ]


def forget_unwanted() -> int:
    """Takes the note from jobs that no email will tell of. Says how many."""
    wanting = EmailSubscription.objects.live().filter(
        user=OuterRef("owner"), created_at__lt=OuterRef("finished_at")
    )
    asked_later = wanting.filter(created_at__gt=OuterRef("ordered_at"))
    long = Q(finished_at__gt=F("ordered_at") + WATCHED)
    wanted = Q(state__in=EMAILED, dismissed=False, photo__deleted_at=None) & (
        (long & Q(Exists(wanting))) | Q(Exists(asked_later))
    )
    return Job.objects.filter(~wanted, email_due=True).update(email_due=False)


def due() -> QuerySet[EmailSubscription]:
    """Of people for whom an email is due: all that they have ordered has ended, a moment ago."""
    theirs = Job.objects.filter(owner=OuterRef("user"), photo__deleted_at=None)
    noted = Job.objects.filter(email_due=True).values("owner")
    found = EmailSubscription.objects.live().filter(user__in=noted, deliver_at__lte=Now())
    return found.filter(
        ~Exists(theirs.active()),
        ~Exists(theirs.filter(email_due=True, finished_at__gt=Now() - SETTLED)),
    ).order_by("deliver_at", "pk")


def of(subscription: EmailSubscription) -> Batch | None:
    """What is to be told now; None where there is nothing (any more), or not yet."""
    theirs = Job.objects.for_user(subscription.user)
    # First this, then what has ended: a job that ends in between is told of, and not lost.
    if theirs.active().exists():
        return None
    ended = theirs.filter(email_due=True, state__in=EMAILED).select_related("photo")
    jobs = tuple(ended.order_by("finished_at", "pk"))
    return Batch(jobs) if jobs else None


def told(batch: Batch) -> None:
    """Takes the note from the jobs, but for one that was tried again and has ended meanwhile."""
    for job in batch.jobs:
        Job.objects.filter(pk=job.pk, finished_at=job.finished_at).update(email_due=False)


def _has_failed(job: Job) -> bool:
    return job.state == State.FAILED
