"""Photos are taken in whole or not at all, and ordered work is sent once it is on record."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.engine.errors import OptionsError
from amena.gone import GoneError
from amena.jobs import states, storage
from amena.jobs.models import Artifact, Job, Photo, State
from amena.jobs.services import dispatch, exports, scenes, submission
from amena.jobs.uploads import accept, accept_depth
from tests.jobs.samples import jpeg, uploaded

MakeJob = Callable[..., Job]


def submit(user: User, **options: Any) -> Photo:
    return submission.submit(user, accept(uploaded(name="../../etc/x.jpg")), options, uuid.uuid4())


@pytest.mark.django_db(transaction=True)
def test_an_upload_becomes_photo_job_and_message(user: User, sent: list[str], media: Path) -> None:
    photo = submit(user, motion="swing")
    job = photo.jobs.get()
    assert (job.kind, job.state, job.options) == ("create", State.QUEUED, {"motion": "swing"})
    assert (photo.name, photo.format, photo.width, photo.height) == ("x.jpg", "JPEG", 96, 72)
    assert photo.size == len(jpeg())
    assert sent == [str(job.public_id)]
    stored = {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}
    assert stored == {
        storage.original_key(photo.public_id),
        storage.thumbnail_key(photo.public_id),
    }
    assert (media / storage.original_key(photo.public_id)).read_bytes() == jpeg()


@pytest.mark.django_db(transaction=True)
def test_with_the_broker_down_the_job_is_taken_and_sent_later(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(_job_id: str) -> None:
        raise EndpointConnectionError(endpoint_url="http://queue")

    with monkeypatch.context() as patch:
        patch.setattr("amena.jobs.services.dispatch.publish", unreachable)
        photo = submit(user)
    job = photo.jobs.get()
    assert job.state == State.QUEUED
    sent: list[str] = []
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", sent.append)
    Job.objects.update(dispatch_at=Now())
    assert dispatch.send_due() == 1
    assert sent == [str(job.public_id)]
    assert dispatch.send_due() == 0


@pytest.mark.django_db(transaction=True)
def test_a_storage_that_fails_half_way_leaves_nothing(
    user: User, media: Path, monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    def full(_prefix: uuid.UUID) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage, "thumbnail_key", full)
    with pytest.raises(OSError, match="No space"):
        submit(user)
    assert not Photo.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []
    assert sent == []


@pytest.mark.django_db
def test_options_out_of_range_are_refused_before_anything_is_kept(user: User) -> None:
    with pytest.raises(OptionsError):
        submit(user, motion="loop-the-loop")
    assert not Photo.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_another_motion_needs_a_kept_scene(make_job: MakeJob, user: User, sent: list[str]) -> None:
    job = make_job(State.SUCCEEDED)
    with pytest.raises(GoneError):
        submission.restyle(job.photo, {"motion": "swing"})
    Artifact.objects.create(job=job, kind="scene", key="a/scene", size=1, content_type="x")
    restyled = submission.restyle(job.photo, {"motion": "swing"})
    assert restyled.kind == "restyle"
    assert sent == [str(restyled.public_id)]


@pytest.mark.django_db(transaction=True)
def test_work_from_the_file_inherits_size_and_turn(make_job: MakeJob, sent: list[str]) -> None:
    job = make_job(State.SUCCEEDED, options={"size": 1920, "motion": "swing"})
    make_job(State.FAILED, photo=job.photo, options={"size": 3840, "rotate": 180})
    turned = submission.restyle(job.photo, {"rotate": 90})
    assert (turned.kind, turned.options) == ("create", {"size": 1920, "rotate": 90})
    assert sent == [str(turned.public_id)]
    larger = submission.restyle(job.photo, {"motion": "orbit", "size": 960})
    assert larger.options == {"motion": "orbit", "size": 960, "rotate": 90}


@pytest.mark.django_db(transaction=True)
def test_turns_add_up_and_what_was_under_way_is_stopped(make_job: MakeJob, sent: list[str]) -> None:
    done = make_job(State.SUCCEEDED, options={"motion": "swing", "size": 1920})
    look = {"motion": "orbit", "strength": "bold"}
    make_job(State.SUCCEEDED, photo=done.photo, kind="restyle", options=look)
    first = submission.rotate(done.photo, 270)
    assert first.options == {**look, "size": 1920, "rotate": 270}
    second = submission.rotate(done.photo, 180)
    assert (second.kind, second.options["rotate"]) == ("create", 90)
    first.refresh_from_db()
    assert first.state == State.CANCELLED
    assert sent == [str(first.public_id), str(second.public_id)]
    with pytest.raises(OptionsError):
        submission.rotate(done.photo, 45)


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_failed_is_turned_from_the_way_it_is_seen(
    make_job: MakeJob, sent: list[str]
) -> None:
    failed = make_job(State.FAILED, options={"motion": "swing", "rotate": 90})
    assert submission.rotate(failed.photo, 90).options == {"motion": "swing", "rotate": 90}
    expired = make_job(State.EXPIRED)
    with pytest.raises(GoneError):
        submission.rotate(expired.photo, 90)
    with pytest.raises(GoneError):
        submission.restyle(expired.photo, {"rotate": 90})


@pytest.mark.django_db
def test_the_newest_scene_is_the_one_to_start_from(make_job: MakeJob) -> None:
    job = make_job(State.SUCCEEDED)
    Artifact.objects.create(job=job, kind="scene", key="old", size=1, content_type="x")
    newer = make_job(State.SUCCEEDED, photo=job.photo)
    Artifact.objects.create(job=newer, kind="video", key="v", size=1, content_type="x")
    new = Artifact.objects.create(job=newer, kind="scene", key="new", size=1, content_type="x")
    assert scenes.newest(job.photo) == new


@pytest.mark.django_db(transaction=True)
def test_a_failed_job_is_ordered_again_and_a_done_one_is_not(
    make_job: MakeJob, user: User, sent: list[str]
) -> None:
    failed, done = make_job(State.FAILED), make_job(State.SUCCEEDED)
    assert submission.retry(failed)
    assert not submission.retry(done)
    assert sent == [str(failed.public_id)]
    user.quota.refresh_from_db()
    assert (user.quota.used, user.quota.changes) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_whoever_orders_while_their_account_goes_is_told_that_it_is_gone(
    make_job: MakeJob, user: User, sent: list[str], media: Path
) -> None:
    """The photo was read before, its owner is looked for after."""
    done, failed = make_job(State.SUCCEEDED), make_job(State.FAILED)
    Artifact.objects.create(job=done, kind="scene", key="a/scene", size=1, content_type="x")
    depth = accept_depth(uploaded(jpeg(), "depth.jpg"))
    orders: list[tuple[Job, Callable[[Job], object]]] = [
        (done, lambda job: submission.restyle(job.photo, {"motion": "swing"})),
        (done, lambda job: submission.rotate(job.photo, 90)),
        (done, lambda job: submission.split(job.photo, "sbs")),
        (done, lambda job: submission.edit_depth(job.photo, depth, "replace", "bright", {})),
        (done, lambda job: exports.order(job, ["gif"])),
        (failed, submission.retry),
    ]
    read = [(Job.objects.select_related("photo").get(pk=job.pk), order) for job, order in orders]
    Photo.objects.filter(owner=user).delete()
    user.delete()
    for job, order in read:
        with pytest.raises(GoneError):
            order(job)
    assert sent == []
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.django_db
def test_the_sweeper_sends_only_queued_jobs_that_are_due(
    make_job: MakeJob, sent: list[str]
) -> None:
    due = make_job(dispatch_at=Now())
    make_job(dispatch_at=states.soon())
    running = make_job(State.RUNNING, dispatch_at=Now())
    assert dispatch.send_due() == 1
    assert sent == [str(due.public_id)]
    running.refresh_from_db()
    assert running.state == State.RUNNING


@pytest.mark.django_db
def test_the_sweeper_stops_at_a_broker_that_is_away(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def unreachable(job_id: str) -> None:
        tried.append(job_id)
        raise EndpointConnectionError(endpoint_url="http://queue")

    monkeypatch.setattr("amena.jobs.services.dispatch.publish", unreachable)
    for _ in range(3):
        make_job(dispatch_at=Now())
    assert dispatch.send_due() == 0
    assert len(tried) == 1


def test_the_storage_must_take_the_very_name(monkeypatch: pytest.MonkeyPatch) -> None:
    deleted: list[str] = []
    monkeypatch.setattr(FileSystemStorage, "save", lambda _self, key, _file: f"{key}_1")
    monkeypatch.setattr(FileSystemStorage, "delete", lambda _self, key: deleted.append(key))
    with pytest.raises(OSError, match="would not take the name"):
        storage.save("a", ContentFile(b"x"))
    assert deleted == ["a_1"]
