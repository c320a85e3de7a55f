"""Photos: uploaded, listed, read, deleted, made anew."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amena.jobs.models import Job, Photo, State
from tests.fixtures.programs import Program, problem
from tests.jobs.samples import jpeg

pytestmark = pytest.mark.django_db

PHOTOS = "/api/v1/photos"


def test_an_upload_is_a_202_whose_location_is_the_job(program: Program, sent: list[str]) -> None:
    response = program.upload(motion="swing", duration="4", amplitude="0.03")
    assert response.status_code == 202, response.content
    photo, job = response.json(), Job.objects.get()
    assert response["Location"] == photo["job"]["url"]
    assert response["Location"].endswith(f"/api/v1/jobs/{job.public_id}")
    assert job.options == {"motion": "swing", "duration": 4.0, "amplitude": 0.03}
    assert photo["job"]["state"] == "queued"
    assert photo["result"] is None
    assert (photo["name"], photo["format"], photo["width"]) == ("holiday.jpg", "JPEG", 96)
    assert program.get(photo["url"]).json() == photo
    thumbnail = program.get(photo["thumbnail_url"])
    assert thumbnail["Content-Type"] == "image/jpeg"
    assert thumbnail.getvalue().startswith(b"\xff\xd8")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"no photo", "unknown_format"), (jpeg()[:400], "broken"), (jpeg(9, 9), "too_small")],
)
def test_what_is_no_photo_is_refused_with_the_reason(
    program: Program, content: bytes, code: str
) -> None:
    response = program.upload(content)
    assert problem(response) == "invalid"
    (error,) = response.json()["errors"]
    assert (error["field"], error["code"]) == ("photo", code)
    assert error["detail"] == response.json()["detail"]
    assert not Photo.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"motion": "somersault"}, "motion", "invalid_choice"),
        ({"motoin": "swing"}, "motoin", "unknown_field"),
        ({"fps": "500"}, "fps", "max_value"),
        ({"duration": "long"}, "duration", "invalid"),
    ],
)
def test_a_wrong_option_is_named(
    program: Program, fields: dict[str, str], field: str, code: str
) -> None:
    response = program.upload(**fields)
    assert problem(response) == "invalid"
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, code)]


def test_not_a_number_is_no_duration(program: Program) -> None:
    assert problem(program.upload(duration="nan")) == "invalid"


def test_an_upload_without_a_photo_says_so(program: Program) -> None:
    response = program.client.post(PHOTOS, {"motion": "swing"})
    assert problem(response) == "invalid"
    assert response.json()["errors"][0] == {
        "field": "photo", "code": "required", "detail": "No file was submitted.",
    }  # fmt: skip


def test_a_photo_over_the_limit_is_a_413(program: Program, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 500
    response = program.upload(jpeg(400, 300))
    assert problem(response) == "too_large"
    assert response.status_code == 413


def test_a_json_body_is_no_upload(program: Program) -> None:
    assert problem(program.post(PHOTOS, {})) == "unsupported_media_type"


def test_a_body_that_cannot_be_read_is_a_400(program: Program) -> None:
    response = program.client.post(PHOTOS, b"--", content_type="multipart/form-data")
    assert problem(response) == "malformed"
    response = program.client.post(f"{PHOTOS}/x", b"{", content_type="application/json")
    assert problem(response) == "not_found"


def test_over_the_quota_says_when_to_come_back(program: Program, settings: Any) -> None:
    settings.QUOTA_ACTIVE_JOBS = 0
    response = program.upload()
    assert problem(response) == "quota_active_jobs"
    assert response["Retry-After"] == "30"


def test_lists_go_by_cursor_and_new_photos_shift_nothing(
    program: Program, make_job: Callable[..., Job]
) -> None:
    ids = [str(make_job(State.SUCCEEDED).photo.public_id) for _ in range(5)][::-1]
    first = program.get(f"{PHOTOS}?limit=2").json()
    make_job()
    second = program.get(first["next"]).json()
    third = program.get(second["next"]).json()
    seen = [photo["id"] for page in (first, second, third) for photo in page["results"]]
    assert seen == ids
    assert third["next"] is None
    assert [p["id"] for p in program.get(second["previous"]).json()["results"]] == ids[:2]


@pytest.mark.parametrize("cursor", ["x", "cD1ub3RhZGF0ZQ=="])
def test_a_made_up_cursor_is_a_400(program: Program, cursor: str) -> None:
    response = program.get(f"{PHOTOS}?cursor={cursor}")
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["field"] == "cursor"


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", "", "٣", "9" * 5000])
def test_a_limit_out_of_range_is_a_400(program: Program, limit: str) -> None:
    response = program.get(f"{PHOTOS}?limit={limit}")
    assert problem(response) == "invalid"
    assert response.json()["errors"][0]["field"] == "limit"


def test_photos_are_filtered_by_the_state_of_their_newest_job(
    program: Program, make_job: Callable[..., Job]
) -> None:
    failed = make_job(State.FAILED)
    again = make_job(State.FAILED)
    make_job(State.QUEUED, photo=again.photo)
    found = program.get(f"{PHOTOS}?state=failed").json()["results"]
    assert [photo["id"] for photo in found] == [str(failed.photo.public_id)]
    for wrong in ("lost", ""):
        assert problem(program.get(f"{PHOTOS}?state={wrong}")) == "invalid"


def test_many_photos_take_as_few_queries_as_few(
    program: Program, make_job: Callable[..., Job], django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        make_job(State.SUCCEEDED)
    with django_assert_max_num_queries(8):
        assert len(program.get(f"{PHOTOS}?limit=30").json()["results"]) == 30


@pytest.mark.django_db(transaction=True)
def test_a_deleted_photo_is_gone_with_its_files(program: Program, media: Path, done: Job) -> None:
    address = f"{PHOTOS}/{done.photo.public_id}"
    assert program.delete(address).status_code == 204
    assert problem(program.get(address)) == "not_found"
    assert problem(program.delete(address)) == "not_found"
    assert list((media / "photos").iterdir()) == []


def test_several_photos_are_one_archive_and_deleted_all_or_none(
    program: Program, stranger: Program, done: Job, make_job: Callable[..., Job]
) -> None:
    late = make_job().photo
    ids = f"photo={done.photo.public_id}&photo={late.public_id}"
    answer = program.get(f"{PHOTOS}/archive?{ids}")
    found = zipfile.ZipFile(io.BytesIO(answer.getvalue()))
    assert found.namelist() == ["holiday-video.mp4", "Not included.txt"]
    assert set(zipfile.ZipFile(io.BytesIO(program.get(f"{PHOTOS}/archive").getvalue())).namelist())
    alone = f"{PHOTOS}/archive?photo={late.public_id}"
    assert problem(program.get(alone)) == problem(stranger.get(f"{PHOTOS}/archive")) == "not_ready"
    for wrong in ("files=some", "files=", "photo="):
        assert problem(program.get(f"{PHOTOS}/archive?{wrong}")) == "invalid", wrong
    assert problem(program.delete(PHOTOS)) == "invalid"
    assert problem(stranger.delete(f"{PHOTOS}?{ids}")) == "not_found"
    assert problem(stranger.get(f"{PHOTOS}/archive?{ids}")) == "not_found"
    assert problem(program.delete(f"{PHOTOS}?{ids}&photo={uuid.uuid4()}")) == "not_found"
    assert Photo.objects.for_user(done.photo.owner).count() == 2
    assert program.delete(f"{PHOTOS}?{ids}").status_code == 204
    assert not Photo.objects.for_user(done.photo.owner).exists()


def test_a_finished_photo_is_made_anew_with_other_options(program: Program, done: Job) -> None:
    address = f"{PHOTOS}/{done.photo.public_id}/jobs"
    response = program.post(address, {"motion": "zoom-in", "fps": 60})
    assert response.status_code == 202
    job = Job.objects.get(kind="restyle")
    assert job.options == {"motion": "zoom-in", "fps": 60}
    assert response["Location"].endswith(str(job.public_id))
    photo = program.get(f"{PHOTOS}/{done.photo.public_id}").json()
    assert photo["job"]["id"] == str(job.public_id)
    assert photo["result"]["id"] == str(done.public_id)


def test_a_photo_in_the_works_cannot_be_made_anew(
    program: Program, make_job: Callable[..., Job]
) -> None:
    address = f"{PHOTOS}/{make_job().photo.public_id}/jobs"
    assert problem(program.post(address, {"motion": "swing"})) == "not_ready"
    for body in ([], "swing", None, {"motion": None}):
        response = program.client.post(address, json.dumps(body), content_type="application/json")
        assert problem(response) == "invalid"
