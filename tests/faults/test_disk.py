"""Disks that are full: where the engine works, where results are kept, where photos come in."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db.models.functions import Now

from amena.accounts.models import User
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import quotas
from tests.faults.observing import assert_done_once, assert_failed, has_ended, wait_until
from tests.faults.test_web import Person
from tests.fixtures.service import Service

Upload = Callable[[], Job]
BULKY = "tests.faults.engines.BulkyEngine"

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]

DISK = pytest.mark.fault(
    "disk full where the engine works; where results are kept",
    "another attempt; done when there is room",
)


class Disk:
    """A disk of a size that can be changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self._mount("size=64k", "-t", "tmpfs", "tmpfs")

    def grow(self) -> None:
        """To more than enough."""
        self._mount("remount,size=64m")

    def fill(self) -> None:
        """To the last byte."""
        with (self.folder / "filler").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                return

    def empty(self) -> None:
        """What `fill` took is free again."""
        (self.folder / "filler").unlink()

    def end(self) -> None:
        """Unmounts it, whoever still has a file open."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)

    def _mount(self, options: str, *what: str) -> None:
        subprocess.run(["mount", "-o", options, *what, self.folder], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[Path], Disk]]:
    disks: list[Disk] = []

    def make(folder: Path) -> Disk:
        disks.append(Disk(folder))
        return disks[-1]

    yield make
    for disk in disks:
        disk.end()


def goes_on_with_room(job: Job, disk: Disk, service: Service) -> None:
    """The first attempt is over; with room the next one succeeds."""
    returned = Job.objects.filter(pk=job.pk, state=State.QUEUED, attempts=1)
    wait_until(returned.exists)
    disk.grow()
    returned.update(dispatch_at=Now())
    service.start("sweeper")
    wait_until(lambda: has_ended(job))


@DISK
def test_a_job_survives_a_full_disk_where_the_engine_works(
    service: Service,
    upload: Upload,
    media: Path,
    tmp_path: Path,
    small_disk: Callable[[Path], Disk],
) -> None:
    disk = small_disk(tmp_path / "work")
    service.start("queue")
    service.start("worker", ENGINE=BULKY, TMPDIR=str(disk.folder))
    job = upload()
    goes_on_with_room(job, disk, service)
    assert_done_once(job, media)
    assert not list(disk.folder.glob("amena-job-*"))


@DISK
def test_a_job_survives_a_full_disk_where_results_are_kept(
    service: Service, upload: Upload, media: Path, small_disk: Callable[[Path], Disk]
) -> None:
    disk = small_disk(media)
    service.start("queue")
    service.start("worker", ENGINE=BULKY)
    job = upload()
    goes_on_with_room(job, disk, service)
    assert_done_once(job, media)


@pytest.mark.fault("disk full for good", "failed, half-written results removed")
def test_a_disk_that_stays_full_fails_the_job_and_the_owner_reads_so(
    service: Service, upload: Upload, media: Path, small_disk: Callable[[Path], Disk]
) -> None:
    small_disk(media)
    service.start("queue")
    job = upload()
    Job.objects.update(attempts_left=1)
    service.start("worker", ENGINE=BULKY)
    wait_until(lambda: has_ended(job))
    assert_failed(job, "storage", media)


@pytest.mark.fault("disk full at the upload", "503 page, nothing kept")
def test_an_upload_to_a_full_disk_is_refused_whole_and_taken_when_sent_again(
    service: Service, user: User, media: Path, small_disk: Callable[[Path], Disk]
) -> None:
    disk = small_disk(media)
    service.start("queue", "web")
    person = Person(service.address)
    person.sign_in()
    disk.fill()
    submission = uuid.uuid4()
    answer = person.upload(submission)
    assert answer.status_code == 503
    assert "try again in a minute" in answer.text
    assert not Photo.objects.exists()
    assert quotas.usage(user).active == 0
    disk.empty()
    assert person.upload(submission).ok
    assert Photo.objects.count() == 1
