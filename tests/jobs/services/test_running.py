"""Attempts at jobs: what a worker fetches, makes, stores and tells."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from amena.accounts.models import User
from amena.engine.errors import Cancelled
from amena.engine.progress import STAGES, Overall
from amena.jobs import states, storage, wording
from amena.jobs.heartbeat import Heartbeat
from amena.jobs.models import Artifact, Job, State
from amena.jobs.services import running, scenes, submission
from tests.faults import engines
from tests.jobs.samples import STANDARD_FILES
from tests.jobs.services.conftest import UseEngine, attempts_on_disk

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.parametrize("refused", ["disparity.png", "scene.amena", "video.mp4"])
def test_a_storage_that_refuses_one_of_several_files_leaves_no_half_result(
    job: Job, use_engine: UseEngine, media: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    use_engine(engines.QuickEngine)
    save = storage.save_path

    def full(key: str, path: Path) -> None:
        if path.name == refused:
            raise OSError(28, "No space left on device")
        time.sleep(0.1)  # on its way still, when the other has failed
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
