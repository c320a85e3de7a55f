"""A client of a live server, and what it finds there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amena.client import Client
from amena.client.types import Photo
from tests.fixtures.programs import token
from tests.jobs.samples import jpeg

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from amena.accounts.models import User


@pytest.fixture(autouse=True)
def own_files(media: Path) -> None:
    """Files go into a folder of each test's own."""


@pytest.fixture(autouse=True)
def ended_connections() -> Iterator[None]:
    """The live server's threads end, and give their database back, once the clients have gone.

    Those from before are a browser's, which keeps its connections for minutes after its tests.
    """
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if "process_request_thread" in thread.name:
            thread.join(60)


@pytest.fixture
def secret(transactional_db: None, user: User, sent: list[str]) -> str:
    from amena.accounts.models import Quota

    Quota.objects.filter(user=user).update(active_jobs=100)
    return token(user)


@pytest.fixture
def client(secret: str, live_server: LiveServer) -> Iterator[Client]:
    with Client(live_server.url, secret) as client:
        yield client


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(jpeg())
    return path


@pytest.fixture
def work(use_engine: Any) -> Callable[[], None]:
    """Does what is queued, as a worker would; waits for the first."""
    from amena.jobs.models import Job
    from amena.jobs.services import running
    from tests.faults.engines import QuickEngine
    from tests.faults.observing import wait_until

    use_engine(QuickEngine)

    def run() -> None:
        queued = Job.objects.filter(state="queued")
        wait_until(queued.exists)
        for job in queued:
            running.run(job.public_id)

    return run


@pytest.fixture
def finished(client: Client, photo_file: Path, work: Callable[[], None]) -> Photo:
    """A photo with its 3D photo."""
    photo = client.upload(photo_file)
    work()
    return client.photo(photo.id)
