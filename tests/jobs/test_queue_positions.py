"""How many jobs are before one in the queue, and what finding that out costs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone, translation

from amena.accounts.models import User
from amena.jobs import pages, selectors, wording
from amena.jobs.models import Job, Photo, State
from amena.jobs.queue_positions import QueuePositions
from tests.jobs.many import make_queued_jobs

MakeJob = Callable[..., Job]


@pytest.fixture
def queued(make_job: MakeJob) -> list[Job]:
    """Five queued jobs, oldest first, two of the same moment."""
    start = timezone.now()
    jobs = [make_job() for _ in range(5)]
    for job, seconds in zip(jobs, (1, 2, 3, 3, 4), strict=True):
        job.queued_at = start + timedelta(seconds=seconds)
        job.save(update_fields=["queued_at"])
    return jobs


@pytest.mark.django_db
def test_those_whose_turn_is_earlier_are_before_one(queued: list[Job], make_job: MakeJob) -> None:
    running, done = make_job(State.RUNNING), make_job(State.SUCCEEDED)
    queue = QueuePositions([*reversed(queued), running, done])
    assert [queue.ahead(job) for job in queued] == [0, 1, 2, 2, 4]
    assert (queue.ahead(running), queue.ahead(done)) == (0, 0)


@pytest.mark.django_db
def test_those_that_are_not_asked_about_count_too(queued: list[Job]) -> None:
    queue = QueuePositions([queued[4], queued[1]])
    assert (queue.ahead(queued[4]), queue.ahead(queued[1])) == (4, 1)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/photos/", "/api/v1/photos", "/api/v1/jobs"])
def test_a_list_fetches_what_it_shows_and_not_the_queue(
    client: Client, user: User, path: str
) -> None:
    make_queued_jobs(10_000, [user.pk])
    client.force_login(user)
    fetched = 0

    def count(execute: Callable[..., Any], *query: Any) -> Any:
        nonlocal fetched
        found = execute(*query)
        fetched += query[-1]["cursor"].rowcount
        return found

    with connection.execute_wrapper(count):
        assert client.get(path).status_code == 200
    # The wall's page of numbers takes the keys of its first photos, and no more of any.
    assert 24 <= fetched < 200 + pages.COUNTED


@pytest.mark.django_db
def test_a_held_job_stands_in_its_owner_s_line_alone(
    queued: list[Job], make_job: MakeJob, make_photo: Callable[..., Photo], other: User
) -> None:
    held = [make_job(State.HELD) for _ in range(5)]
    theirs = make_job(State.HELD, make_photo(other))
    line = QueuePositions([held[3], queued[4], held[0]])
    assert [line.ahead(each) for each in (held[3], queued[4], held[0])] == [3, 4, 0]
    assert QueuePositions([theirs]).ahead(theirs) == 0
    words = [wording.status(job, line.ahead(job)) for job in (held[0], held[3])]
    assert words == [
        "Starts when a place is free, next in line",
        "Starts when a place is free, 4th in line",
    ]
    with translation.override("ja"):
        assert "4番目" in wording.status(held[3], line.ahead(held[3]))


@pytest.mark.django_db
def test_who_has_waited_in_a_queue_that_stands_is_told_so(make_job: MakeJob) -> None:
    """No worker runs; then one does, on a job that takes much longer than usual."""
    job = make_job()
    assert not QueuePositions([job]).stands(job)
    long_ago = timezone.now() - timedelta(minutes=5)
    job.queued_at = long_ago
    job.save(update_fields=["queued_at"])
    assert QueuePositions([job]).stands(job)
    running = make_job(State.RUNNING)
    assert not QueuePositions([job]).stands(job)
    Job.objects.filter(pk=running.pk).update(started_at=long_ago)
    assert QueuePositions([job]).stands(job)
    card = selectors.card(job.photo.owner, job.photo.public_id)
    assert "longer than usual" in card.wait
    assert "within a minute" not in card.wait
