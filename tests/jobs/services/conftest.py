"""What the tests of attempts begin with, and what they look at."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# Models can be imported only after Django is set up, which is later than this file is read.
if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models import Job

UseEngine = Callable[[type], None]


@pytest.fixture
def job(user: User, sent: list[str]) -> Job:
    """A job just ordered by an upload."""
    from amena.jobs.services import submission
    from amena.jobs.uploads import accept
    from tests.jobs.samples import uploaded

    photo = submission.submit(user, accept(uploaded()), {"motion": "swing"}, uuid.uuid4())
    return photo.jobs.get()


def attempts_on_disk(job: Job, media: Path) -> list[str]:
    """The folders of its attempts that hold files."""
    from amena.jobs import storage

    folder = media / storage.job_prefix(job.photo.public_id, job.public_id)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
