"""Whether a person may order another job. Exact, since jobs are counted under locks.

A photo counts as one of its owner's day when its first job is ordered. Whatever is ordered of it
later (another motion, a corrected depth, further files, another attempt) counts as a change, of
which there may be many more. A job that ends before a worker has begun it gives back what it
counted as.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, connection
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amena import words
from amena.accounts.models import Quota, User
from amena.gone import GoneError
from amena.jobs.models import Job, Photo, State

#: An arbitrary number that names the lock under which the jobs of all people are counted.
_SYSTEM_LOCK: Final = 0x414D454E41
_WAIT_FOR_JOB = timedelta(seconds=30)
_WAIT_FOR_SYSTEM = timedelta(minutes=5)


@dataclass
class QuotaExceededError(Exception):
    """No further job now.

    Attributes:
        code: `active_jobs`, `held_jobs`, `daily_jobs`, `daily_changes` or `system_jobs`.
        reason: one sentence that says what the limit is.
        advice: one that says what to do; a page that goes on by itself leaves it out.
        retry_after: when it is worth trying again.
    """

    code: str
    reason: str
    advice: str
    retry_after: timedelta

    @property
    def message(self) -> str:
        """The problem, and what to do about it, in one line."""
        return words.sentences(self.reason, self.advice)

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Usage:
    """What one person has used, beside what they may use.

    Attributes:
        active: jobs in the works: queued and running.
        held: jobs that wait for a place there.
        today: new photos since midnight (UTC).
        changes_today: what was ordered besides since then: changes and further files of photos.
        refusal: why no further photo would be taken now; None where one would.
    """

    active: int
    active_limit: int
    held: int
    held_limit: int
    today: int
    daily_limit: int
    changes_today: int
    changes_limit: int
    resets_at: datetime
    refusal: QuotaExceededError | None


class Place(NamedTuple):
    """Room for one more job.

    Attributes:
        quota: the person's row, for `amena.jobs.services.places.fill`.
        counts_as: what the job uses up.
        day: of which day.
    """

    quota: Quota
    counts_as: Job.Counted
    day: date


class _Counts(NamedTuple):
    """A person's jobs that are still to be done."""

    placed: int
    held: int


def usage(user: User) -> Usage:
    """For showing; no lock is taken, so it may be old by the time it is seen."""
    quota = _quota(user)
    counts = _counts(quota)
    try:
        _check_person(quota, counts, Job.Counted.PHOTO)
        _check_system()
        refusal = None
    except QuotaExceededError as error:
        refusal = error
    return Usage(
        active=counts.placed,
        active_limit=quota.active_limit,
        held=counts.held,
        held_limit=settings.QUOTA_HELD_JOBS,
        today=_used(quota, Job.Counted.PHOTO),
        daily_limit=quota.daily_limit,
        changes_today=_used(quota, Job.Counted.CHANGE),
        changes_limit=settings.QUOTA_DAILY_CHANGES,
        resets_at=_midnight(),
        refusal=refusal,
    )


def check(user: User, photo: Photo | None = None) -> None:
    """Refuses early and cheaply what `take` would refuse.

    Raises:
        QuotaExceededError: as `take`.
    """
    quota = _quota(user)
    _check_person(quota, _counts(quota), _counts_as(photo))
    _check_system()


def take(user: User, photo: Photo | None = None) -> Place:
    """Counts one more job of `user`. Call it in the transaction that inserts the job.

    The locks are held until that transaction ends: first the person's quota row, then the one for
    the whole system, always in this order.

    Args:
        user: who orders.
        photo: what the job works on; None: a new one.

    Raises:
        QuotaExceededError: the person or the system has reached a limit.
        GoneError: the person has deleted their account.
    """
    _quota(user)
    # Whoever leaves deletes the row; what was waited for is gone then, or the account behind it.
    rows = Quota.objects.select_for_update(of=("self",))
    quota = rows.filter(user=user, user__deleted_at=None).first()
    if quota is None:
        raise GoneError("This account has been deleted.")
    counts_as = _counts_as(photo)
    _check_person(quota, _counts(quota), counts_as)
    _lock_system()
    _check_system()
    place = Place(quota, counts_as, timezone.now().date())
    quota.used, quota.changes = (
        _used(quota, each) + (each == counts_as) for each in (Job.Counted.PHOTO, Job.Counted.CHANGE)
    )
    quota.day = place.day
    quota.save(update_fields=["day", "used", "changes"])
    return place


def take_for(photo: Photo) -> Place:
    """Counts one more job on a photo, as `take` does, for its owner.

    Raises:
        QuotaExceededError: the person or the system has reached a limit.
        GoneError: the person has deleted their account.
    """
    try:
        owner = photo.owner
    except User.DoesNotExist as error:  # purged since the photo was read
        raise GoneError("This account has been deleted.") from error
    return take(owner, photo)


def give_back(job_id: UUID) -> None:
    """Takes a job off its owner's day if it has ended before a worker began it.

    Call it in the transaction that ends the job, with its owner's row of quotas locked.
    """
    ended = Job.objects.filter(public_id=job_id, state__in=(State.CANCELLED, State.FAILED))
    job = ended.filter(attempts=0).exclude(counts_as="").select_related("photo").first()
    if job is None:
        return
    column = "used" if job.counts_as == Job.Counted.PHOTO else "changes"
    counted = Quota.objects.filter(user=job.photo.owner_id, **{f"{column}__gt": 0})
    counted.filter(day=job.counted_on).update(**{column: F(column) - 1})
    ended.update(counts_as="", counted_on=None)


def free_in_system() -> int:
    """How many more jobs the whole system bears; exact until the transaction ends."""
    _lock_system()
    return settings.QUOTA_SYSTEM_JOBS - Job.objects.placed().count()


def _quota(user: User) -> Quota:
    """The person's row; one that is kept nowhere if the account is deleted at this very moment."""
    try:
        return Quota.objects.get_or_create(user=user)[0]
    except IntegrityError:
        return Quota(user=user)


def _lock_system() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SYSTEM_LOCK])


def _counts(quota: Quota) -> _Counts:
    """Counts a person's jobs; one of a deleted photo keeps its place until its worker ends it."""
    jobs = Job.objects.active().filter(owner=quota.user_id)
    held = Q(state=State.HELD)
    return _Counts(
        **jobs.aggregate(placed=Count("pk", filter=~held), held=Count("pk", filter=held))
    )


def _counts_as(photo: Photo | None) -> Job.Counted:
    """What a further job of this photo counts as; None: of a new one."""
    if photo is not None and photo.jobs.filter(counts_as=Job.Counted.PHOTO).exists():
        return Job.Counted.CHANGE
    return Job.Counted.PHOTO


def _used(quota: Quota, what: Job.Counted) -> int:
    """How many were ordered today, as the row says."""
    if quota.day != timezone.now().date():
        return 0
    return quota.used if what == Job.Counted.PHOTO else quota.changes


def _check_person(quota: Quota, counts: _Counts, counts_as: Job.Counted) -> None:
    if not quota.active_limit:
        raise QuotaExceededError(
            "active_jobs",
            _("This account cannot make photos at the moment."),
            _("Please contact us."),
            _WAIT_FOR_JOB,
        )
    starts = counts.placed < quota.active_limit and not counts.held
    if not starts and counts.held >= settings.QUOTA_HELD_JOBS:
        raise QuotaExceededError(
            "held_jobs",
            ngettext(
                "You already have %(count)s photo waiting, the most at a time.",
                "You already have %(count)s photos waiting, the most at a time.",
                settings.QUOTA_HELD_JOBS,
            )
            % {"count": settings.QUOTA_HELD_JOBS},
            _("Upload the next when some of them are ready."),
            _WAIT_FOR_JOB,
        )
    if counts_as == Job.Counted.PHOTO and _used(quota, counts_as) >= quota.daily_limit:
        reason = ngettext(
            "You have reached today’s limit of %(count)s new photo.",
            "You have reached today’s limit of %(count)s new photos.",
            quota.daily_limit,
        )
        raise _until_tomorrow("daily_jobs", reason, quota.daily_limit)
    limit = settings.QUOTA_DAILY_CHANGES
    if counts_as == Job.Counted.CHANGE and _used(quota, counts_as) >= limit:
        reason = ngettext(
            "You have reached today’s limit of %(count)s change or further file.",
            "You have reached today’s limit of %(count)s changes and further files.",
            limit,
        )
        raise _until_tomorrow("daily_changes", reason, limit)


def _until_tomorrow(code: str, reason: str, limit: int) -> QuotaExceededError:
    wait = _midnight() - timezone.now()
    hours = -(-wait // timedelta(hours=1))
    advice = ngettext(
        "You can make more in %(hours)s hour.",
        "You can make more in %(hours)s hours.",
        hours,
    )
    return QuotaExceededError(code, reason % {"count": limit}, advice % {"hours": hours}, wait)


def _midnight() -> datetime:
    """When the next day begins, in UTC for everybody."""
    return datetime.combine(timezone.now().date() + timedelta(days=1), time(), UTC)


def _check_system() -> None:
    most = settings.QUOTA_SYSTEM_JOBS
    if Job.objects.placed()[:most].count() >= most:  # however long the queue is
        raise QuotaExceededError(
            "system_jobs",
            _("We are very busy right now."),
            _("Please try again in five minutes."),
            _WAIT_FOR_SYSTEM,
        )
