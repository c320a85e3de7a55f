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
from amena.jobs.models import Photo
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
