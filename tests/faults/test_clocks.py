"""Machines whose clocks are wrong: all that matters goes by the database's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.models.functions import Now

from amena.jobs.models import Job
from tests.faults.observing import assert_done_once, has_ended, is_at, wait_until
from tests.fixtures.service import Service

pytestmark = pytest.mark.service

SHIFTED = pytest.mark.fault(
    "clocks of worker and sweeper an hour apart, both ways",
    "nothing: leases go by the database's clock",
)

Upload = Callable[[], Job]
CLOCKS = Path(__file__).parent / "clocks"
HOUR = "3600"


@SHIFTED
@pytest.mark.parametrize(("worker", "sweeper"), [(f"-{HOUR}", HOUR), (HOUR, f"-{HOUR}")])
def test_clocks_an_hour_apart_neither_lose_nor_repeat_a_job(
    service: Service, upload: Upload, gate: Path, media: Path, worker: str, sweeper: str
) -> None:
    skewed = {"PYTHONPATH": f"{CLOCKS}:{service.environment['PYTHONPATH']}"}
    service.start("queue")
    service.start("sweeper", **skewed, CLOCK_SHIFT=sweeper)
    service.start("worker", **skewed, CLOCK_SHIFT=worker)
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    job.refresh_from_db()
    first = job.lease_expires_at
    # The sweeper goes by while the lease is renewed: it must take neither for lost.
    wait_until(lambda: Job.objects.filter(pk=job.pk, lease_expires_at__gt=first).exists())
    wait_until(lambda: f"shifted by {sweeper}" in service.log("sweeper"))
    (gate / "render").unlink()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 1
    assert f"shifted by {worker}" in service.log("worker")
    near = timedelta(minutes=10)
    times = {"started_at__gt": Now() - near, "finished_at__lt": Now() + near}
    assert Job.objects.filter(pk=job.pk, created_at__lt=Now() + near, **times).exists()


@SHIFTED
def test_a_lost_worker_is_noticed_by_a_sweeper_whose_clock_is_behind(
    service: Service, upload: Upload, gate: Path, media: Path
) -> None:
    skewed = {"PYTHONPATH": f"{CLOCKS}:{service.environment['PYTHONPATH']}"}
    service.start("queue")
    service.start("worker", JOB_LEASE_SECONDS="3")
    (gate / "render").touch()
    job = upload()
    wait_until(lambda: is_at(job, "render"))
    service.kill("worker")
    connection.close()
    (gate / "render").unlink()
    service.start("sweeper", **skewed, CLOCK_SHIFT=f"-{HOUR}")
    service.start("worker-2")
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    assert job.attempts == 2
