"""Workers told to stop: a job that ends soon is finished, a longer one is queued again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from amena.jobs.models import Job, State
from tests.faults.observing import assert_done_once, has_ended, is_at, wait_until
from tests.fixtures.service import Service

pytestmark = pytest.mark.service

Upload = Callable[[], Job]


@pytest.mark.fault(
    "a worker is told to stop, and its job is longer than `WORKER_SHUTDOWN_SECONDS`",
    "it is queued again, no attempt is lost",
)
def test_a_worker_that_must_go_gives_a_long_job_back_without_costing_an_attempt(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue")
    service.start("worker", WORKER_SHUTDOWN_SECONDS="1")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    service.children["worker"].request_stop()
    assert service.children["worker"].wait(60) == 0
    job.refresh_from_db()
    assert (job.state, job.attempts_left, job.error_code) == (State.QUEUED, 3, "")
    (gate / "render").unlink()
    service.start("sweeper")
    service.start("worker-2")
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 2


@pytest.mark.fault("a worker is told to stop, and its job is being cancelled", "cancelled")
def test_a_job_that_was_to_be_cancelled_is_so_when_its_worker_must_go(
    service: Service, upload: Upload, gate: Path
) -> None:
    service.start("queue")
    service.start("worker", WORKER_SHUTDOWN_SECONDS="60")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    service.children["worker"].request_stop()
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    assert service.children["worker"].wait(60) == 0
    assert has_ended(job)
    assert job.state == State.CANCELLED
