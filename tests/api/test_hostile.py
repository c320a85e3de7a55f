"""Bodies, cursors and ranges that only somebody hostile sends: refused in a line, at no cost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models.functions import Now
from django.test import Client

from amena import outbound
from amena.accounts import tokens
from amena.accounts.models import Quota, Token, User
from amena.jobs import selectors
from amena.jobs.models import Job, Photo, State
from tests.fixtures.programs import Program, problem

pytestmark = pytest.mark.django_db

JSON = pytest.mark.attack(
    "JSON of megabytes, nested 60,000 deep, with half characters, with hundreds of unknown fields",
    "128 kB, one line of answer",
)


def post(program: Program, body: bytes) -> tuple[int, str]:
    response = program.client.post("/api/v1/webhooks", body, "application/json")
    return response.status_code, response.content.decode()


@JSON
def test_many_unknown_fields_are_named_by_a_few(program: Program) -> None:
    body = json.dumps({f"{'x' * 500}{i}": 1 for i in range(150)}).encode()
    status, answer = post(program, body)
    assert status == 400
    assert len(answer) < 3_000


@JSON
def test_a_body_is_bounded_before_it_is_read(program: Program) -> None:
    status, answer = post(program, b'{"url": "' + b"a" * 200_000 + b'"}')
    assert status == 413, answer
    assert "128 kB" in answer


@JSON
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000 + b"]" * 60_000,
        b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
        b'{"url": "\\ud800"}',
        b'{"\\udfff": 1}',
    ],
    ids=["lists", "objects", "half a character", "in a name"],
)
def test_json_that_later_parts_would_trip_over_is_malformed(program: Program, body: bytes) -> None:
    status, answer = post(program, body)
    assert status == 400, answer
    assert "malformed" in answer


@pytest.mark.attack("a cursor of one's own making", "refused")
@pytest.mark.parametrize(
    "position", ["p=9999999999", "p=0001-01-01T00%3A00%3A00%2B23%3A59", "p=%00"]
)
def test_a_cursor_of_somebody_elses_making_is_refused(program: Program, position: str) -> None:
    import base64

    cursor = base64.b64encode(position.encode()).decode()
    response = program.get("/api/v1/photos", {"cursor": cursor})
    assert response.status_code == 400
    assert "cursor" in response.content.decode()


@pytest.mark.attack(
    "twenty tokens to ask twenty times as often",
    "a person's tokens together count as three; so many and no more",
)
def test_a_person_has_so_many_tokens_and_no_more(user: User) -> None:
    for index in range(tokens.MOST):
        tokens.issue(user, f"token {index}", Token.Scope.READ, None)
    with pytest.raises(tokens.TooManyError):
        tokens.issue(user, "one more", Token.Scope.READ, None)
    tokens.revoke(user, Token.objects.filter(user=user)[0].public_id)
    tokens.issue(user, "in its place", Token.Scope.READ, None)


@pytest.mark.attack(
    "a webhook whose name server keeps silent",
    "2 s, then it is taken and checked when something is sent",
)
def test_a_silent_name_server_holds_no_request_up(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = threading.Event()
    monkeypatch.setattr(outbound, "_QUICK_SECONDS", 0.05)
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *_, **__: silent.wait(30) and [])
    outbound.check_quickly(outbound.parse("https://silent.example/hook"))
    silent.set()


@pytest.mark.attack("a `Range` of 5,000 digits", "ignored")
def test_a_range_beyond_all_numbers_is_ignored(program: Program, done: Job) -> None:
    kept = done.artifacts.first()
    where = f"/api/v1/artifacts/{kept.public_id}/content"
    response = program.get(where, headers={"Range": "bytes=0-" + "9" * 5_000})
    assert response.status_code == 200
    assert b"".join(response.streaming_content)


@pytest.mark.attack(
    "photos and depth pictures from whoever has no room left",
    "refused before anything of them is looked at",
)
def test_without_room_nothing_of_a_file_is_looked_at(
    program: Program, user: User, done: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a photo's nor a depth picture's."""
    looked: list[object] = []
    monkeypatch.setattr("amena.jobs.sandbox.look", lambda *args: looked.append(args))
    Quota.objects.filter(user=user).update(active_jobs=0)
    assert problem(program.upload()) == "quota_active_jobs"
    depth = SimpleUploadedFile("depth.png", b"any", "image/png")
    where = f"/api/v1/photos/{done.photo.public_id}/depth"
    response = program.client.post(where, {"depth": depth, "mode": "replace"})
    assert problem(response) == "quota_active_jobs"
    assert looked == []


@pytest.mark.attack("trying a job again while its photo is deleted (500 before)", "404")
def test_what_is_deleted_at_that_moment_is_a_404_for_whoever_tries_it_again(
    program: Program, make_job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(State.FAILED)
    find = selectors.job

    def found_and_then_deleted(user: User, public_id: UUID) -> Job:
        found = find(user, public_id)
        Photo.objects.update(deleted_at=Now())
        return found

    monkeypatch.setattr(selectors, "job", found_and_then_deleted)
    response = program.post(f"/api/v1/jobs/{job.public_id}/retry", {})
    assert (response.status_code, problem(response)) == (404, "not_found")
    Photo.objects.update(deleted_at=None)
    page = Client()
    page.force_login(job.photo.owner)
    assert page.post(f"/jobs/{job.public_id}/retry/").status_code == 404


@pytest.mark.attack(
    "reading a photo while it is deleted and purged (500 before)", "404, or without it"
)
def test_what_is_purged_while_it_is_read_is_left_out(program: Program, done: Job) -> None:
    """The photo was read first, and then its jobs, of which there was none."""
    photo, page = done.photo, Client()
    page.force_login(photo.owner)
    Job.objects.all().delete()
    assert program.get(f"/api/v1/photos/{photo.public_id}").status_code == 404
    assert page.get(f"/photos/{photo.public_id}/").status_code == 404
    assert program.get("/api/v1/photos").json()["results"] == []
    assert photo.name not in page.get("/photos/").content.decode()


@pytest.mark.attack(
    "the API's description, asked for again and again (123 ms each)", "made once a process"
)
def test_the_description_is_made_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client.get("/api/v1/openapi.yaml")

    def made_again(*_args: object, **_kwargs: object) -> None:
        raise AssertionError

    monkeypatch.setattr("amena.api.docs.SchemaGenerator.get_schema", made_again)
    again = client.get("/api/v1/openapi.yaml?version=2")
    assert again.content == first.content
    assert again["Content-Type"] == first["Content-Type"]
