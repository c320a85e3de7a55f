"""Versions: which one counts, what they are called, and deleting one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amena.accounts.models import User
from amena.jobs import selectors, states, storage
from amena.jobs.models import Artifact, Job, Photo, Share, State
from amena.jobs.services import scenes, sharing, submission, versions

pytestmark = pytest.mark.django_db

MakeJob = Callable[..., Job]


def files(job: Job, *kinds: str) -> None:
    """Files of these kinds, stored and on record."""
    for kind in kinds:
        key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/{kind}"
        storage.save(key, kind.encode())
        Artifact.objects.create(job=job, kind=kind, key=key, size=1, content_type="x/y")


@pytest.fixture
def pair(make_job: MakeJob, sent: list[str]) -> tuple[Job, Job]:
    """Two versions of a photo, the older one first."""
    first = make_job(State.SUCCEEDED)
    second = make_job(State.SUCCEEDED, photo=first.photo, kind="restyle")
    for job in (first, second):
        files(job, "video", "scene", "poster")
    return first, second


def counting(photo: Photo, user: User) -> Job | None:
    return selectors.card(user, photo.public_id).result


def test_the_newest_counts_until_another_is_chosen_and_then_the_next_one_that_is_made(
    pair: tuple[Job, Job], user: User, make_job: MakeJob
) -> None:
    first, second = pair
    photo = first.photo
    share = sharing.share(photo)
    assert counting(photo, user) == second == sharing.motion(share)
    versions.choose(first)
    assert counting(photo, user) == first == sharing.motion(share)
    scene = scenes.newest(photo)
    assert scene is not None
    assert scene.job == first
    third = make_job(State.SUCCEEDED, photo=photo, kind="restyle")
    files(third, "video", "scene")
    assert counting(photo, user) == third == sharing.motion(share)
    versions.choose(second)
    assert counting(photo, user) == second == sharing.motion(share)


def test_one_version_is_deleted_with_its_files_exports_and_the_link_that_stays_at_it(
    pair: tuple[Job, Job],
    user: User,
    make_job: MakeJob,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    first, second = pair
    photo = first.photo
    export = make_job(State.SUCCEEDED, photo=photo, kind="export", source=second)
    files(export, "gif")
    sharing.share(photo)
    sharing.choose(photo, second)
    with django_capture_on_commit_callbacks(execute=True):
        versions.delete(second)
    assert list(photo.jobs.all()) == [first]
    assert counting(photo, user) == first
    assert not Share.objects.exists()
    assert {key.split("/")[-1] for key in storage.files(photo.public_id)} == {
        "video",
        "scene",
        "poster",
    }
    with pytest.raises(versions.OnlyVersionError):
        versions.delete(first)


def test_nothing_is_deleted_while_work_may_need_it(pair: tuple[Job, Job]) -> None:
    first, second = pair
    order = submission.restyle(first.photo, {"motion": "swing"})
    with pytest.raises(versions.BusyPhotoError):
        versions.delete(second)
    states.cancel(order.public_id)
    versions.delete(second)


def test_only_what_has_made_a_version_is_one(make_job: MakeJob) -> None:
    done = make_job(State.SUCCEEDED)
    export = make_job(State.SUCCEEDED, photo=done.photo, kind="export", source=done)
    for job in (export, make_job(State.FAILED), make_job(State.QUEUED)):
        for change in (versions.choose, versions.delete, lambda each: versions.rename(each, "x")):
            with pytest.raises(LookupError):
                change(job)


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ("  Our cat  ", "Our cat"),
        ("a/b\\c", "a-b-c"),
        ("\u202egpj.x\x00", "gpj.x"),
        (" \n", "holiday.jpg"),
        ("x" * 200, "x" * 120),
    ],
)
def test_a_photo_gets_a_name_that_can_be_shown(make_job: MakeJob, given: str, called: str) -> None:
    photo = make_job().photo
    versions.rename_photo(photo, given)
    photo.refresh_from_db()
    assert photo.name == called


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("holiday.jpg", "holiday-video.mp4"),
        ("Dr. Smith", "Dr. Smith-video.mp4"),
        ("v2.0", "v2.0-video.mp4"),
        ('12:30 "noon"?', "12-30 -noon---video.mp4"),
    ],
)
def test_files_are_called_as_the_photo_is(make_job: MakeJob, name: str, file: str) -> None:
    job = make_job(State.SUCCEEDED)
    Photo.objects.update(name=name)
    job.photo.refresh_from_db()
    assert Artifact(job=job, key="a/video.mp4").filename == file
