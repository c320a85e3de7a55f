"""Places in the works: a person has a few, and what is ordered beyond them is held.

Held jobs start one by one, in the order in which they were given, as soon as a place gets free. So
every order is one row from the moment it is taken, whoever closes which page; and the queue of all
people only ever carries what its owner has a place for, so that nobody's hundred photos stand
before another's first.

Whoever changes how many places a person uses holds that person's row of quotas, and takes it before
any row of photos or jobs: places are counted exactly, and two changes cannot wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from amena.accounts.models import Quota
from amena.jobs import states
from amena.jobs.models import Job
from amena.jobs.services import dispatch, quotas


@contextmanager
def leaving(jobs: QuerySet[Job]) -> Iterator[None]:
    """One transaction in which some of `jobs` may end; the places that get free are filled in it.

    Args:
        jobs: whose owners' places may change. They are looked up before anything is done.
    """
    owners = list(jobs.values_list("owner", flat=True).order_by().distinct())
    with transaction.atomic():
        # Always in the same order, so that two who lock several never wait for each other.
        locked = list(Quota.objects.select_for_update().filter(user__in=owners).order_by("pk"))
        yield
        for quota in locked:
            fill(quota)


def cancel(job_id: UUID) -> bool:
    """Stops a job: a waiting one at once, a running one within seconds. False: it has ended."""
    with leaving(Job.objects.filter(public_id=job_id)):
        return stop(job_id)


def stop(job_id: UUID) -> bool:
    """As `cancel`, in a transaction that holds the owner's row of quotas and fills places later."""
    stopped = states.cancel(job_id)
    quotas.give_back(job_id)
    return stopped


def fill(quota: Quota) -> int:
    """Gives a person's free places to the held jobs whose turn it is.

    Args:
        quota: the person's row, locked by the transaction that this is called in.

    Returns:
        How many jobs have got a place.
    """
    mine = Job.objects.filter(owner=quota.user_id)
    waiting = mine.held().filter(photo__deleted_at=None).values_list("public_id", flat=True)
    free = quota.active_limit - mine.placed().count()
    if free <= 0 or not waiting.exists():
        return 0
    free = min(free, quotas.free_in_system())
    released = 0
    # Asked for one by one: another may be cancelled meanwhile.
    while released < free and (job_id := waiting.first()):
        if states.release(job_id):
            released += 1
            send_on_commit(job_id)
    return released


def fill_all() -> int:
    """Fills what was missed: limits that were raised, a system that was full.

    Returns:
        How many jobs have got a place.
    """
    filled = 0
    for key in missed().values_list("pk", flat=True):
        with transaction.atomic():
            quota = Quota.objects.select_for_update().filter(pk=key).first()
            filled += fill(quota) if quota else 0
    return filled


def missed() -> QuerySet[Quota]:
    """The quotas of people who have both a free place and a held job, the longest wait first."""
    theirs = Job.objects.filter(owner=OuterRef("user"))
    placed = theirs.placed().values("owner")
    held = theirs.held().filter(photo__deleted_at=None).order_by().values("owner")
    limit = Coalesce("active_jobs", Value(settings.QUOTA_ACTIVE_JOBS))
    return (
        Quota.objects.filter(Exists(held))
        .annotate(
            placed=Coalesce(Subquery(placed.values(count=Count("pk"))), 0),
            since=Subquery(held.values(first=Min("created_at"))),
            limit=limit,
        )
        .filter(placed__lt=F("limit"))
        .order_by("since")
    )


def send_on_commit(job_id: UUID) -> None:
    """Has the message of a queued job sent once its row stands."""
    # Robust: the row is the order; the sweeper sends what this cannot.
    transaction.on_commit(lambda: dispatch.send(job_id), robust=True)
