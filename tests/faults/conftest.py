"""Somebody who uploads, while parts of the service fail."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from amena.accounts.models import User


@pytest.fixture
def user(transactional_db: None) -> User:
    """Somebody with room for many photos."""
    from amena.accounts.models import Quota, User

    user = User.objects.create_user("ada@example.com")
    Quota.objects.filter(user=user).update(active_jobs=100)
    return user


Upload = Callable[[], Any]


@pytest.fixture
def upload(user: User, media: Path) -> Upload:
    """Takes one more photo in, in this process, and gives its job."""
    from amena.jobs.services import submission
    from amena.jobs.uploads import accept
    from tests.jobs.samples import uploaded

    def one() -> Any:
        photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
        return photo.jobs.get()

    return one
