"""Any process killed in the middle and started again: every job still ends once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from amena.jobs.models import Job, State
from amena.jobs.services import dispatch
from tests.faults.observing import assert_done_once, end_its_lease, has_ended, is_at, wait_until
from tests.fixtures.service import QUICK, Service

pytestmark = pytest.mark.service

Upload = Callable[[], Job]


def pool_child(service: Service) -> int:
    """The worker's child that runs the jobs."""
    pid = service.children["worker"].pid
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True
    )
    return int(found.stdout.split()[0])


@pytest.mark.fault(
    "the whole worker is killed in the middle", "its lease runs out, the next attempt makes it"
)
def test_a_job_survives_its_worker(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    """Its lease runs out by itself."""
    service.start("queue")
    service.start("worker", JOB_LEASE_SECONDS="3")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    service.kill("worker")
    service.start("worker", "sweeper", ENGINE=QUICK)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 2


@pytest.mark.fault(
    "the process that works is killed: before the claim; fetching the photo; between the files "
    "and the success",
    "its lease runs out, the next attempt makes it",
)
def test_a_job_survives_the_worker_s_child(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "worker", "sweeper")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    os.kill(pool_child(service), signal.SIGKILL)
    (gate / "render").unlink()
    end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 2
    assert service.children["worker"].alive


def test_a_worker_has_the_engine_s_libraries_before_it_takes_a_job_and_so_has_each_new_child(
    service: Service,
) -> None:
    """They take seconds: a job that came to a worker or a child without them would wait for that.

    What a process has loaded is what the system says it has mapped.
    """
    service.start("queue", "worker", ENGINE="amena.engine.pipeline.Engine")
    worker = service.children["worker"].pid
    assert "/libtorch_cpu.so" in Path(f"/proc/{worker}/maps").read_text()

    first = pool_child(service)
    wait_until(lambda: service.log("worker").count("The engine is ready.") == 1)
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: service.log("worker").count("The engine is ready.") == 2)
    second = Path(f"/proc/{pool_child(service)}/maps").read_text()
    shared = {line.split()[0] for line in Path(f"/proc/{worker}/maps").read_text().splitlines()}
    # At the very places where its parent has them: it has not loaded them once more.
    assert {line.split()[0] for line in second.splitlines() if "/libtorch_cpu.so" in line} <= shared


@pytest.mark.fault("a worker is told to stop, and its job ends soon", "it is finished first")
def test_a_worker_told_to_stop_finishes_its_job_first(
    service: Service, upload: Upload, gate: Path
) -> None:
    service.start("queue", "worker")
    (gate / "render").touch()
    job, waiting = upload(), upload()
    wait_until(lambda: is_at(job, "render"))
    service.children["worker"].request_stop()
    wait_until(lambda: "Warm shutdown" in service.log("worker"))
    (gate / "render").unlink()
    assert service.children["worker"].wait(60) == 0
    assert has_ended(job)
    assert job.attempts == 1
    waiting.refresh_from_db()
    assert waiting.state == State.QUEUED


@pytest.mark.fault(
    "broker away in the middle, and it forgets all messages",
    "the job at hand is finished, the others sent again",
)
@pytest.mark.own_queue
def test_jobs_survive_the_queue(service: Service, upload: Upload, gate: Path, media: Path) -> None:
    """The server forgets all messages, and the worker cannot acknowledge the one it has."""
    service.start("queue", "worker", "sweeper")
    (gate / "render").touch()
    jobs = [upload() for _ in range(2)]
    wait_until(lambda: is_at(jobs[0], "render"))
    service.kill("queue")
    jobs.append(upload())
    (gate / "render").unlink()
    wait_until(lambda: has_ended(jobs[0]))
    service.start("queue")
    wait_until(lambda: all(has_ended(job) for job in jobs))
    for job in jobs:
        assert_done_once(job, media)
        assert job.attempts == 1


@pytest.mark.fault(
    "worker, queue and sweeper are killed at once in the middle",
    "rows are all that counts; the work goes on when they are back",
)
@pytest.mark.own_queue
def test_everything_killed_at_once_goes_on_where_it_was(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "worker", "sweeper")
    (gate / "render").touch()
    jobs = [upload() for _ in range(3)]
    wait_until(lambda: is_at(jobs[0], "render"))
    service.kill("worker", "queue", "sweeper")
    end_its_lease(jobs[0])
    service.start("queue", "sweeper")
    service.start("worker", ENGINE=QUICK)
    wait_until(lambda: all(has_ended(job) for job in jobs))
    for job in jobs:
        assert_done_once(job, media)


@pytest.mark.fault("a message comes ten times, to one worker", "made once")
def test_the_same_message_many_times_is_one_job(
    service: Service, upload: Upload, media: Path
) -> None:
    service.start("queue")
    job = upload()
    for _ in range(9):
        assert dispatch.send(job.public_id)
    other = upload()
    service.start("worker", ENGINE=QUICK)
    wait_until(lambda: has_ended(job) and has_ended(other))
    for each in (job, other):
        assert_done_once(each, media)
        assert each.attempts == 1
