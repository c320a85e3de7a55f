"""The bucket out of reach at every point where it is needed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import deletion, quotas
from amena.local.aws import BUCKET
from tests.faults.link import Link
from tests.faults.observing import assert_failed, has_ended, is_at, wait_until
from tests.faults.test_web import Person
from tests.fixtures.service import Service
from tests.jobs.samples import STANDARD_FILES
from tests.jobs.test_storage import use_bucket

pytestmark = pytest.mark.service

AWAY = pytest.mark.fault(
    "bucket away while the photo is fetched, while results are stored",
    "another attempt after ten seconds",
)

Upload = Callable[[], Job]


@pytest.fixture
def link(service: Service, settings: Any) -> Iterator[Link]:
    """The way of all other processes to the bucket; the queue is reached by another."""
    service.start("queue")
    use_bucket(settings, service.queue)
    link = Link(service.queue.port)
    service.environment |= {"STORAGE": "s3", "S3_ENDPOINT_URL": link.address}
    yield link
    link.cut()


def stored(service: Service) -> list[str]:
    s3 = boto3.client("s3", endpoint_url=service.queue.endpoint_url, region_name="eu-central-1")
    return [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def assert_done_in_bucket(job: Job, service: Service) -> None:
    """Succeeded; the bucket holds its files, each once, and beside them only the photo's two."""
    job.refresh_from_db()
    assert job.state == State.SUCCEEDED, (job.state, job.error_code)
    keys = set(job.artifacts.values_list("key", flat=True))
    assert len(keys) == len(STANDARD_FILES)
    # The worker tidies up other attempts' files after the job is done.
    wait_until(lambda: keys == {key for key in stored(service) if str(job.public_id) in key})
    assert len(stored(service)) == len(keys) + 2
    assert quotas.usage(job.photo.owner).active == 0


def was_returned(job: Job) -> bool:
    """One attempt is over and another is due, after a pause that no test waits for."""
    returned = Job.objects.filter(pk=job.pk, state=State.QUEUED, attempts=1)
    return bool(returned.update(dispatch_at=Now()))


@AWAY
def test_a_job_survives_a_bucket_that_is_away_when_it_fetches_the_photo(
    service: Service, link: Link, upload: Upload
) -> None:
    job = upload()
    link.cut()
    service.start("worker")
    wait_until(lambda: was_returned(job))
    link.mend()
    service.start("sweeper")
    wait_until(lambda: has_ended(job))
    assert_done_in_bucket(job, service)
    assert job.attempts == 2


@AWAY
def test_a_job_survives_a_bucket_that_is_away_when_it_stores_the_results(
    service: Service, link: Link, upload: Upload, gate: Path
) -> None:
    service.start("worker")
    (gate / "encode").touch()
    job = upload()
    wait_until(lambda: is_at(job, "encode"))
    link.cut()
    (gate / "encode").unlink()
    wait_until(lambda: was_returned(job))
    link.mend()
    service.start("sweeper")
    wait_until(lambda: has_ended(job))
    assert_done_in_bucket(job, service)
    assert job.attempts == 2


@pytest.mark.fault("bucket away for good", "failed, “our storage did not answer”")
def test_a_bucket_that_stays_away_fails_the_job_and_the_owner_reads_so(
    service: Service, link: Link, upload: Upload, media: Path
) -> None:
    job = upload()
    Job.objects.update(attempts_left=1)
    link.cut()
    service.start("worker")
    wait_until(lambda: has_ended(job))
    assert_failed(job, "storage", media)


@pytest.mark.fault(
    "bucket away at the upload",
    "503 page, nothing kept, no quota used; the same form again is one photo",
)
def test_an_upload_without_a_bucket_is_refused_whole_and_taken_when_sent_again(
    service: Service, link: Link, user: User
) -> None:
    service.start("web")
    person = Person(service.address)
    person.sign_in()
    link.cut()
    submission = uuid.uuid4()
    answer = person.upload(submission)
    assert answer.status_code == 503
    assert "try again in a minute" in answer.text
    assert not Photo.objects.exists()
    usage = quotas.usage(user)
    assert (usage.active, usage.today) == (0, 0)
    link.mend()
    assert person.upload(submission).ok
    assert Photo.objects.count() == 1
    assert len(stored(service)) == 2


@pytest.mark.fault("bucket away at a deletion", "gone for the owner at once, files when it is back")
def test_a_photo_deleted_while_the_bucket_is_away_goes_when_it_is_back(
    service: Service, link: Link, upload: Upload, settings: Any
) -> None:
    job = upload()
    link.cut()
    settings.STORAGES["default"]["OPTIONS"]["endpoint_url"] = link.address
    settings.STORAGES = {**settings.STORAGES}
    deletion.delete(job.photo)
    assert Photo.objects.filter(deleted_at__isnull=False).exists()
    assert len(stored(service)) == 2
    link.mend()
    service.start("sweeper")
    wait_until(lambda: not Photo.objects.exists())
    assert stored(service) == []
