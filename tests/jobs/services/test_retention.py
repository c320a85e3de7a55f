"""What was promised is kept, and no longer."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.jobs import storage
from amena.jobs.models import Artifact, Job, State
from amena.jobs.services import retention, running, submission
from amena.jobs.uploads import accept
from tests.faults.engines import QuickEngine
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db(transaction=True)


def age(job: Job, days: int) -> None:
    """As if the job had ended so long ago."""
    Job.objects.filter(pk=job.pk).update(finished_at=F("finished_at") - timedelta(days=days))


@pytest.fixture
def job(user: User, sent: list[str], use_engine: Callable[[type], None]) -> Job:
    """A finished job, with files."""
    use_engine(QuickEngine)
    photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
    job = photo.jobs.get()
    running.run(job.public_id)
    return job


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.rglob("*") if path.is_file())


def test_a_photo_past_its_time_keeps_its_thumbnail_alone(job: Job, media: Path, user: User) -> None:
    age(job, 31)
    assert retention.purge() == 1
    assert files(media) == ["thumbnail.jpg"]
    assert not Artifact.objects.exists()
    job.refresh_from_db()
    assert job.state == State.EXPIRED
    assert retention.purge() == 0
    browser = Client()
    browser.force_login(user)
    page = browser.get(reverse("photo", args=[job.photo.public_id])).content.decode()
    assert "has expired" in page
    assert reverse("retry", args=[job.public_id]) not in page


def test_a_photo_in_its_time_stays(job: Job, media: Path) -> None:
    age(job, 29)
    before = files(media)
    assert retention.purge() == 0
    assert files(media) == before


def test_the_last_job_counts_and_a_working_one_keeps_all(job: Job, media: Path) -> None:
    age(job, 31)
    again = submission.restyle(job.photo, {"motion": "swing"})
    assert retention.purge() == 0
    running.run(again.public_id)
    assert retention.purge() == 0
    age(again, 31)
    assert retention.purge() == 1


def test_files_that_cannot_go_yet_are_tried_again(
    job: Job, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_self: FileSystemStorage, _name: str) -> None:
        raise OSError("The storage is away.")

    age(job, 31)
    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", away)
        assert retention.purge() == 0
    assert Artifact.objects.exists()
    assert retention.purge() == 1
    assert not (media / storage.original_key(job.photo.public_id)).exists()


def test_the_command_counts_first_when_asked(job: Job) -> None:
    age(job, 31)
    for arguments in (["--dry-run"], []):
        out = io.StringIO()
        call_command("purge_expired", *arguments, stdout=out)
        found = json.loads(out.getvalue())
        assert (found["dry_run"], found["expired"]) == (bool(arguments), 1)
