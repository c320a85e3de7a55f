"""One attempt at a job, in every way it can end."""

from __future__ import annotations

import io
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import default_storage
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from PIL import Image

from amena.accounts.models import User
from amena.engine.errors import Cancelled, WeightsError
from amena.engine.options import Options
from amena.engine.progress import STAGES, Overall, Progress
from amena.jobs import states, storage, thumbnails, wording
from amena.jobs.heartbeat import Heartbeat
from amena.jobs.models import Artifact, Job, State
from amena.jobs.services import running, scenes, submission
from amena.jobs.uploads import accept
from tests.faults import engines
from tests.jobs.samples import STANDARD_FILES, uploaded

UseEngine = Callable[[type], None]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(user: User, sent: list[str]) -> Job:
    """A job just ordered by an upload."""
    photo = submission.submit(user, accept(uploaded()), {"motion": "swing"}, uuid.uuid4())
    return photo.jobs.get()


def attempts_on_disk(job: Job, media: Path) -> list[str]:
    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_all_results_are_kept_and_recorded_once(
    job: Job, use_engine: UseEngine, media: Path
) -> None:
    use_engine(engines.QuickEngine)
    running.run(job.public_id)
    running.run(job.public_id)  # the message comes a second time
    job.refresh_from_db()
    assert (job.state, job.progress, job.attempts) == (State.SUCCEEDED, 100, 1)
    artifacts = job.artifacts_by_kind
    assert set(artifacts) == {file.kind for file in STANDARD_FILES.values()}
    for artifact in artifacts.values():
        content = (media / artifact.key).read_bytes()
        assert len(content) == artifact.size
        assert b"of swing" in content or artifact.kind == "report"


def test_a_message_for_a_job_that_is_gone_does_nothing(use_engine: UseEngine) -> None:
    use_engine(engines.BuggyEngine)
    running.run(uuid.uuid4())


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
        assert job.dispatch_at > job.started_at  # type: ignore[operator]
    running.run(job.public_id)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (State.FAILED, code)
    assert job.error_message.endswith(".")


def test_a_storage_that_cannot_be_read_is_tried_again(
    job: Job, use_engine: UseEngine, media: Path
) -> None:
    use_engine(engines.QuickEngine)
    original = media / storage.original_key(job.photo.public_id)
    content = original.read_bytes()
    original.unlink()
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    original.write_bytes(content)
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED


def test_a_storage_that_fails_at_the_last_file_leaves_no_half_result(
    job: Job, use_engine: UseEngine, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_engine(engines.QuickEngine)
    save = storage.save_path

    def full(key: str, path: Path) -> None:
        if path.name == "video.mp4":
            raise OSError(28, "No space left on device")
        save(key, path)

    with monkeypatch.context() as patch:
        patch.setattr(storage, "save_path", full)
        running.run(job.public_id)
    assert not Artifact.objects.exists()
    assert attempts_on_disk(job, media) == []  # a full disk needs the room
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED
    assert job.artifacts.count() == len(STANDARD_FILES)
    assert attempts_on_disk(job, media) == ["2"]


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
    succeed = running._succeed
    answers: list[bool] = []

    def unlucky(lease: states.Lease, artifacts: list[Artifact]) -> bool:
        answers.append(succeed(lease, artifacts))
        if len(answers) == 1:
            raise OperationalError("server closed the connection unexpectedly")
        return answers[-1]

    monkeypatch.setattr(running, "_succeed", unlucky)
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
    """The owner stops the job while its last file is being stored."""
    use_engine(engines.QuickEngine)
    save = storage.save_path

    def save_and_cancel(key: str, path: Path) -> None:
        save(key, path)
        states.cancel(job.public_id)

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


def test_folders_that_killed_workers_left_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, new, foreign = (tmp_path / name for name in ("amena-job-a", "amena-job-b", "other"))
    for folder in (old, new, foreign):
        folder.mkdir()
        (folder / "input").touch()
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    running.remove_abandoned_folders()
    assert sorted(tmp_path.iterdir()) == [new, foreign]


def test_restyling_starts_from_the_kept_scene(job: Job, use_engine: UseEngine, user: User) -> None:
    use_engine(engines.QuickEngine)
    running.run(job.public_id)
    again = submission.restyle(job.photo, {"motion": "orbit"})
    running.run(again.public_id)
    again.refresh_from_db()
    assert again.state == State.SUCCEEDED
    assert job.artifacts.count() == again.artifacts.count() == len(STANDARD_FILES)


@pytest.mark.fault(
    "bucket answers wrongly: a part of the file, or an error in its place",
    "told by the size on record, so the photo is not blamed: another attempt",
)
@pytest.mark.parametrize(
    "answer", [lambda whole: whole[:-1], lambda _: b"<Error>Slow Down</Error>"]
)
@pytest.mark.parametrize("what", ["photo", "scene"])
def test_a_storage_that_answers_wrongly_is_no_fault_of_the_photo(
    job: Job,
    use_engine: UseEngine,
    media: Path,
    what: str,
    answer: Callable[[bytes], bytes],
) -> None:
    """Cut off, or an error in place of the file: the work is done when the storage is well."""
    use_engine(engines.QuickEngine)
    file = media / storage.original_key(job.photo.public_id)
    if what == "scene":
        running.run(job.public_id)
        file = media / job.artifacts_by_kind["scene"].key
        job = submission.restyle(job.photo, {"motion": "orbit"})
    whole = file.read_bytes()
    file.write_bytes(answer(whole))
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.QUEUED
    file.write_bytes(whole)
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED


def test_another_size_starts_from_the_photo(
    job: Job, use_engine: UseEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_engine(engines.QuickEngine)
    monkeypatch.delattr(engines.QuickEngine, "restyle")  # what starts from a scene
    running.run(job.public_id)
    again = submission.restyle(job.photo, {"motion": "orbit", "size": 1920})
    running.run(again.public_id)
    again.refresh_from_db()
    assert again.state == State.SUCCEEDED
    assert scenes.newest(job.photo) == scenes.of_job(again)


def test_a_heartbeat_without_a_database_gives_the_lease_up_when_it_has_run_out(
    job: Job, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_LEASE_SECONDS = 1
    lease = states.claim(job.public_id)
    assert lease is not None

    def away(*_args: object) -> states.Beat:
        raise OperationalError("no database")

    monkeypatch.setattr(states, "beat", away)
    with Heartbeat(lease) as heartbeat:
        heartbeat._thread.join(60)
        assert heartbeat.lost
        with pytest.raises(Cancelled):
            heartbeat.report("depth", 0.1)


def test_progress_runs_from_nothing_to_all_and_never_back() -> None:
    overall = Overall()
    told = [overall.tell(stage, share) for stage in STAGES for share in (0, 0.5, 1)]
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, 100)
    assert overall.tell("inpaint", 0) == 100  # a further layer is inpainted after all


def test_every_stage_has_words() -> None:
    assert set(wording.STAGE_TEXTS) == set(STAGES)


def test_a_grey_thumbnail_gives_way_to_the_first_frame(job: Job, use_engine: UseEngine) -> None:
    use_engine(RedEngine)
    key = storage.thumbnail_key(job.photo.public_id)
    before = storage.read(key)
    running.run(job.public_id)
    assert storage.read(key) == before  # a real one stays
    storage.save(key, thumbnails.placeholder(job.photo.width, job.photo.height))
    again = submission.restyle(job.photo, {"size": 1920})
    running.run(again.public_id)
    with default_storage.open(key) as file, Image.open(file) as small:
        assert small.size == (480, 360)
        assert small.convert("RGB").getpixel((5, 5))[0] > 200


def test_the_thumbnail_of_a_turned_photo_turns_once_it_is_made(
    job: Job, use_engine: UseEngine
) -> None:
    use_engine(RedEngine)
    key = storage.thumbnail_key(job.photo.public_id)
    running.run(job.public_id)
    turned = submission.rotate(job.photo, 90)
    lost = states.claim(turned.public_id)
    states.cancel(turned.public_id)
    states.stop(lost)
    before = storage.read(key)
    again = submission.rotate(job.photo, 90)
    assert storage.read(key) == before
    running.run(again.public_id)
    with default_storage.open(key) as file, Image.open(file) as small:
        assert small.size == (360, 480)


class RedEngine(engines.QuickEngine):
    """Its first frames are red, and stand as they were asked to."""

    def files(self, options: Options) -> dict[str, bytes]:
        poster = io.BytesIO()
        size = (720, 960) if options.rotate % 180 else (960, 720)
        Image.new("RGB", size, "red").save(poster, "JPEG")
        return super().files(options) | {"poster.jpg": poster.getvalue()}
