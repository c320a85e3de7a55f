"""Dead letters over SQS' own protocol: who writes them, and what redriving makes of each."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now

from amena import sqs
from amena.jobs import states
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import dead_letters, dispatch, places, reaping
from amena.jobs.services.dead_letters import Redriven, redrive
from amena.local.aws import AwsServer

LETTERS = pytest.mark.fault(
    "the dead-letter queue is away when a job is given up",
    "the letter is noted in the job's row and written once the queue takes it",
)

MakeJob = Callable[..., Job]


def letter(queue: AwsServer, body: str) -> None:
    sqs.client().send_message(QueueUrl=queue.dead_letter_url, MessageBody=body)


def letters(queue: AwsServer) -> int:
    found = sqs.waiting(queue.dead_letter_url)
    return found["visible"] + found["in_flight"]


def messages(queue: AwsServer) -> list[uuid.UUID | None]:
    """The jobs of all messages in the work queue, which are taken out."""
    found = []
    while (
        received := sqs.client()
        .receive_message(QueueUrl=queue.queue_url, MaxNumberOfMessages=10)
        .get("Messages")
    ):
        found += [dead_letters.job_of(each["Body"]) for each in received]
    return found


def lose_for_the_last_time(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(
        attempts_left=0, lease_expires_at=Now() - timedelta(hours=1)
    )


def given_up(make_job: MakeJob) -> Job:
    """A job that met a bug at its last attempt."""
    job = make_job()
    Job.objects.filter(pk=job.pk).update(attempts_left=1)
    lease = states.claim(job.public_id)
    assert lease
    assert states.retry_later(lease, "internal", "It went wrong on our side.")
    return job


@pytest.mark.django_db(transaction=True)
def test_a_lease_that_runs_out_while_others_are_reaped_is_reported_too(
    make_job: MakeJob, queue: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, late = make_job(State.RUNNING), make_job(State.RUNNING)
    lose_for_the_last_time(first)
    leaving = places.leaving

    def slowly(jobs: QuerySet[Job]) -> AbstractContextManager[None]:
        lose_for_the_last_time(late)
        return leaving(jobs)

    monkeypatch.setattr(places, "leaving", slowly)
    assert [reaping.reap().failed for _ in range(3)] == [1, 1, 0]
    received = sqs.client().receive_message(QueueUrl=queue.dead_letter_url, MaxNumberOfMessages=10)
    found = {dead_letters.job_of(letter["Body"]) for letter in received["Messages"]}
    assert found == {first.public_id, late.public_id}


@pytest.mark.django_db(transaction=True)
def test_a_job_that_lost_its_last_worker_is_reported_once(
    make_job: MakeJob, queue: AwsServer
) -> None:
    lost, returned = make_job(State.RUNNING), make_job(State.RUNNING)
    lose_for_the_last_time(lost)
    Job.objects.filter(pk=returned.pk).update(lease_expires_at=Now())
    assert reaping.reap() == states.Reaped(cancelled=0, returned=1, failed=1)
    assert reaping.reap() == states.Reaped(cancelled=0, returned=0, failed=0)
    received = sqs.client().receive_message(QueueUrl=queue.dead_letter_url, MaxNumberOfMessages=10)[
        "Messages"
    ]
    expected = [{"job": str(lost.public_id), "code": "worker_lost"}]
    assert [json.loads(each["Body"]) for each in received] == expected


@pytest.mark.django_db
def test_a_photo_that_cannot_be_used_is_no_dead_letter(make_job: MakeJob, queue: AwsServer) -> None:
    assert not dead_letters.report(make_job(State.FAILED).public_id)
    assert not dead_letters.report(make_job(State.SUCCEEDED).public_id)
    assert not dead_letters.report(uuid.uuid4())
    assert letters(queue) == 0


@LETTERS
@pytest.mark.django_db
def test_without_the_queue_the_log_has_it(
    make_job: MakeJob, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SQS_DEAD_LETTER_URL = "http://127.0.0.1:9/1/dead"
    job = given_up(make_job)
    settings.SQS_ENDPOINT_URL = "http://127.0.0.1:9"
    assert not dead_letters.report(job.public_id)
    assert "was given up: internal" in caplog.text
    assert "not taken" in caplog.text


@LETTERS
@pytest.mark.django_db(transaction=True)
def test_a_letter_that_the_queue_did_not_take_is_written_once_it_does(
    make_job: MakeJob, queue: AwsServer, settings: Any
) -> None:
    jobs = [given_up(make_job) for _ in range(2)]
    away, there = "http://127.0.0.1:9/1/dead", settings.SQS_DEAD_LETTER_URL
    settings.SQS_DEAD_LETTER_URL = away
    assert not any(dead_letters.report(job.public_id) for job in jobs)
    assert dead_letters.send_due() == 0  # whoever gave them up may be writing at this moment
    Job.objects.update(finished_at=Now() - timedelta(minutes=1))
    assert dead_letters.send_due() == 0
    settings.SQS_DEAD_LETTER_URL = there
    assert [dead_letters.send_due() for _ in range(2)] == [2, 0]
    received = sqs.client().receive_message(QueueUrl=there, MaxNumberOfMessages=10)["Messages"]
    found = sorted(str(dead_letters.job_of(each["Body"])) for each in received)
    assert found == sorted(str(job.public_id) for job in jobs)
    assert not dead_letters.report(jobs[0].public_id)


@LETTERS
@pytest.mark.django_db(transaction=True)
def test_a_job_that_was_tried_again_meanwhile_gets_no_letter(
    make_job: MakeJob, queue: AwsServer
) -> None:
    job = given_up(make_job)
    assert states.retry(job.public_id)
    Job.objects.update(finished_at=Now() - timedelta(minutes=1))
    assert dead_letters.send_due() == 0
    assert letters(queue) == 0


@pytest.mark.django_db(transaction=True)
def test_each_letter_goes_where_its_job_stands(make_job: MakeJob, queue: AwsServer) -> None:
    failed, queued = make_job(State.FAILED), make_job()
    idle = [make_job(state) for state in (State.RUNNING, State.SUCCEEDED, State.EXPIRED)]
    deleted = make_job(State.FAILED)
    Photo.objects.filter(jobs=deleted).update(deleted_at=Now())
    ids = [job.public_id for job in (failed, queued, *idle, deleted)]
    for job_id in (*ids, uuid.uuid4()):
        letter(queue, json.dumps({"job": str(job_id), "code": "worker_lost"}))

    foretold = redrive(dry_run=True)
    assert foretold == Redriven(requeued=1, sent=1, dropped=5)
    assert letters(queue) == 7
    failed.refresh_from_db()
    assert failed.state == State.FAILED

    assert redrive() == foretold
    assert letters(queue) == 0
    failed.refresh_from_db()
    assert (failed.state, failed.attempts_left) == (State.QUEUED, 3)
    assert sorted(messages(queue)) == sorted([failed.public_id, queued.public_id])
    assert redrive() == Redriven()


@pytest.mark.django_db(transaction=True)
def test_messages_that_sqs_itself_moved_are_understood(make_job: MakeJob, queue: AwsServer) -> None:
    """A message taken three times in vain goes to the dead letters as Celery wrote it."""
    failed, gone = make_job(State.FAILED), uuid.uuid4()
    for job_id in (failed.public_id, gone):
        dispatch.publish(str(job_id))
    client = sqs.client()
    for _ in range(4):
        received = client.receive_message(
            QueueUrl=queue.queue_url, MaxNumberOfMessages=10, VisibilityTimeout=0
        ).get("Messages", [])
    assert received == []
    assert letters(queue) == 2
    assert redrive() == Redriven(requeued=1, dropped=1)
    assert messages(queue) == [failed.public_id]


NO_LETTERS = ("", "hello", "{}", "[]", '{"job": "no id"}', '{"job": 7}', '{"body": "bm8="}', "bm8=")


@pytest.mark.django_db
def test_what_is_no_message_of_ours_stays(queue: AwsServer) -> None:
    for body in NO_LETTERS:
        assert dead_letters.job_of(body) is None
        if body:
            letter(queue, body)
    assert redrive(20) == Redriven(unreadable=len(NO_LETTERS) - 1)
    assert letters(queue) == len(NO_LETTERS) - 1
