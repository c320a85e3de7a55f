"""People, photos and jobs for the tests of the service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amena.local.aws import AwsServer

# Models can be imported only after Django is set up, which is later than this file is read.
if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job, Photo, State


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Files go into a folder of the test's own."""
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = str(folder)
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "allow_overwrite": True},
        },
    }
    return folder


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Takes the broker's place where a test is not about it: the ids that were sent."""
    ids: list[str] = []
    monkeypatch.setattr("amena.jobs.services.dispatch.publish", ids.append)
    return ids


@pytest.fixture
def queue(settings: Any, aws_server: AwsServer) -> Iterator[AwsServer]:
    """A real SQS server that this process sends to."""
    from tests.jobs.queues import sending_to

    with sending_to(aws_server, settings):
        yield aws_server


@pytest.fixture
def user(db: None) -> User:
    """Somebody."""
    from amena.accounts.models import User

    return User.objects.create_user("ada@example.com")


@pytest.fixture
def other(db: None) -> User:
    """Somebody else."""
    from amena.accounts.models import User

    return User.objects.create_user("bob@example.com")


@pytest.fixture
def make_photo(user: User) -> Callable[..., Photo]:
    """Makes rows of photos, without files."""
    from amena.jobs.models import Photo

    def make(owner: User = user, **fields: Any) -> Photo:
        values = {"name": "holiday.jpg", "format": "JPEG", "width": 96, "height": 72, "size": 1}
        return Photo.objects.create(owner=owner, **values | fields)

    return make


@pytest.fixture
def make_job(make_photo: Callable[..., Photo]) -> Callable[..., Job]:
    """Makes jobs in any state, each on a photo of its own unless one is given."""
    from amena.jobs import states
    from amena.jobs.models import Job, State

    def end(job: Job, state: State) -> None:
        lease = states.claim(job.public_id)
        assert lease is not None
        if state in (State.SUCCEEDED, State.EXPIRED):
            states.succeed(lease)
        elif state is State.FAILED:
            states.fail(lease, "broken", "It is broken.")
        elif state is State.CANCELLED:
            states.stop(lease)
        if state is State.EXPIRED:
            states.expire(Job.objects.filter(pk=job.pk))

    def make(state: State = State.QUEUED, photo: Photo | None = None, **fields: Any) -> Job:
        fields.setdefault("dispatch_at", states.soon())
        first = State.HELD if state is State.HELD else State.QUEUED
        job = Job.objects.create(photo=photo or make_photo(), state=first, **fields)
        if state is not first:
            end(job, state)
        job.refresh_from_db()
        assert job.state == state
        return job

    return make


@pytest.fixture
def use_engine(settings: Any) -> Iterator[Callable[[type], None]]:
    """Makes this process work with the engine given, as a worker process would."""
    from amena.jobs.services import running

    def use(engine: type) -> None:
        settings.ENGINE = f"{engine.__module__}.{engine.__qualname__}"
        running.engine.cache_clear()

    yield use
    running.engine.cache_clear()


@pytest.fixture
def done(make_job: Callable[..., Job]) -> Job:
    """A finished job with all its files, and its photo's."""
    from amena.jobs import storage
    from amena.jobs.models import Artifact, State
    from tests.jobs.samples import STANDARD_FILES, jpeg

    job = make_job(State.SUCCEEDED)
    for name, (kind, content_type, _output) in STANDARD_FILES.items():
        key = f"{storage.attempt_prefix(job.photo.public_id, job.public_id, 1)}/{name}"
        storage.save(key, name.encode())
        Artifact.objects.create(
            job=job, kind=kind, key=key, size=len(name), content_type=content_type
        )
    storage.save(storage.thumbnail_key(job.photo.public_id), jpeg())
    return job
