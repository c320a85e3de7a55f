"""Files without a row go, once they are older than any upload can take."""

from __future__ import annotations

import io
import json
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command

from amena.jobs import storage
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import orphans

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(media: Path) -> Callable[..., uuid.UUID]:
    """Stores a photo's files as an upload does, so many hours ago; no row."""

    def make(hours: float, photo: uuid.UUID | None = None) -> uuid.UUID:
        photo = photo or uuid.uuid4()
        for key in (storage.original_key(photo), storage.thumbnail_key(photo)):
            storage.save(key, b"x")
            changed = (media / key).stat().st_mtime - hours * 3600
            os.utime(media / key, (changed, changed))
        return photo

    return make


def run(*arguments: str) -> int:
    out = io.StringIO()
    call_command("purge_expired", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return int(found["orphans"])


def test_old_files_without_a_row_go_and_no_others(
    store: Callable[..., uuid.UUID], make_photo: Callable[..., Photo], media: Path
) -> None:
    kept = store(48, make_photo().public_id)
    hidden = store(48, make_photo(deleted_at="2026-01-01T00:00:00Z").public_id)
    uploading, lost = store(23), store(25)
    assert run("--dry-run") == 1
    assert list(orphans.find()) == [lost]
    assert run() == 1
    left = {path.name for path in (media / "photos").iterdir()}
    assert left == {str(kept), str(uploading)} | ({str(hidden)} & left)
    assert run() == 0


def test_the_youngest_file_counts(store: Callable[..., uuid.UUID]) -> None:
    photo = store(48)
    storage.save(storage.depth_key(photo, uuid.uuid4()), b"x")
    assert list(orphans.find()) == []


def test_without_any_photo_there_is_nothing_to_do() -> None:
    assert orphans.purge() == 0


def test_a_storage_that_fails_is_tried_again(
    store: Callable[..., uuid.UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: FileSystemStorage, _name: str) -> None:
        raise OSError("The storage is away.")

    store(48)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        assert orphans.purge() == 0
    assert orphans.purge() == 1


def audited(*arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("audit_storage", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_storage_and_rows_are_held_against_each_other(
    done: Job, store: Callable[..., uuid.UUID], make_job: Callable[..., Job], media: Path
) -> None:  # fmt: skip
    photo = done.photo.public_id
    store(48, photo)
    lost = store(48)
    dead = storage.attempt_prefix(photo, done.public_id, 7)
    running = make_job(State.QUEUED)
    store(48, running.photo.public_id)
    working = storage.attempt_prefix(running.photo.public_id, running.public_id, 1)
    for key in (f"{dead}/video.mp4", f"{working}/scene.glb", f"{dead}/young"):
        storage.save(key, b"x")
        if "young" not in key:
            os.utime(media / key, (0, 0))
    video = done.artifacts_by_kind["video"].key
    storage.delete(video)
    found = audited()
    assert found == {
        "photos_without_row": [str(lost)],
        "files_without_row": [f"{dead}/video.mp4"],
        "rows_without_file": [video],
        "deleted": 0,
    }
    assert audited("--delete")["deleted"] == 2
    assert audited()["files_without_row"] == audited()["photos_without_row"] == []
    assert (media / f"{dead}/young").exists()
    assert (media / f"{working}/scene.glb").exists()


@pytest.mark.fault(
    "a child is killed just after the success and before it has tidied up",
    "nobody is shown what is left; the hourly purge removes it a day later",
)
def test_the_hourly_purge_removes_what_a_killed_attempt_has_left(
    done: Job, media: Path
) -> None:  # fmt: skip
    key = f"{storage.attempt_prefix(done.photo.public_id, done.public_id, 7)}/video.mp4"
    storage.save(key, b"x")
    os.utime(media / key, (0, 0))
    call_command("purge_expired", stdout=io.StringIO())
    assert not (media / key).exists()
    assert (media / done.artifacts_by_kind["video"].key).exists()
