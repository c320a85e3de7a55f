"""Further files of a finished 3D photo: made once, beside the job that they belong to."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from amena.accounts.models import Quota, User
from amena.engine.catalogue import OUTPUTS
from amena.engine.errors import OptionsError
from amena.gone import GoneError
from amena.jobs import states, storage
from amena.jobs.files import FILE_TYPES
from amena.jobs.models import Artifact, Job, State
from amena.jobs.services import deletion, exports, quotas, retention, running, submission
from amena.jobs.uploads import accept
from tests.faults.engines import QuickEngine
from tests.jobs.samples import STANDARD_FILES, uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(user: User, sent: list[str], use_engine: Callable[[type], None]) -> Job:
    """A finished job, with files."""
    use_engine(QuickEngine)
    photo = submission.submit(user, accept(uploaded()), {"motion": "orbit"}, uuid.uuid4())
    job = photo.jobs.get()
    running.run(job.public_id)
    job.refresh_from_db()
    return job


def made(job: Job) -> Job:
    running.run(job.public_id)
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED
    return job


def test_an_export_keeps_the_files_asked_for_and_no_others(job: Job, media: Path) -> None:
    export = made(exports.order(job, ["gif", "facebook"]))
    assert (export.kind, export.source) == ("export", job)
    kinds = export.artifacts_by_kind
    assert set(kinds) == {"gif", "facebook-photo", "facebook-depth"}
    assert kinds["gif"].content_type == "image/gif"
    assert kinds["gif"].filename == "holiday-loop.gif"
    # Facebook pairs two files by their names.
    names = kinds["facebook-photo"].filename, kinds["facebook-depth"].filename
    assert names == ("holiday-photo.jpg", "holiday-photo_depth.jpg")
    assert (media / kinds["gif"].key).read_bytes() == b"loop.gif of orbit"
    assert job.artifacts.count() == len(STANDARD_FILES)


def test_every_output_becomes_a_file_of_its_own_name(job: Job) -> None:
    export = made(exports.order(job, OUTPUTS))
    extra = {file.kind for file in FILE_TYPES.values() if file.output}
    assert set(export.artifacts_by_kind) == extra
    names = {artifact.filename for artifact in export.artifacts.all()}
    assert len(names) == len(extra)


def test_the_same_wish_again_is_the_same_job(job: Job, sent: list[str]) -> None:
    export = exports.order(job, ["gif", "webm"])
    assert exports.order(job, ["webm", "gif", "gif"]) == export
    made(export)
    assert exports.order(job, ["gif"]) == export
    assert exports.order(job, ["sbs"]) != export
    assert len(sent) == 3


def test_what_a_job_was_made_with_is_not_made_again(job: Job) -> None:
    again = made(submission.restyle(job.photo, {"motion": "swing", "outputs": ["webp"]}))
    assert "webp" in again.artifacts_by_kind
    assert exports.order(again, ["webp"]) == again
    assert exports.order(job, ["webp"]) != again


def test_a_failed_export_is_made_anew(job: Job) -> None:
    export = exports.order(job, ["gif"])
    states.cancel(export.public_id)
    again = exports.order(job, ["gif"])
    assert again != export
    assert again.state == State.QUEUED


def test_an_export_starts_from_its_own_job_s_scene(job: Job) -> None:
    again = made(submission.restyle(job.photo, {"motion": "swing"}))
    export = made(exports.order(job, ["gif"]))
    assert export.options["motion"] == "orbit"
    again.artifacts.all().delete()
    assert made(exports.order(job, ["webm"])).source == job


@pytest.mark.parametrize("outputs", [[], ["poem"]])
def test_an_unknown_output_is_refused(job: Job, outputs: list[str]) -> None:
    with pytest.raises(OptionsError):
        exports.order(job, outputs)
    assert Job.objects.count() == 1


def test_without_a_3d_photo_there_is_nothing_to_export(job: Job) -> None:
    export = made(exports.order(job, ["gif"]))
    with pytest.raises(GoneError):
        exports.order(export, ["webm"])
    job.artifacts.all().delete()
    with pytest.raises(GoneError):
        exports.order(job, ["webm"])
    assert Quota.objects.get().changes == 1


def test_exports_count_as_changes_and_queue_behind_each_other(
    job: Job, user: User, settings: Any
) -> None:
    settings.QUOTA_DAILY_CHANGES = 2
    Quota.objects.filter(user=user).update(active_jobs=1, daily_jobs=1)
    gif, webm = (exports.order(job, [each]) for each in ("gif", "webm"))
    assert (gif.state, webm.state) == (State.QUEUED, State.HELD)
    with pytest.raises(quotas.QuotaExceededError, match="limit of 2\u00a0changes"):
        exports.order(job, ["sbs"])
    assert exports.order(job, ["webm"]) == webm
    assert (Quota.objects.get().used, Quota.objects.get().changes) == (1, 2)


def test_of_ten_alike_at_once_one_is_made_and_all_are_told_of_it(
    job: Job, user: User, sent: list[str]
) -> None:
    Quota.objects.filter(user=user).update(active_jobs=1)
    together = Barrier(10)

    def ask(_number: int) -> int:
        together.wait()
        try:
            return exports.order(job, ["gif"]).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        assert len(set(pool.map(ask, range(10)))) == 1
    assert Job.objects.filter(kind="export").count() == 1
    assert Quota.objects.get().changes == 1


def test_an_export_whose_3d_photo_is_gone_fails_with_a_reason(job: Job) -> None:
    export = exports.order(job, ["gif"])
    job.artifacts.all().delete()
    running.run(export.public_id)
    export.refresh_from_db()
    assert (export.state, export.error_code) == (State.FAILED, "bad_scene")


def test_exports_go_with_their_photo(job: Job, media: Path) -> None:
    export = made(exports.order(job, ["gif"]))
    Job.objects.update(finished_at="2026-01-01T00:00:00Z")
    assert retention.purge() == 1
    export.refresh_from_db()
    assert export.state == State.EXPIRED
    assert not (media / storage.job_prefix(job.photo.public_id, export.public_id)).exists()
    deletion.delete(job.photo)
    assert not Job.objects.exists()
    assert not Artifact.objects.exists()


def test_only_an_export_has_a_source(job: Job) -> None:
    for fields in ({"kind": "export"}, {"kind": "restyle", "source": job}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.create(photo=job.photo, dispatch_at=states.soon(), **fields)
