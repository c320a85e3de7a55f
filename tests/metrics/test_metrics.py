"""`/metrics` tells Prometheus the truth, and nobody else anything."""

from __future__ import annotations

import os
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import DatabaseError
from django.db.models.functions import Now
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from amena.accounts.models import Quota, User
from amena.jobs import states
from amena.jobs.models import Job, State
from amena.jobs.services import quotas, running, submission
from amena.jobs.uploads import accept
from amena.local.postgres import database_url
from amena.local.process import Program, answers, free_port
from amena.local.process import running as running_program
from amena.metrics import counters, tallies
from tests.faults.engines import QuickEngine
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.usefixtures("media")

ROOT = Path(__file__).parent.parent.parent
TOKEN = "let-me-see"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}

MakeJob = Callable[..., Job]
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def parsed(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape() -> Samples:
    response = Client().get("/metrics", headers=AUTHORIZATION)
    assert response.status_code == 200
    return parsed(response.content.decode())


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


@pytest.mark.django_db
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", f"Basic {TOKEN}", TOKEN])
def test_without_the_token_there_is_nothing(header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    assert Client().get("/metrics", headers=headers).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["Bearer ", "Bearer", ""])
def test_where_no_token_is_set_nobody_may_read(settings: Any, header: str) -> None:
    settings.METRICS_TOKEN = ""
    assert Client().get("/metrics", headers={"Authorization": header}).status_code == 404


@pytest.mark.django_db
def test_the_queue_is_shown_as_it_stands(make_job: MakeJob) -> None:
    assert value(scrape(), "amena_queue_oldest_seconds") == 0
    make_job(State.RUNNING)
    old = make_job()
    make_job()
    Job.objects.filter(pk=old.pk).update(queued_at=Now() - timedelta(minutes=10))
    samples = scrape()
    assert value(samples, "amena_jobs", state="queued", kind="create") == 2
    assert value(samples, "amena_jobs", state="running", kind="create") == 1
    assert value(samples, "amena_jobs", state="queued", kind="restyle") == 0
    assert 600 <= value(samples, "amena_queue_oldest_seconds") < 700


@pytest.mark.django_db
def test_what_housekeeping_forgot_is_shown(make_job: MakeJob) -> None:
    forgotten = Now() - timedelta(minutes=5)
    make_job(dispatch_at=forgotten)
    make_job(dispatch_at=Now())
    lost = make_job(State.RUNNING)
    Job.objects.filter(pk=lost.pk).update(lease_expires_at=forgotten)
    photo = make_job(State.SUCCEEDED).photo
    photo.deleted_at = forgotten
    photo.save()
    samples = scrape()
    assert value(samples, "amena_outbox_overdue") == 1
    assert value(samples, "amena_leases_overdue") == 1
    assert value(samples, "amena_photos_to_purge") == 1


@pytest.mark.django_db
def test_a_scrape_asks_the_database_few_questions(
    make_job: MakeJob, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        make_job()
    with django_assert_max_num_queries(8):
        scrape()


@pytest.mark.django_db(transaction=True)
def test_ended_jobs_and_failures_are_counted_by_code(make_job: MakeJob) -> None:
    before = scrape()
    job = make_job(State.RUNNING)
    states.fail(states.Lease(job.public_id, job.lease_token, 1), "too_slow", "Too slow.")
    states.fail(states.Lease(job.public_id, job.lease_token, 1), "too_slow", "Too slow.")
    make_job(State.CANCELLED)
    lost = make_job(State.RUNNING)
    Job.objects.filter(pk=lost.pk).update(lease_expires_at=Now())
    states.reap()
    samples = scrape()
    for labels, more in (
        ({"state": "failed", "code": "too_slow"}, 1),
        ({"state": "cancelled", "code": ""}, 1),
    ):
        now = value(samples, "amena_jobs_ended_total", **labels)
        assert now - value(before, "amena_jobs_ended_total", **labels) == more
    taken = value(samples, "amena_leases_lost_total")
    assert taken - value(before, "amena_leases_lost_total") == 1


@pytest.mark.django_db(transaction=True)
def test_a_done_job_adds_its_stages_to_histograms(
    user: User, sent: list[str], use_engine: Callable[[type], None]
) -> None:
    use_engine(QuickEngine)
    before = scrape()
    photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    running.run(photo.jobs.get().public_id)
    samples = scrape()

    def more(name: str, **labels: str) -> float:
        return value(samples, name, **labels) - value(before, name, **labels)

    for stage in ("decode", "depth", "encode"):
        assert more("amena_job_stage_seconds_count", stage=stage) == 1
        assert more("amena_job_stage_seconds_bucket", stage=stage, le="0.1") == 1
        assert more("amena_job_stage_seconds_bucket", stage=stage, le="+Inf") == 1
    assert more("amena_job_seconds_count", kind="create") == 1
    assert more("amena_job_seconds_sum", kind="create") > 0
    assert more("amena_job_wait_seconds_count", kind="create") == 1
    assert more("amena_jobs_ended_total", state="succeeded", code="") == 1


@pytest.mark.django_db(transaction=True)
def test_counts_of_many_at_once_are_exact() -> None:
    def count() -> None:
        from django.db import connection

        try:
            for _ in range(25):
                tallies.count("leases_lost")
                tallies.observe("job_stage_seconds", "stage", {"b": 2.0, "a": 1.0})
        finally:
            connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    samples = scrape()
    assert value(samples, "amena_leases_lost_total") == 100
    assert value(samples, "amena_job_stage_seconds_sum", stage="b") == 200
    assert value(samples, "amena_job_stage_seconds_bucket", stage="a", le="0.5") == 0
    assert value(samples, "amena_job_stage_seconds_bucket", stage="a", le="1.0") == 100


@pytest.mark.django_db(transaction=True)
def test_a_count_that_fails_does_not_hold_up_the_job(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_entries: object) -> None:
        raise DatabaseError("no")

    job = make_job(State.RUNNING)
    monkeypatch.setattr(tallies, "_write", away)
    assert states.succeed(states.Lease(job.public_id, job.lease_token, 1))
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED
    assert "on_commit" in caplog.text


@pytest.mark.django_db
def test_refused_uploads_are_counted_by_reason(user: User, settings: Any) -> None:
    def refused(reason: str) -> float:
        return counters.uploads_refused.labels(reason)._value.get()

    browser = Client()
    browser.force_login(user)

    def send(content: bytes) -> int:
        fields = {"photo": uploaded(content), "submission": str(uuid.uuid4())}
        return browser.post("/photos/", fields).status_code

    settings.UPLOAD_MAX_BYTES = 10_000
    before = {reason: refused(reason) for reason in ("file_too_large", "active_jobs")}
    everything = sum(
        sample.value
        for sample in counters.uploads_refused.collect()[0].samples
        if sample.name.endswith("_total")
    )
    assert send(b"no photo at all") == 400
    assert send(bytes(20_000)) == 413
    Quota.objects.filter(user=user).update(active_jobs=0)
    with pytest.raises(quotas.QuotaExceededError):
        submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    assert refused("file_too_large") == before["file_too_large"] + 1
    assert refused("active_jobs") == before["active_jobs"] + 1
    after = sum(
        sample.value
        for sample in counters.uploads_refused.collect()[0].samples
        if sample.name.endswith("_total")
    )
    assert after == everything + 3


@pytest.mark.django_db
def test_requests_are_counted_by_view_and_never_by_address() -> None:
    client = Client()
    for _ in range(3):
        client.get(f"/photos/{uuid.uuid4()}/")
    client.get(f"/no/such/{uuid.uuid4()}")
    samples = scrape()
    labels = {"route": "photo", "method": "GET", "status": "302"}
    assert value(samples, "amena_http_requests_total", **labels) >= 3
    assert value(samples, "amena_http_requests_total", route="none", method="GET", status="404") > 0
    assert value(samples, "amena_http_request_seconds_count", route="photo") >= 3
    assert not [key for key in samples if "no/such" in str(key)]


def test_all_processes_of_a_server_add_up(transactional_db: None, tmp_path: Path) -> None:
    from django.db import connection

    port = free_port()
    where = connection.settings_dict
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(Path(where["HOST"]), where["NAME"]),
        "METRICS_TOKEN": TOKEN,
        "SQS_QUEUE_URL": "http://127.0.0.1:9/1/amena",
        "TMPDIR": str(tmp_path),
    }
    command = (
        sys.executable, "-m", "gunicorn", "amena.wsgi", "--bind", f"127.0.0.1:{port}",
        "--workers", "2", "--chdir", str(ROOT), "--no-control-socket",
    )  # fmt: skip
    log = tmp_path / "web.log"
    program = Program("web", command, log, environment, ready=lambda: answers(port))
    with running_program(program):
        address = f"http://127.0.0.1:{port}"
        asked = 0
        # Which process takes a connection is the kernel's choice; ask until both have.
        while len(list(tmp_path.glob("amena-web-*/counter_*.db"))) < 2:
            assert requests.get(f"{address}/healthz", timeout=30).ok
            asked += 1
            assert asked < 2000
        for _ in range(4):
            text = requests.get(f"{address}/metrics", headers=AUTHORIZATION, timeout=30).text
            labels = {"route": "healthz", "method": "GET", "status": "200"}
            assert value(parsed(text), "amena_http_requests_total", **labels) == asked
    assert not list(tmp_path.glob("amena-web-*"))
