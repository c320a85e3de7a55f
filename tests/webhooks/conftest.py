"""People with endpoints, and a server of theirs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.receiver import Receiver, receiving

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.webhooks.models import Endpoint


@pytest.fixture(autouse=True)
def own_files(media: Path) -> None:
    """Files go into a folder of each test's own."""


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    """Answers 200 unless told otherwise."""
    settings.OUTBOUND_LOOPBACK = True
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(user: User, receiver: Receiver) -> Endpoint:
    """Wants to hear of everything."""
    from amena.webhooks import endpoints
    from amena.webhooks.models import Event

    return endpoints.register(user, receiver.url, list(Event.values))
