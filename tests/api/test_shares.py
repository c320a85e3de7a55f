"""Links for everybody, by program."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from amena.jobs.models import Job, Share
from amena.jobs.services import deletion
from tests.fixtures.programs import Program, problem

pytestmark = pytest.mark.django_db


def where(job: Job) -> str:
    return f"/api/v1/photos/{job.photo.public_id}/share"


def test_a_link_is_made_read_and_revoked(program: Program, done: Job) -> None:
    assert problem(program.get(where(done))) == "not_found"
    response = program.put(where(done))
    assert response.status_code == 200, response.content
    share = Share.objects.get()
    assert response.json()["url"] == f"http://testserver/s/{share.token}/"
    assert response.json()["embed_url"] == f"http://testserver/s/{share.token}/embed"
    assert program.put(where(done)).json() == response.json() == program.get(where(done)).json()
    photo = f"/api/v1/photos/{done.photo.public_id}"
    assert program.get(photo).json()["share_url"] == response.json()["url"]
    assert program.delete(where(done)).status_code == 204
    assert problem(program.delete(where(done))) == "not_found"
    assert program.get(photo).json()["share_url"] is None
    assert program.put(where(done)).json()["url"] != response.json()["url"]


def test_what_is_not_ready_cannot_be_shared(program: Program, make_job: Callable[..., Job]) -> None:
    assert problem(program.put(where(make_job()))) == "not_ready"


def test_photos_are_filtered_by_whether_they_are_shared(
    program: Program, done: Job, make_job: Callable[..., Job]
) -> None:
    other = make_job()
    program.put(where(done))

    def ids(query: str) -> list[str]:
        return [each["id"] for each in program.get(f"/api/v1/photos?{query}").json()["results"]]

    assert ids("shared=true") == [str(done.photo.public_id)]
    assert ids("shared=false") == [str(other.photo.public_id)]
    assert len(ids("")) == 2


@pytest.mark.django_db(transaction=True)
def test_a_deleted_photo_has_no_link(program: Program, done: Job) -> None:
    program.put(where(done))
    deletion.delete(done.photo)
    assert problem(program.get(where(done))) == "not_found"
    assert not Share.objects.exists()
