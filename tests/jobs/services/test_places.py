"""Held jobs start one by one, in the order given, by whatever makes a place free."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from amena.accounts.models import Quota, User
from amena.jobs import states
from amena.jobs.models import PLACED, Job, Photo, State
from amena.jobs.services import deletion, places, reaping, running, staff_actions, submission
from amena.jobs.uploads import accept
from amena.site import housekeeping
from tests.faults.engines import BuggyEngine, QuickEngine, RefusingEngine
from tests.jobs.samples import uploaded

MakeJob = Callable[..., Job]
UseEngine = Callable[[type], None]


def order(user: User) -> Job:
    """One more photo."""
    return submission.submit(user, accept(uploaded()), {}, uuid.uuid4()).jobs.get()


@pytest.fixture
def line(user: User, sent: list[str]) -> list[Job]:
    """Five photos in the order given; there is a place for one."""
    Quota.objects.filter(user=user).update(active_jobs=1)
    return [order(user) for _ in range(5)]


def standing(jobs: list[Job]) -> list[str]:
    """Where they stand now."""
    found = dict(Job.objects.values_list("pk", "state"))
    return [found[job.pk] for job in jobs]


def lease_lost(job: Job) -> None:
    """Its worker is gone, and it was the last attempt."""
    states.claim(job.public_id)
    late = F("lease_expires_at") - timedelta(hours=1)
    Job.objects.filter(pk=job.pk).update(attempts_left=0, lease_expires_at=late)
    reaping.reap()


class StoppedEngine(QuickEngine):
    """While it works, the photo's owner stops it."""

    def work(self, stage: str, progress: Any) -> None:
        places.cancel(Job.objects.get(state=State.RUNNING).public_id)
        super().work(stage, progress)


def tried(job: Job, use: UseEngine, engine: type) -> None:
    """A worker makes the last attempt that it has."""
    Job.objects.filter(pk=job.pk).update(attempts_left=1)
    use(engine)
    running.run(job.public_id)


ENDS: dict[str, Callable[[Job, UseEngine], object]] = {
    "made": lambda job, use: tried(job, use, QuickEngine),
    "refused": lambda job, use: tried(job, use, RefusingEngine),
    "given up": lambda job, use: tried(job, use, BuggyEngine),
    "its worker lost": lambda job, _use: lease_lost(job),
    "cancelled": lambda job, _use: places.cancel(job.public_id),
    "stopped at work": lambda job, use: tried(job, use, StoppedEngine),
    "cancelled by staff": lambda job, _use: staff_actions.cancel(job.public_id),
    "failed by staff": lambda job, _use: staff_actions.fail(job.public_id),
    "deleted": lambda job, _use: deletion.delete(job.photo, undoable=True),
    "purged": lambda job, _use: deletion.delete(job.photo),
}


@pytest.mark.fault(
    "a job ends in any way while others of its owner are held",
    "the next starts by the same transaction",
)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ENDS)
def test_the_next_starts_by_every_way_in_which_a_job_ends(
    line: list[Job], sent: list[str], use_engine: UseEngine, settings: Any, end: str
) -> None:
    settings.SQS_DEAD_LETTER_URL = ""
    assert standing(line) == ["queued", "held", "held", "held", "held"]
    ENDS[end](line[0], use_engine)
    rest = line[1:]
    assert standing(rest) == ["queued", "held", "held", "held"]
    assert sent == [str(job.public_id) for job in line[:2]], "Sent once each, in order."


@pytest.mark.django_db
def test_one_that_is_stopped_while_it_is_held_leaves_the_line(line: list[Job]) -> None:
    places.cancel(line[1].public_id)
    places.cancel(line[0].public_id)
    assert standing(line) == ["cancelled", "cancelled", "queued", "held", "held"]


@pytest.mark.django_db
def test_one_that_is_tried_again_waits_for_a_place_too(line: list[Job]) -> None:
    places.cancel(line[0].public_id)
    assert submission.retry(line[0])
    assert standing(line)[:2] == ["held", "queued"]
    places.cancel(line[1].public_id)
    assert standing(line)[:3] == ["queued", "cancelled", "held"]


@pytest.mark.django_db
def test_nobody_overtakes_who_waits(user: User, line: list[Job]) -> None:
    """There are places again, but nobody has filled them yet when the next photo comes."""
    Quota.objects.filter(user=user).update(active_jobs=3)
    last = order(user)
    assert standing([*line, last]) == ["queued"] * 3 + ["held"] * 3


@pytest.mark.django_db
def test_the_sweeper_fills_what_was_missed(user: User, line: list[Job], sent: list[str]) -> None:
    Quota.objects.filter(user=user).update(active_jobs=3)
    assert housekeeping.sweep().released == 2
    assert standing(line) == ["queued"] * 3 + ["held"] * 2
    assert housekeeping.sweep().released == 0


@pytest.mark.django_db
def test_a_full_system_holds_too_and_who_waits_longest_is_first(
    user: User, other: User, settings: Any, sent: list[str]
) -> None:
    first = [order(user) for _ in range(4)]
    second = [order(other) for _ in range(4)]
    settings.QUOTA_SYSTEM_JOBS = 6
    states.cancel(first[0].public_id)  # by a worker of the version before, which fills no place
    states.cancel(second[0].public_id)
    settings.QUOTA_SYSTEM_JOBS = 5
    assert places.fill_all() == 1
    assert standing([first[3], second[3]]) == ["queued", "held"]


@pytest.mark.django_db
def test_a_deleted_photo_never_starts(line: list[Job]) -> None:
    Photo.objects.filter(pk=line[1].photo_id).update(deleted_at=Now())
    places.cancel(line[0].public_id)
    assert standing(line) == ["cancelled", "held", "queued", "held", "held"]


@pytest.mark.django_db
def test_staff_may_start_one_out_of_turn(line: list[Job], sent: list[str]) -> None:
    with transaction.atomic():
        assert staff_actions.requeue(line[3].public_id)
    assert standing(line) == ["queued", "held", "held", "queued", "held"]


@pytest.mark.django_db(transaction=True)
def test_places_are_exact_while_jobs_end_and_come_at_once(user: User, sent: list[str]) -> None:
    """Twenty wait; six threads end, delete, try again and order, all at the same time."""
    Quota.objects.filter(user=user).update(active_jobs=3)
    jobs = [order(user) for _ in range(20)]
    too_many = []

    def act(number: int) -> None:
        job = jobs[number]
        try:
            match number % 4:
                case 0:
                    places.cancel(job.public_id)
                case 1:
                    deletion.delete(job.photo, undoable=True)
                case 2:
                    places.cancel(job.public_id)
                    submission.retry(job)
                case _:
                    order(user)
            placed = Job.objects.filter(state__in=PLACED).count()
            too_many.extend([placed] if placed > 3 else [])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(act, range(20)))
    assert not too_many
    assert Job.objects.filter(state__in=PLACED).count() == 3
    assert Job.objects.filter(state=State.HELD).count() == 20 + 5 - 10 - 3
