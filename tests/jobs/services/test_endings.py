"""Every way in which an attempt at a job can end."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.engine.errors import WeightsError
from amena.engine.progress import Progress
from amena.jobs import states, storage
from amena.jobs.models import Artifact, Job, State
from amena.jobs.services import endings, running
from tests.faults import engines
from tests.jobs.samples import STANDARD_FILES
from tests.jobs.services.conftest import UseEngine, attempts_on_disk

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_photo_the_engine_refuses_fails_at_once_with_its_reason(
    job: Job, use_engine: UseEngine, media: Path
) -> None:
    use_engine(engines.RefusingEngine)
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "nothing")
    assert job.error_message == "The photo shows nothing."
    assert attempts_on_disk(job, media) == []


class ModellessEngine(engines.QuickEngine):
    """Cannot load its depth model."""

    def work(self, _stage: str, _progress: Progress) -> None:
        raise WeightsError("/srv/models/large is damaged.")


def test_what_people_cannot_mend_is_told_to_staff_alone(
    job: Job, user: User, use_engine: UseEngine
) -> None:
    use_engine(ModellessEngine)
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "bad_weights")
    assert job.staff_reason == "/srv/models/large is damaged."
    owner, staff = Client(), Client()
    owner.force_login(user)
    staff.force_login(User.objects.create_superuser("root@example.com"))
    own = [
        reverse("photo", args=[job.photo.public_id]),
        reverse("wall"),
        f"/api/v1/jobs/{job.public_id}",
        reverse("export-account"),
    ]
    for address in own:
        method = owner.post if address == own[-1] else owner.get
        answer = method(address)
        content = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert b"/srv/models" not in content, address
    admin = staff.get(reverse("admin:jobs_job_change", args=[job.pk])).content.decode()
    assert "/srv/models/large is damaged." in admin
    # Tried again with success, it says nothing any more.
    states.retry(job.public_id)
    job.refresh_from_db()
    assert job.staff_reason == ""


@pytest.mark.parametrize(
    ("engine", "code"),
    [(engines.FlakyEngine, "encoder_failed"), (engines.BuggyEngine, "internal")],
)
def test_what_may_pass_is_tried_three_times(
    job: Job, use_engine: UseEngine, engine: type, code: str
) -> None:
    use_engine(engine)
    for attempt in (1, 2):
        running.run(job.public_id)
        job.refresh_from_db()
        assert (job.state, job.attempts) == (State.QUEUED, attempt)
        assert job.dispatch_at > job.started_at
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, code)
    assert job.error_message.endswith(".")


def test_a_worker_that_comes_back_from_the_dead_drops_what_it_made(
    job: Job, use_engine: UseEngine, media: Path
) -> None:
    """Its lease ran out while it worked, and another has finished the job meanwhile."""

    class Overtaken(engines.QuickEngine):
        def create(self, *given: Any, **named: Any) -> None:
            super().create(*given, **named)
            if Job.objects.get(pk=job.pk).attempts == 1:
                Job.objects.update(lease_expires_at=job.created_at)
                states.reap()
                running.run(job.public_id)

    running.engine.cache_clear()
    use_engine(engines.QuickEngine)
    overtaken = Overtaken("cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "engine", lambda: overtaken)
        running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.SUCCEEDED, 2)
    assert job.artifacts.count() == len(STANDARD_FILES)
    assert all("/2/" in artifact.key for artifact in job.artifacts.all())
    assert attempts_on_disk(job, media) == ["2"]


def test_a_commit_whose_answer_was_lost_keeps_its_files(
    job: Job, use_engine: UseEngine, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_engine(engines.QuickEngine)
    succeed = endings._succeed
    answers: list[bool] = []

    def unlucky(lease: states.Lease, artifacts: list[Artifact]) -> bool:
        answers.append(succeed(lease, artifacts))
        if len(answers) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return answers[-1]

    monkeypatch.setattr(endings, "_succeed", unlucky)
    running.run(job.public_id)
    job.refresh_from_db()
    assert answers == [True, True]
    assert job.state == State.SUCCEEDED
    assert all((media / artifact.key).exists() for artifact in job.artifacts.all())


def test_a_storage_that_fails_while_cleaning_up_takes_nothing_back(
    job: Job, use_engine: UseEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_kwargs: object) -> None:
        raise OSError(5, "Input/output error")

    use_engine(engines.QuickEngine)
    monkeypatch.setattr(storage, "delete_other_attempts", away)
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (State.SUCCEEDED, 1)
    assert job.artifacts.count() == len(STANDARD_FILES)


def test_results_that_nobody_wants_any_more_are_dropped_and_the_job_is_cancelled(
    job: Job, use_engine: UseEngine, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner stops the job while its files are being stored."""
    use_engine(engines.QuickEngine)
    save = storage.save_path

    def save_and_cancel(key: str, path: Path) -> None:
        save(key, path)
        states.cancel(job.public_id)
        connection.close()  # this thread's own

    monkeypatch.setattr(storage, "save_path", save_and_cancel)
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not Artifact.objects.exists()
    assert attempts_on_disk(job, media) == []


def test_a_job_over_the_time_limit_fails_with_advice(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow() -> Any:
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(running, "engine", too_slow)
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, "too_slow")
    assert "smaller" in job.error_message


def test_cancelling_stops_the_engine_between_two_frames(job: Job) -> None:
    class Cancelling(engines.QuickEngine):
        calls = 0

        def work(self, stage: str, progress: Progress) -> None:
            if Cancelling.calls == 0:
                states.cancel(job.public_id)
            for _ in range(600):
                Cancelling.calls += 1
                progress(stage, 0.5)
                time.sleep(0.1)
            pytest.fail("The engine went on for a minute.")

    engine = Cancelling("cpu")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "engine", lambda: engine)
        running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    assert not Artifact.objects.exists()
