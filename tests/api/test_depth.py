"""Depth corrected by program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from amena.jobs import storage
from amena.jobs.models import Job
from tests.fixtures.programs import Program, problem
from tests.jobs.services.test_depth_edits import picture

pytestmark = pytest.mark.django_db


def test_a_depth_picture_becomes_a_job(program: Program, done: Job, media: Path) -> None:
    response = program.depth(
        done.photo, picture(), mode="replace", near="dark", motion="swing", outputs=["gif"]
    )
    assert response.status_code == 202, response.content
    assert response["Location"] == response.json()["url"]
    job = Job.objects.get(kind="edit")
    assert job.depth_edit == {"mode": "replace", "near": "dark"}
    assert job.options == {"motion": "swing", "outputs": ["gif"]}
    key = storage.depth_key(done.photo.public_id, job.public_id)
    assert (media / key).read_bytes() == picture()


@pytest.mark.parametrize(
    ("content", "fields", "field", "code"),
    [
        (picture(), {}, "mode", "required"),
        (picture(), {"mode": "erase"}, "mode", "invalid_choice"),
        (picture(), {"mode": "brush", "near": "left"}, "near", "invalid_choice"),
        (picture(), {"mode": "brush", "size": "960"}, "size", "unknown_field"),
        (picture("WEBP"), {"mode": "brush"}, "depth", "depth_format"),
        (b"", {"mode": "brush"}, "depth", "empty"),
        (picture()[:90], {"mode": "brush"}, "depth", "truncated"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    program: Program, done: Job, content: bytes, fields: Any, field: str, code: str, media: Path
) -> None:
    response = program.depth(done.photo, content, **fields)
    assert problem(response) == "invalid"
    assert [(e["field"], e["code"]) for e in response.json()["errors"]] == [(field, code)]
    assert list(media.rglob("depth")) == []


def test_a_picture_over_the_limit_is_a_413(program: Program, done: Job, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 50
    assert problem(program.depth(done.photo, picture(), mode="brush")) == "too_large"


def test_a_photo_in_the_works_has_no_depth_yet(
    program: Program, make_job: Callable[..., Job], media: Path
) -> None:
    response = program.depth(make_job().photo, picture(), mode="brush")
    assert problem(response) == "not_ready"
    assert list(media.rglob("depth")) == []


def test_a_key_makes_it_one_job(program: Program, done: Job) -> None:
    key = {"Idempotency-Key": "k"}
    first = program.depth(done.photo, picture(), key, mode="brush")
    second = program.depth(done.photo, picture(), key, mode="brush")
    assert first.content == second.content
    assert Job.objects.filter(kind="edit").count() == 1
    other = program.depth(done.photo, picture("JPEG"), key, mode="brush")
    assert problem(other) == "idempotency_mismatch"
