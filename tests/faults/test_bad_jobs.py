"""Jobs that go wrong in the worker, or are no longer wanted there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

from amena import sqs
from amena.jobs import heartbeat, states
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import dead_letters as letters
from amena.jobs.services import deletion
from tests.faults.observing import (
    assert_done_once,
    assert_failed,
    has_ended,
    is_at,
    wait_until,
)
from tests.fixtures.service import Service

pytestmark = pytest.mark.service

Upload = Callable[[], Job]


def engine(name: str) -> str:
    return f"tests.faults.engines.{name}"


def dead_letters(service: Service) -> list[UUID | None]:
    """The jobs of all letters, which stay where they are."""
    received = sqs.client().receive_message(
        QueueUrl=service.queue.dead_letter_url, MaxNumberOfMessages=10, VisibilityTimeout=0
    )
    return [letters.job_of(letter["Body"]) for letter in received.get("Messages", [])]


@pytest.mark.fault("a bug", "failed, “on our side”, a dead letter")
def test_a_bug_fails_the_job_and_is_reported(service: Service, upload: Upload, media: Path) -> None:
    service.start("queue")
    job = upload()
    Job.objects.update(attempts_left=1)
    service.start("worker", ENGINE=engine("BuggyEngine"))
    wait_until(lambda: has_ended(job))
    assert_failed(job, "internal", media)
    wait_until(lambda: dead_letters(service) == [job.public_id])


@pytest.mark.fault(
    "a photo that kills its worker, three times",
    "failed with reason, reported as a dead letter; others go on",
)
def test_a_poisoned_photo_is_given_up_after_three_attempts_and_others_go_on(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue", "sweeper")
    service.start("worker", ENGINE=engine("PoisonedEngine"), JOB_LEASE_SECONDS="2")
    job = upload()
    wait_until(lambda: has_ended(job))
    assert_failed(job, "worker_lost", media)
    assert job.attempts == 3
    assert "another photo" in job.error_message
    wait_until(lambda: dead_letters(service) == [job.public_id])
    assert service.children["worker"].alive


@pytest.mark.attack(
    "a photo whose decoder crashes, spins, hangs, fills the memory or floods the answer, in "
    "the worker",
    "refused with the way out at the first attempt; the worker takes the next",
)
@pytest.mark.fault(
    "a photo whose decoder crashes in the worker's child",
    "refused as damaged, at once; the worker stays",
)
def test_a_photo_that_makes_its_decoder_crash_is_refused_and_the_worker_stays(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue")
    service.start("worker", ENGINE=engine("CrashingReaderEngine"))
    for _ in range(2):
        job = upload()
        wait_until(partial(has_ended, job))
        assert_failed(job, "broken", media)
        assert job.attempts == 1
    assert "lost" not in service.log("worker").lower()


@pytest.mark.fault("soft time limit in the engine", "failed, “too slow”; the worker takes the next")
def test_a_job_over_the_soft_limit_fails_and_the_worker_takes_the_next(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue")
    jobs = [upload(), upload()]
    service.start("worker", ENGINE=engine("HangingEngine"), JOB_SOFT_LIMIT="2")
    wait_until(lambda: all(has_ended(job) for job in jobs))
    for job in jobs:
        assert_failed(job, "too_slow", media)
        assert job.attempts == 1
    assert dead_letters(service) == []


@pytest.mark.fault(
    "hard time limit in code that ignores the soft one",
    "the child is killed; after the last attempt failed and a dead letter",
)
def test_a_job_over_the_hard_limit_is_killed_and_given_up(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue", "sweeper")
    job = upload()
    Job.objects.update(attempts_left=1)
    limits = {"JOB_SOFT_LIMIT": "3", "JOB_HARD_LIMIT": "4", "JOB_LEASE_SECONDS": "2"}
    service.start("worker", ENGINE=engine("StubbornEngine"), **limits)
    wait_until(lambda: has_ended(job))
    assert_failed(job, "worker_lost", media)
    assert job.attempts == 1
    wait_until(lambda: dead_letters(service) == [job.public_id])


@pytest.mark.fault("cancelled while a worker is on it", "stopped within two seconds")
def test_a_running_job_is_cancelled_in_the_middle(
    service: Service, upload: Upload, gate: Path
) -> None:
    """The stage that it is in would never end. How soon: `heartbeat.INTERVAL` and a frame."""
    service.start("queue", "worker")
    (gate / "render").touch()
    job, following = upload(), upload()
    wait_until(lambda: is_at(job, "render"))
    assert states.cancel(job.public_id)
    wait_until(lambda: has_ended(job))
    assert job.state == State.CANCELLED
    assert not job.artifacts.exists()
    wait_until(lambda: is_at(following, "render"))
    assert heartbeat.INTERVAL < 1


@pytest.mark.fault("deleted while a worker is on it", "stopped; all files gone")
def test_a_photo_deleted_while_it_is_worked_on_leaves_nothing(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "worker", "sweeper")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    deletion.delete(job.photo)
    wait_until(lambda: not Photo.objects.exists())
    assert not Job.objects.exists()
    wait_until(lambda: list((media / "photos").iterdir()) == [])


@pytest.mark.fault("a message for a deleted job", "nothing")
def test_a_message_for_a_deleted_job_does_no_harm(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue")
    gone, kept = upload(), upload()
    deletion.delete(gone.photo)
    service.start("worker", ENGINE=engine("QuickEngine"))
    wait_until(lambda: has_ended(kept))
    assert_done_once(kept, media)
    assert "Traceback" not in service.log("worker")


@pytest.mark.fault(
    "all connections to the database are cut again and again for three seconds",
    "the worker waits for it; done once",
)
def test_a_job_survives_the_loss_of_all_database_connections(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "worker", "sweeper")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    cut: list[int] = []
    # Worker and sweeper come back and are cut off again.
    wait_until(lambda: cut.append(cut_connections()) or sum(cut) >= 8)
    # The worker, whose job goes on, has found back.
    lease = Job.objects.get(pk=job.pk).lease_expires_at
    wait_until(lambda: Job.objects.filter(pk=job.pk, lease_expires_at__gt=lease).exists())
    (gate / "render").unlink()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 1


def cut_connections() -> int:
    """Ends everybody else's connections to the database, as a restart does; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )
        return cursor.rowcount
