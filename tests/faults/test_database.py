"""The database crashes and recovers while jobs are made."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import Error, connection

from amena.jobs import storage
from amena.jobs.models import Job
from tests.faults.observing import (
    assert_done_once,
    end_its_lease,
    has_ended,
    holding,
    is_at,
    wait_until,
)
from tests.fixtures.service import Service
from tests.jobs.samples import STANDARD_FILES

pytestmark = pytest.mark.service

CRASH = pytest.mark.fault(
    "database crashes and recovers, while the engine works and at the moment of the success",
    "the worker waits for it; done once",
)

Upload = Callable[[], Job]


def crash() -> None:
    """Kills one of the server's processes, upon which it ends all others and recovers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        victim = cursor.fetchone()[0]
    before = checkpointer()
    assert before
    os.kill(victim, signal.SIGKILL)
    connection.close()
    # Until the server has heard of it, it takes connections, which it ends a moment later.
    wait_until(lambda: checkpointer() not in (None, before))


def checkpointer() -> int | None:
    """The process that a server begins with, and anew after a crash; None while none answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
            row = cursor.fetchone()
    except Error:
        connection.close()
        return None
    return row[0] if row else None


@CRASH
def test_a_job_survives_a_crash_of_the_database_while_the_engine_works(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "sweeper")
    service.start("worker")
    (gate / "depth").touch()
    job = upload()
    wait_until(lambda: is_at(job, "depth"))
    crash()
    (gate / "depth").unlink()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


@CRASH
def test_a_job_survives_a_crash_of_the_database_at_the_moment_of_its_success(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    service.start("queue", "sweeper")
    service.start("worker")
    (gate / "encode").touch()
    job = upload()
    wait_until(lambda: is_at(job, "encode"))
    folder = media / storage.attempt_prefix(job.photo.public_id, job.public_id, 1)
    try:
        with holding(job):
            (gate / "encode").unlink()
            wait_until(lambda: len(list(folder.glob("*"))) == len(STANDARD_FILES))
            crash()
    except Error:
        pass  # the row's holder was one of those that the crash ended
    end_its_lease(job)
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
