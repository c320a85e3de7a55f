"""The whole path with the files in a bucket: upload, worker, results, deletion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from amena.accounts.models import User
from amena.jobs.models import Job, State
from amena.jobs.services import deletion
from amena.local.aws import BUCKET
from tests.faults.observing import has_ended, wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import STANDARD_FILES
from tests.jobs.test_storage import use_bucket

pytestmark = pytest.mark.service


@pytest.fixture
def bucket(service: Service, settings: Any) -> Callable[[], list[str]]:
    """Everybody uses the bucket; gives the keys in it."""
    service.start("queue")
    use_bucket(settings, service.queue)
    s3 = boto3.client("s3", endpoint_url=service.queue.endpoint_url, region_name="eu-central-1")
    return lambda: [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_photo_goes_all_the_way_through_the_bucket(
    service: Service,
    bucket: Callable[[], list[str]],
    user: User,
    upload: Callable[[], Job],
    media: Path,
) -> None:
    service.start("worker", STORAGE="s3", ENGINE="tests.faults.engines.QuickEngine")
    job = upload()
    wait_until(lambda: has_ended(job))
    assert job.state == State.SUCCEEDED
    artifacts = list(job.artifacts.all())
    assert len(bucket()) == len(STANDARD_FILES) + 2
    for artifact in artifacts:
        assert default_storage.size(artifact.key) == artifact.size
    browser = Client()
    browser.force_login(user)
    video = job.artifacts_by_kind["video"]
    answer = browser.get(reverse("artifact", args=[video.public_id]))
    assert urllib3.request("GET", answer.url).data == b"video.mp4 of circle"
    assert not media.exists()
    deletion.delete(job.photo)
    assert bucket() == []
