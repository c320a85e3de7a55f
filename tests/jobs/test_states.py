"""The table of states: every pair is allowed or refused as it says, and races have one winner."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from amena.jobs import states
from amena.jobs.models import Job, State
from tests.conftest import ROOT

MakeJob = Callable[..., Job]


def lease_of(job: Job) -> states.Lease:
    """The lease under which a running job is worked on; a lost one's for others."""
    return states.Lease(job.public_id, job.lease_token or uuid.uuid4(), job.attempts)


# What brings a job from anywhere into the state, by the module's public functions alone.
INTO: dict[State, tuple[Callable[[Job], object], ...]] = {
    State.HELD: (lambda job: states.retry(job.public_id, State.HELD),),
    State.QUEUED: (
        lambda job: states.release(job.public_id),
        lambda job: states.retry_later(lease_of(job), "x", "x"),
        lambda job: states.retry(job.public_id),
    ),
    State.RUNNING: (lambda job: states.claim(job.public_id),),
    State.SUCCEEDED: (lambda job: states.succeed(lease_of(job)),),
    State.FAILED: (
        lambda job: states.fail(lease_of(job), "x", "x"),
        lambda job: states.reject(job.public_id, "x", "x"),
    ),
    State.CANCELLED: (
        lambda job: states.stop(lease_of(job)),
        lambda job: (
            states.cancel(job.public_id) if job.state in (State.HELD, State.QUEUED) else None
        ),
    ),
    State.EXPIRED: (lambda job: states.expire(Job.objects.filter(pk=job.pk)),),
}


@pytest.mark.django_db
@pytest.mark.parametrize("source", State)
@pytest.mark.parametrize("target", State)
def test_every_pair_of_states_is_allowed_or_refused_as_the_table_says(
    make_job: MakeJob, source: State, target: State
) -> None:
    allowed = target in states.TRANSITIONS[source]
    reached = set()
    for change in INTO[target]:
        job = make_job(source)
        change(job)
        job.refresh_from_db()
        assert job.state in (source, target)
        reached.add(State(job.state))
    if source is target:
        assert reached == {source}
    else:
        assert (target in reached) == allowed


@pytest.mark.django_db
def test_a_move_outside_the_table_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="succeeded to running"):
        states._move(Job.objects.all(), State.SUCCEEDED, State.RUNNING)


@pytest.mark.django_db
def test_a_lease_exists_exactly_while_a_job_runs(make_job: MakeJob) -> None:
    for state in State:
        job = make_job(state)
        assert (job.lease_token is not None) == (state is State.RUNNING)
        assert (job.lease_expires_at is not None) == (state is State.RUNNING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(state=State.RUNNING).update(lease_token=None)


@pytest.mark.fault("twenty workers claim one job", "one gets it")
@pytest.mark.django_db(transaction=True)
def test_of_twenty_workers_with_the_same_message_one_gets_the_job(make_job: MakeJob) -> None:
    job = make_job()
    together = Barrier(20)

    def claim(_number: int) -> states.Lease | None:
        together.wait()
        try:
            return states.claim(job.public_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        leases = [lease for lease in pool.map(claim, range(20)) if lease]
    assert len(leases) == 1
    job.refresh_from_db()
    assert (job.attempts, job.lease_token) == (1, leases[0].token)


@pytest.mark.fault("a success and a cancellation meet", "one of both")
@pytest.mark.django_db(transaction=True)
def test_success_and_cancel_at_the_same_time_end_in_one_of_both(make_job: MakeJob) -> None:
    for _ in range(10):
        job = make_job(State.RUNNING)
        together = Barrier(2)

        def at_once(change: Callable[[], bool], together: Barrier = together) -> bool:
            together.wait()
            try:
                return change()
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as pool:
            won = pool.submit(at_once, lambda job=job: states.succeed(lease_of(job)))
            asked = pool.submit(at_once, lambda job=job: states.cancel(job.public_id))
        job.refresh_from_db()
        if won.result():
            assert job.state == State.SUCCEEDED
        else:
            assert asked.result()
            assert (job.state, job.cancel_requested) == (State.RUNNING, True)


@pytest.mark.django_db
def test_a_worker_whose_lease_was_taken_can_change_nothing_more(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    old = lease_of(job)
    expire_lease(job)
    states.reap()
    new = states.claim(job.public_id)
    assert new is not None
    assert new.attempt == 2
    assert states.beat(old, "depth", 5) is states.Beat.LOST
    assert not states.succeed(old)
    assert not states.fail(old, "x", "x")
    assert not states.stop(old)
    assert not states.retry_later(old, "x", "x")
    assert states.beat(new, "depth", 5) is states.Beat.HELD


@pytest.mark.django_db
def test_a_heartbeat_renews_the_lease_and_shows_the_progress(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    Job.objects.filter(pk=job.pk).update(lease_expires_at=Now() + timedelta(seconds=1))
    assert states.beat(lease_of(job), "layers", 30) is states.Beat.HELD
    job.refresh_from_db()
    assert (job.stage, job.progress) == ("layers", 30)
    assert Job.objects.filter(lease_expires_at__gt=Now() + timedelta(seconds=20)).exists()


@pytest.mark.django_db
def test_a_heartbeat_brings_the_wish_to_stop(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    assert states.cancel(job.public_id)
    assert states.beat(lease_of(job), "layers", 30) is states.Beat.CANCEL
    assert not states.succeed(lease_of(job))
    assert states.stop(lease_of(job))


@pytest.mark.django_db
def test_a_queued_job_is_cancelled_at_once_and_an_ended_one_not_at_all(make_job: MakeJob) -> None:
    job, done = make_job(), make_job(State.SUCCEEDED)
    assert states.cancel(job.public_id)
    assert not states.cancel(done.public_id)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert job.finished_at is not None


@pytest.mark.django_db
def test_the_reaper_returns_a_lost_job_twice_and_fails_it_the_third_time(
    make_job: MakeJob,
) -> None:
    job = make_job(State.RUNNING)
    for _ in range(2):
        expire_lease(job)
        assert states.reap() == states.Reaped(cancelled=0, returned=1, failed=0)
        assert states.claim(job.public_id)
    expire_lease(job)
    assert states.reap() == states.Reaped(cancelled=0, returned=0, failed=1)
    job.refresh_from_db()
    assert (job.state, job.error_code, job.attempts) == (State.FAILED, "worker_lost", 3)
    assert "Try again" in job.error_message


@pytest.mark.django_db
def test_the_reaper_leaves_a_lease_that_still_holds(make_job: MakeJob) -> None:
    make_job(State.RUNNING)
    assert states.reap() == states.Reaped(cancelled=0, returned=0, failed=0)


@pytest.mark.django_db
def test_the_reaper_cancels_what_was_to_stop_when_its_worker_died(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    states.cancel(job.public_id)
    expire_lease(job)
    assert states.reap() == states.Reaped(cancelled=1, returned=0, failed=0)


@pytest.mark.django_db
def test_a_retry_gives_fresh_attempts_but_counts_on(make_job: MakeJob) -> None:
    job = make_job(State.RUNNING)
    Job.objects.filter(pk=job.pk).update(attempts=3, attempts_left=0)
    states.retry_later(lease_of(job), "storage", "No answer.")
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "storage")
    assert states.retry(job.public_id)
    job.refresh_from_db()
    assert (job.attempts, job.attempts_left, job.error_code) == (3, 3, "")
    lease = states.claim(job.public_id)
    assert lease is not None
    assert lease.attempt == 4


@pytest.mark.django_db
def test_a_deleted_photo_s_job_cannot_be_claimed(make_job: MakeJob) -> None:
    job = make_job()
    job.photo.deleted_at = job.created_at
    job.photo.save()
    assert states.claim(job.public_id) is None


@pytest.mark.django_db
def test_expiry_keeps_the_time_at_which_the_job_ended(make_job: MakeJob) -> None:
    job = make_job(State.SUCCEEDED)
    ended = job.finished_at
    assert states.expire(Job.objects.filter(pk=job.pk)) == 1
    job.refresh_from_db()
    assert (job.state, job.finished_at) == (State.EXPIRED, ended)


def expire_lease(job: Job) -> None:
    """As if the worker had been silent for too long."""
    Job.objects.filter(pk=job.pk).update(
        lease_expires_at=F("lease_expires_at") - timedelta(hours=1)
    )


def test_docs_show_the_same_table() -> None:
    """Each filled cell is a transition, by functions of the module; no transition is missing."""
    text = (ROOT / "docs" / "reliability.md").read_text()
    (head,) = re.findall(r"^\| from \\ to \|(.*)\|$", text, re.MULTILINE)
    targets = [State(name.strip()) for name in head.split("|")]
    shown: dict[State, set[State]] = {state: set() for state in State}
    for source, cells in re.findall(r"^\| \*\*(\w+)\*\* \|(.*)\|$", text, re.MULTILINE):
        if source not in {*State}:
            continue
        for target, cell in zip(targets, cells.split("|"), strict=True):
            for name in re.findall(r"`(\w+)`", cell):
                assert callable(getattr(states, name))
                shown[State(source)].add(target)
    assert shown == states.TRANSITIONS
