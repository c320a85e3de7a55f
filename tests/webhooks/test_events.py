"""Every end of a job is told once to each endpoint that wants to hear of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from amena.accounts.models import User
from amena.jobs import states
from amena.jobs.models import Job, State
from amena.jobs.services import deletion
from amena.webhooks import endpoints, events
from amena.webhooks.models import Delivery, Endpoint
from tests.faults.observing import wait_until
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def told() -> list[tuple[str, str]]:
    return [
        (each.event, json.loads(each.body)["data"]["job"])
        for each in Delivery.objects.order_by("pk")
    ]


def test_each_end_is_told_once(endpoint: Endpoint, make_job: MakeJob) -> None:
    jobs = [make_job(state) for state in (State.SUCCEEDED, State.FAILED, State.CANCELLED)]
    make_job(State.QUEUED)
    make_job(State.RUNNING)
    assert events.unannounced() == 3
    assert events.announce() == 3
    assert told() == [(f"job.{job.state}", str(job.public_id)) for job in jobs]
    assert events.announce() == 0


def test_every_way_into_an_end_is_noted(make_job: MakeJob) -> None:
    def lease(job: Job) -> states.Lease:
        assert job.lease_token is not None
        return states.Lease(job.public_id, job.lease_token, job.attempts)

    def lost(job: Job) -> None:
        Job.objects.filter(pk=job.pk).update(
            lease_expires_at="2026-01-01T00:00:00Z", attempts_left=0
        )
        states.reap()

    ways: list[tuple[State, Callable[[Job], object], str]] = [
        (State.QUEUED, lambda job: states.cancel(job.public_id), "cancelled"),
        (State.RUNNING, lambda job: states.succeed(lease(job)), "succeeded"),
        (State.RUNNING, lambda job: states.fail(lease(job), "x", "x"), "failed"),
        (State.RUNNING, lambda job: states.stop(lease(job)), "cancelled"),
        (State.RUNNING, lost, "failed"),
    ]
    for source, end, noted in ways:
        job = make_job(source)
        end(job)
        job.refresh_from_db()
        assert (job.state, job.unannounced) == (noted, noted)
    job = make_job(State.EXPIRED)
    assert job.unannounced == "succeeded"  # of its earlier end; expiry itself is not told


def test_the_body_has_ids_and_no_names(endpoint: Endpoint, make_job: MakeJob) -> None:
    job = make_job(State.FAILED)
    events.announce()
    delivery = Delivery.objects.get()
    assert json.loads(delivery.body) == {
        "type": "job.failed",
        "timestamp": job.finished_at.isoformat(),
        "data": {
            "job": str(job.public_id),
            "photo": str(job.photo.public_id),
            "kind": "create",
            "source": None,
            "state": "failed",
            "failure": {"code": "broken", "detail": "It is broken."},
            "url": f"http://localhost/api/v1/jobs/{job.public_id}",
        },
    }
    assert "holiday" not in delivery.body


def test_an_endpoint_hears_of_what_it_asked_for_and_of_its_owner_s_jobs_alone(
    user: User,
    other: User,
    receiver: Receiver,
    make_job: MakeJob,
    make_photo: Callable[..., object],
) -> None:
    only = endpoints.register(user, receiver.url, ["job.failed"])
    endpoints.register(other, receiver.url, ["job.succeeded", "job.failed"])
    off = endpoints.register(user, receiver.url, ["job.failed"])
    Endpoint.objects.filter(pk=off.pk).update(disabled_at="2026-01-01T00:00:00Z")
    make_job(State.SUCCEEDED)
    make_job(State.FAILED)
    assert events.announce() == 1
    assert Delivery.objects.get().endpoint == only


def test_without_endpoints_the_notes_are_cleared(make_job: MakeJob) -> None:
    make_job(State.SUCCEEDED)
    assert events.announce() == 0
    assert events.unannounced() == 0


def test_a_deleted_photo_is_not_talked_about(endpoint: Endpoint, make_job: MakeJob) -> None:
    job = make_job(State.SUCCEEDED)
    events.announce()
    queued = make_job()
    deletion.delete(queued.photo)
    assert events.announce() == 0
    deletion.delete(job.photo)
    deletion.purge_deleted()
    assert not Delivery.objects.exists()


def test_a_job_that_is_retried_at_once_has_failed_all_the_same(
    endpoint: Endpoint, make_job: MakeJob
) -> None:
    job = make_job(State.FAILED)
    states.retry(job.public_id)
    assert events.announce() == 1
    assert told() == [("job.failed", str(job.public_id))]


@pytest.mark.django_db(transaction=True)
def test_several_at_once_tell_each_end_once(endpoint: Endpoint, make_job: MakeJob) -> None:
    for _ in range(30):
        make_job(State.SUCCEEDED)

    def announce(_number: int) -> int:
        try:
            return events.announce()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(announce, range(6))) == 30
    assert len(set(told())) == Delivery.objects.count() == 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", [endpoints.rotate, endpoints.enable, "redeliver"])
def test_who_changes_a_webhook_holds_nothing_yet_while_its_owner_leaves(
    endpoint: Endpoint, change: str | Callable[[Endpoint], None]
) -> None:
    """Else they may wait for each other: who leaves holds the person, then what is theirs."""
    sent = endpoints.ping(endpoint)
    Delivery.objects.filter(pk=sent.pk).update(state=Delivery.State.DELIVERED)
    sent.refresh_from_db()

    def make() -> None:
        try:
            endpoints.redeliver(sent) if change == "redeliver" else change(endpoint)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            endpoint.user.lock()
            made = pool.submit(make)
            wait_until(lambda: made.done() or waiting())
            assert not made.done()
            Endpoint.objects.select_for_update(nowait=True).get()
            Delivery.objects.select_for_update(nowait=True).get()
        made.result()


def waiting() -> bool:
    """Whether a transaction waits for another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None
