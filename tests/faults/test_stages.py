"""The process that does the work, killed in each stage of a job: it is done once all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from amena.engine.progress import STAGES
from amena.jobs import storage
from amena.jobs.models import Job, State
from tests.faults.observing import (
    assert_done_once,
    end_its_lease,
    has_ended,
    holding,
    is_at,
    wait_until,
    waits_for_a_lock,
)
from tests.faults.test_killed_processes import pool_child
from tests.fixtures.service import Service
from tests.jobs.samples import STANDARD_FILES

pytestmark = pytest.mark.service

CHILD = pytest.mark.fault(
    "the process that works is killed: before the claim; fetching the photo; between the files "
    "and the success",
    "its lease runs out, the next attempt makes it",
)

Upload = Callable[[], Job]


@pytest.fixture
def worker(service: Service) -> Service:
    service.start("queue", "sweeper")
    service.start("worker")
    return service


def kill_child(service: Service) -> None:
    os.kill(pool_child(service), signal.SIGKILL)


@pytest.mark.fault(
    "the process that works is killed, in each stage of the engine",
    "the lease runs out, the reaper returns the job, the next attempt makes it",
    rounds=8,
)
def test_a_job_survives_a_death_in_every_stage_of_the_engine(
    worker: Service, upload: Upload, gate: Path, media: Path, rounds: int
) -> None:
    stages = list(STAGES)
    assert len(stages) >= rounds
    (gate / stages[0]).touch()
    job = upload()
    Job.objects.update(attempts_left=len(stages) + 1)
    for stage, following in zip(stages, [*stages[1:], None], strict=True):
        wait_until(lambda stage=stage: is_at(job, stage))
        kill_child(worker)
        if following:
            (gate / following).touch()
        (gate / stage).unlink()
        end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


@CHILD
def test_a_job_survives_a_death_before_it_is_claimed(
    worker: Service, upload: Upload, media: Path
) -> None:
    """The child dies while its claim waits in the database, which carries it out later."""
    # A child that dies while the pool still starts ends the whole worker: it has to work first.
    earlier = upload()
    wait_until(lambda: has_ended(earlier))
    os.kill(worker.children["worker"].pid, signal.SIGSTOP)  # it takes no message until continued
    job = upload()
    with holding(job):
        os.kill(worker.children["worker"].pid, signal.SIGCONT)
        wait_until(waits_for_a_lock)
        kill_child(worker)
    # By the dead child's claim, or by the next child's.
    wait_until(lambda: not Job.objects.filter(pk=job.pk, state=State.QUEUED).exists())
    end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


@CHILD
def test_a_job_survives_a_death_while_its_photo_is_fetched(
    worker: Service, upload: Upload, media: Path
) -> None:
    worker.kill("worker")
    job = upload()
    original = media / storage.original_key(job.photo.public_id)
    kept = original.read_bytes()
    original.unlink()
    os.mkfifo(original)  # whoever opens it waits
    worker.start("worker")
    wait_until(lambda: Job.objects.filter(pk=job.pk, state=State.RUNNING).exists())
    kill_child(worker)
    original.unlink()
    original.write_bytes(kept)
    end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 2


@CHILD
def test_a_job_survives_a_death_between_its_files_and_its_success(
    worker: Service, upload: Upload, gate: Path, media: Path
) -> None:
    """All files are stored, the row is not changed yet: they are made again, and kept once."""
    (gate / "encode").touch()
    job = upload()
    wait_until(lambda: is_at(job, "encode"))
    folder = media / storage.attempt_prefix(job.photo.public_id, job.public_id, 1)
    with holding(job):
        (gate / "encode").unlink()
        wait_until(
            lambda: len(list(folder.glob("*"))) == len(STANDARD_FILES) and waits_for_a_lock()
        )
        kill_child(worker)
    end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


@pytest.mark.fault("a message comes ten times, to two workers at once", "made once")
def test_two_workers_with_many_messages_for_one_job_make_it_once(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    from amena.jobs.services import dispatch

    service.start("queue")
    (gate / "depth").touch()
    job = upload()
    for _ in range(9):
        assert dispatch.send(job.public_id)
    service.start("worker-1", "worker-2")
    wait_until(lambda: is_at(job, "depth"))
    nothing = "Nothing to do"
    wait_until(lambda: nothing in service.log("worker-1") + service.log("worker-2"))
    (gate / "depth").unlink()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 1
