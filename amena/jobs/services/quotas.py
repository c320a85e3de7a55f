"""Who may start another job. Exact under concurrency: the counts are taken under locks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from amena import words
from amena.accounts.models import Quota, User
from amena.jobs.models import Job

#: An arbitrary number that names the lock under which the jobs of all people are counted.
_SYSTEM_LOCK: Final = 0x414D454E41
_WAIT_FOR_JOB = timedelta(seconds=30)
_WAIT_FOR_SYSTEM = timedelta(minutes=5)


@dataclass
class QuotaExceededError(Exception):
    """No further job now.

    Attributes:
        code: `active_jobs`, `daily_jobs` or `system_jobs`.
        message: one line that says what the limit is and what to do.
        retry_after: when it is worth trying again.
    """

    code: str
    message: str
    retry_after: timedelta


@dataclass(frozen=True)
class Usage:
    """What one person has used, beside what they may use."""

    active: int
    active_limit: int
    today: int
    daily_limit: int
    resets_at: datetime


def usage(user: User) -> Usage:
    """For showing; no lock is taken, so it may be old by the time it is seen."""
    quota = _quota(user)
    return Usage(
        active=_active_jobs(user),
        active_limit=quota.active_limit,
        today=quota.used if quota.day == timezone.now().date() else 0,
        daily_limit=quota.daily_limit,
        resets_at=_midnight(),
    )


def check(user: User) -> None:
    """Refuses early and cheaply what `take_slot` would refuse.

    Raises:
        QuotaExceededError: as `take_slot`.
    """
    _check_person(user, _quota(user))
    _check_system()


def take_slot(user: User) -> None:
    """Counts one more job of `user`. Call it in the transaction that inserts the job.

    The locks are held until that transaction ends: first the person's quota row, then the one for
    the whole system, always in this order.

    Raises:
        QuotaExceededError: the person or the system has reached a limit.
    """
    _quota(user)
    quota = Quota.objects.select_for_update().get(user=user)
    _check_person(user, quota)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SYSTEM_LOCK])
    _check_system()
    today = timezone.now().date()
    quota.used = quota.used + 1 if quota.day == today else 1
    quota.day = today
    quota.save(update_fields=["day", "used"])


def _quota(user: User) -> Quota:
    return Quota.objects.get_or_create(user=user)[0]


def _active_jobs(user: User) -> int:
    return Job.objects.active().filter(photo__owner=user).count()


def _check_person(user: User, quota: Quota) -> None:
    if _active_jobs(user) >= quota.active_limit:
        raise QuotaExceededError(
            "active_jobs",
            ngettext(
                "You already have %(count)s photo in progress, the most at a time. Wait until it "
                "is ready, then upload the next.",
                "You already have %(count)s photos in progress, the most at a time. Wait until one "
                "is ready, then upload the next.",
                quota.active_limit,
            )
            % {"count": quota.active_limit},
            _WAIT_FOR_JOB,
        )
    now = timezone.now()
    if quota.day == now.date() and quota.used >= quota.daily_limit:
        wait = _midnight() - now
        hours = -(-wait // timedelta(hours=1))
        raise QuotaExceededError(
            "daily_jobs",
            _used_up(quota.daily_limit, hours),
            wait,
        )


def _midnight() -> datetime:
    """When the next day begins, in UTC for everybody."""
    return datetime.combine(timezone.now().date() + timedelta(days=1), time(), UTC)


def _used_up(limit: int, hours: int) -> str:
    made = ngettext(
        "You have reached today’s limit of %(count)s photo.",
        "You have reached today’s limit of %(count)s photos.",
        limit,
    )
    back = ngettext(
        "You can make more in %(hours)s hour.", "You can make more in %(hours)s hours.", hours
    )
    return words.sentences(made, back) % {"count": limit, "hours": hours}


def _check_system() -> None:
    if Job.objects.active().count() >= settings.QUOTA_SYSTEM_JOBS:
        raise QuotaExceededError(
            "system_jobs",
            _("We are very busy right now. Please try again in five minutes."),
            _WAIT_FOR_SYSTEM,
        )
