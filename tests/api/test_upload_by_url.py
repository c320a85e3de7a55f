"""Photos by their address: from the hosts that are allowed, and under the limits of any upload."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from amena.jobs import fetching, storage
from amena.jobs.models import Photo
from tests.fixtures.programs import Program, problem
from tests.jobs.samples import jpeg
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db

INSIDE = pytest.mark.attack(
    "webhooks and uploads by address that lead inside, however the address is spelt",
    "refused, and connected to as checked",
)
DRIP = pytest.mark.attack(
    "a host that drips, or sends more than was asked for",
    "cut off at the deadline; read as far as there is room",
)


@pytest.fixture
def host(settings: Any) -> Iterator[Receiver]:
    """Has a photo, and is allowed."""
    settings.OUTBOUND_LOOPBACK = True
    settings.UPLOAD_URL_HOSTS = ["127.0.0.1"]
    with receiving(content=jpeg()) as host:
        yield host


def create(program: Program, url: str, **fields: Any) -> Any:
    return program.client.post("/api/v1/photos", {"url": url, **fields})


def test_a_photo_is_fetched_and_made(program: Program, host: Receiver, media: Path) -> None:
    url = f"http://127.0.0.1:{host.port}/pictures/my%20dog.jpg?size=l"
    response = create(program, url, motion="swing")
    assert response.status_code == 202, response.content
    photo = Photo.objects.get()
    assert (photo.name, photo.width, photo.size) == ("my dog.jpg", 96, len(jpeg()))
    assert (media / storage.original_key(photo.public_id)).read_bytes() == jpeg()
    ((method, path, headers, _body),) = host.requests
    assert (method, path) == ("GET", "/pictures/my%20dog.jpg?size=l")
    assert "authorization" not in headers
    assert program.get("/api/v1/formats").json()["url_hosts"] == ["127.0.0.1"]


@INSIDE
@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/x.jpg", "ftp://127.0.0.1/x.jpg", "https://localhost/x.jpg",
        "https://127.0.0.1.elsewhere.example/x.jpg", "https://elsewhere.example@127.0.0.1/",
    ],
)  # fmt: skip
def test_other_hosts_are_refused(program: Program, host: Receiver, url: str) -> None:
    response = create(program, url)
    assert problem(response) == "url_not_allowed"
    assert host.requests == []


def test_by_default_no_host_is_allowed(program: Program) -> None:
    assert problem(create(program, "https://127.0.0.1/x.jpg")) == "url_not_allowed"


@INSIDE
def test_an_allowed_name_that_leads_inside_is_refused(program: Program, settings: Any) -> None:
    settings.UPLOAD_URL_HOSTS = ["localhost"]
    response = create(program, "https://localhost/x.jpg")
    assert problem(response) == "url_not_allowed"
    assert "not on the public internet" in response.json()["detail"]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_what_is_not_there_is_said(program: Program, host: Receiver, status: int) -> None:
    host.statuses, host.headers = [status], {"Location": host.url}
    response = create(program, host.url)
    assert problem(response) == "url_not_fetched"
    assert str(status) in response.json()["detail"]
    assert len(host.requests) == 1


@DRIP
def test_more_bytes_than_a_photo_may_have_are_not_read(
    program: Program, host: Receiver, settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 500
    assert problem(create(program, host.url)) == "too_large"


@DRIP
def test_who_is_too_slow_is_not_waited_for(
    program: Program, host: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.drip = True
    monkeypatch.setattr(fetching, "_SECONDS", 0.5)
    response = create(program, host.url)
    assert problem(response) == "url_not_fetched"
    assert "in time" in response.json()["detail"]


@pytest.mark.attack(
    "uploads by the addresses of a slow host, as many as a process has threads",
    "two at a time a process, then 503 at once",
)
@pytest.mark.django_db(transaction=True)
def test_a_slow_host_holds_two_threads_and_no_more(
    program: Program, host: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_SECONDS", 5)
    host.drip = True
    secret = program.secret

    def ask(_number: int) -> Any:
        try:
            return create(Program(secret), host.url)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = [problem(each) for each in pool.map(ask, range(8))]
    assert Counter(answers) == {"url_not_fetched": 2, "unavailable": 6}
    host.drip = False
    assert create(program, host.url).status_code == 202


def test_what_is_no_photo_is_refused_as_any_upload(program: Program, host: Receiver) -> None:
    host.content = b"<html>"
    response = create(program, host.url)
    assert problem(response) == "invalid"
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [("url", "is_web_page")]


def test_over_the_quota_nothing_is_fetched(program: Program, host: Receiver, settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS = 0
    assert problem(create(program, host.url)) == "quota_active_jobs"
    assert host.requests == []


def test_a_file_and_an_address_at_once_are_refused(program: Program, host: Receiver) -> None:
    response = program.upload(url=host.url)
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["field"] == "url"
