"""Programs that ask the API, each with a token."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.jobs.conftest import (  # noqa: F401  fixtures
    done,
    make_job,
    make_photo,
    media,
    other,
    sent,
    use_engine,
    user,
)
from tests.jobs.samples import uploaded

if TYPE_CHECKING:
    from amena.accounts.models import User


class Program:
    """What asks in somebody's name."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.client = Client(headers={"Authorization": f"Bearer {secret}"})
        self.get, self.put, self.delete = self.client.get, self.client.put, self.client.delete

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        """JSON where there is a body."""
        body = b"" if data is None else data
        return self.client.post(
            path, body, content_type="application/json", headers=self._named(headers)
        )

    def upload(self, content: bytes | None = None, headers: Any = None, **fields: Any) -> Any:
        """A photo."""
        return self.client.post(
            "/api/v1/photos", {"photo": uploaded(content), **fields}, headers=headers or {}
        )

    def depth(self, photo: Any, content: bytes, headers: Any = None, **fields: Any) -> Any:
        """A depth picture of a photo."""
        where = f"/api/v1/photos/{photo.public_id}/depth"
        data = {"depth": uploaded(content, "depth.png"), **fields}
        return self.client.post(where, data, headers=headers or {})

    @staticmethod
    def _named(headers: dict[str, str]) -> dict[str, str]:
        return {name.replace("_", "-"): value for name, value in headers.items()}


def token(user: User, scope: str = "write", lifetime: timedelta | None = None) -> str:  # noqa: F811
    """A token of this user's."""
    from amena.accounts import tokens
    from amena.accounts.models import Token

    return tokens.issue(user, "test", Token.Scope(scope), lifetime)


@pytest.fixture
def program(user: User, sent: list[str]) -> Program:  # noqa: F811
    """May do everything that `user` may."""
    return Program(token(user))


@pytest.fixture
def stranger(other: User) -> Program:  # noqa: F811
    """Asks in somebody else's name."""
    return Program(token(other))


class LongPoll:
    """A request that waits for news.

    Attributes:
        begun: set once it has looked for the first time, and not before.
        found: whether there was news when it looked last.
    """

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.found = False

    def meanwhile(self, action: Callable[[], Any]) -> threading.Thread:
        """Does something in another thread, with a connection of its own, once it waits."""
        from django.db import connection

        def run() -> None:
            try:
                assert self.begun.wait(120)
                action()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread


@pytest.fixture
def long_poll(monkeypatch: pytest.MonkeyPatch) -> LongPoll:
    """Watches the requests that wait in this process."""
    from amena.api import longpoll

    seen, wait_until = LongPoll(), longpoll.wait_until

    def watched(there_is_news: Callable[[], bool], seconds: float) -> None:
        def look() -> bool:
            seen.found = there_is_news()
            seen.begun.set()
            return seen.found

        wait_until(look, seconds)

    monkeypatch.setattr(longpoll, "wait_until", watched)
    return seen


def problem(response: Any) -> str:
    """The type of the problem that a response is; fails where it is none."""
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert body["title"]
    assert body["detail"]
    return body["type"].removeprefix("urn:amena:problem:")
