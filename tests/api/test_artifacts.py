"""Results: described, and handed out whole or in part."""

from __future__ import annotations

from typing import Any

import pytest

from amena.jobs.models import Job
from tests.fixtures.programs import Program, problem

pytestmark = pytest.mark.django_db


def test_a_result_is_described_and_downloaded(program: Program, done: Job) -> None:
    video = done.artifacts_by_kind["video"]
    found = program.get(f"/api/v1/artifacts/{video.public_id}").json()
    assert found["kind"] == "video"
    assert found["job"] == str(done.public_id)
    response = program.get(found["content_url"], headers={"Accept": "video/mp4"})
    assert response.getvalue() == b"video.mp4"
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Disposition"] == 'attachment; filename="holiday-video.mp4"'


def test_a_part_is_given_to_who_asks_for_one(program: Program, done: Job) -> None:
    where = f"/api/v1/artifacts/{done.artifacts_by_kind['video'].public_id}/content"
    response = program.get(where, headers={"Range": "bytes=6-"})
    assert (response.status_code, response.getvalue()) == (206, b"mp4")


def test_from_a_bucket_it_is_a_link_that_expires(
    program: Program, done: Job, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STORAGE = "s3"
    link = "http://bucket/video.mp4?X-Amz-Signature=1"
    monkeypatch.setattr("amena.jobs.media.signed", lambda *_args: link)
    where = f"/api/v1/artifacts/{done.artifacts_by_kind['video'].public_id}/content"
    response = program.get(where)
    assert (response.status_code, response["Location"]) == (302, link)
    assert "no-store" in response["Cache-Control"]


def test_the_scene_is_nobody_s(program: Program, done: Job) -> None:
    scene = done.artifacts_by_kind["scene"].public_id
    assert problem(program.get(f"/api/v1/artifacts/{scene}")) == "not_found"
    assert problem(program.get(f"/api/v1/artifacts/{scene}/content")) == "not_found"
