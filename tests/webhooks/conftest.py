"""People with endpoints, and a server of theirs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import program, stranger  # noqa: F401  fixtures
from tests.jobs.conftest import (  # noqa: F401  fixtures
    make_job,
    make_photo,
    media,
    other,
    sent,
    user,
)
from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.webhooks.models import Endpoint


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Answers 200 unless told otherwise."""
    settings.OUTBOUND_LOOPBACK = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(user: User, receiver: Receiver) -> Endpoint:  # noqa: F811
    """Wants to hear of everything."""
    from amena.webhooks import endpoints
    from amena.webhooks.models import Event

    return endpoints.register(user, receiver.url, list(Event.values))
