"""Deleted means gone: rows, files, and whatever a worker was still making."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.db.models import F

from amena.accounts.models import User
from amena.jobs import states
from amena.jobs.models import Artifact, Job, Photo, State
from amena.jobs.services import deletion, running, submission
from amena.jobs.uploads import accept
from amena.site import housekeeping
from tests.faults.engines import QuickEngine
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def photo(user: User, sent: list[str]) -> Photo:
    """A photo just uploaded."""
    return submission.submit(user, accept(uploaded()), {}, uuid.uuid4())


def test_a_finished_photo_goes_with_all_its_files(
    photo: Photo, use_engine: Callable[[type], None], media: Path
) -> None:
    use_engine(QuickEngine)
    running.run(photo.jobs.get().public_id)
    deletion.delete(photo)
    assert not Photo.objects.exists()
    assert not Job.objects.exists()
    assert not Artifact.objects.exists()
    assert list((media / "photos").iterdir()) == []


def test_only_the_one_photo_goes(photo: Photo, user: User, sent: list[str], media: Path) -> None:
    kept = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    deletion.delete(photo)
    assert list(Photo.objects.all()) == [kept]
    assert [path.name for path in (media / "photos").iterdir()] == [str(kept.public_id)]


def test_a_running_photo_is_hidden_at_once_and_purged_when_its_worker_has_stopped(
    photo: Photo, user: User
) -> None:
    lease = states.claim(photo.jobs.get().public_id)
    assert lease is not None
    deletion.delete(photo)
    assert not Photo.objects.for_user(user).exists()
    assert housekeeping.sweep().purged == 0
    assert states.beat(lease, "depth", 1) is states.Beat.CANCEL
    states.stop(lease)
    assert housekeeping.sweep().purged == 1
    assert not Photo.objects.exists()


def test_files_that_cannot_be_deleted_are_tried_again(
    photo: Photo, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    def away(_self: FileSystemStorage, _name: str) -> None:
        raise OSError("The storage is away.")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        deletion.delete(photo)
    assert Photo.objects.filter(deleted_at__isnull=False).exists()
    assert photo.jobs.get().state == State.CANCELLED
    assert housekeeping.sweep().purged == 1
    assert list((media / "photos").iterdir()) == []


def test_a_deletion_can_be_taken_back_for_a_while(
    photo: Photo, user: User, other: User, media: Path
) -> None:
    deletion.delete(photo, undoable=True)
    assert not Photo.objects.for_user(user).exists()
    assert photo.jobs.get().state == State.CANCELLED
    assert housekeeping.sweep().purged == 0
    assert not deletion.restore(other, photo.public_id)
    assert deletion.restore(user, photo.public_id)
    assert Photo.objects.for_user(user).get() == photo
    assert list((media / "photos").iterdir()) != []


def test_after_that_it_is_gone_for_good(photo: Photo, user: User, media: Path) -> None:
    deletion.delete(photo, undoable=True)
    Photo.objects.update(deleted_at=F("deleted_at") - deletion.UNDO_TIME)
    assert not deletion.restore(user, photo.public_id)
    assert housekeeping.sweep().purged == 0
    Photo.objects.update(deleted_at=F("deleted_at") - deletion.UNDO_TIME)
    assert housekeeping.sweep().purged == 1
    assert list((media / "photos").iterdir()) == []


def test_what_a_program_deletes_cannot_be_taken_back(photo: Photo, user: User) -> None:
    lease = states.claim(photo.jobs.get().public_id)
    assert lease is not None
    deletion.delete(photo)
    assert not deletion.restore(user, photo.public_id)
