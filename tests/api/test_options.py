"""Every option of the engine can be asked for; what is wrong is said field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amena.jobs.engine_options import parse_options
from amena.jobs.models import Job
from tests.fixtures.programs import Program, problem

pytestmark = pytest.mark.django_db

KEYFRAMES = [{"t": 0, "x": -0.5}, {"t": 0.5, "x": 0.5, "zoom": 1.2}]
STORED = [
    {"t": 0.0, "x": -0.5, "y": 0.0, "z": 0.0, "zoom": 1.0},
    {"t": 0.5, "x": 0.5, "y": 0.0, "z": 0.0, "zoom": 1.2},
]
ALL = {
    "easing": "ease-in-out",
    "duration": 3.5,
    "fps": 60,
    "amplitude": 0.03,
    "strength": "bold",
    "focus": 0.25,
    "depth_of_field": 0.5,
    "vignette": 1.0,
    "shape": "9:16",
    "placement": 0.25,
    "outputs": ["gif", "webp"],
    "loop_limit": 4.0,
    "lpi": 75.5,
    "dpi": 1440,
    "print_inches": 5.0,
}


def restyle(program: Program, done: Job, **body: Any) -> Any:
    return program.post(f"/api/v1/photos/{done.photo.public_id}/jobs", body)


def errors(response: Any) -> list[tuple[str, str]]:
    assert problem(response) == "invalid"
    return [(each["field"], each["code"]) for each in response.json()["errors"]]


def test_an_upload_takes_every_option(program: Program, sent: list[str]) -> None:
    response = program.upload(
        motion="keyframes", keyframes=json.dumps(KEYFRAMES), size="1920", rotate="270", **ALL
    )
    assert response.status_code == 202, response.content
    stored = Job.objects.get().options
    assert stored == {
        "motion": "keyframes", "keyframes": STORED, "size": 1920, "rotate": 270, **ALL
    }  # fmt: skip
    assert response.json()["job"]["options"] == stored
    read = parse_options(stored)
    assert (read.outputs, read.keyframes[1].zoom) == (("gif", "webp"), 1.2)


def test_keyframes_in_a_form_may_come_part_by_part(program: Program) -> None:
    parts = [json.dumps(each) for each in KEYFRAMES]
    assert program.upload(motion="keyframes", keyframes=parts).status_code == 202
    assert Job.objects.get().options["keyframes"] == STORED


def test_another_motion_takes_every_option(program: Program, done: Job) -> None:
    response = restyle(program, done, motion="keyframes", keyframes=KEYFRAMES, **ALL)
    assert response.status_code == 202, response.content
    stored = Job.objects.get(kind="restyle").options
    assert stored == {"motion": "keyframes", "keyframes": STORED, **ALL}


def test_another_size_is_made_from_the_photo_anew(program: Program, done: Job) -> None:
    response = restyle(program, done, size=1920)
    assert response.status_code == 202, response.content
    assert response.json()["kind"] == "create"
    assert Job.objects.latest("pk").options == {"size": 1920}
    assert errors(restyle(program, done, size=1000)) == [("size", "invalid_choice")]
    assert restyle(program, done, rotate=90).json()["options"] == {"size": 1920, "rotate": 90}
    assert errors(restyle(program, done, rotate=45)) == [("rotate", "invalid_choice")]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"outputs": ["poem"]}, "outputs.0", "invalid_choice"),
        ({"outputs": "gif"}, "outputs", "not_a_list"),
        ({"amplitude": 0.2}, "amplitude", "max_value"),
        ({"focus": "near"}, "focus", "invalid"),
        ({"depth_of_field": -1}, "depth_of_field", "min_value"),
        ({"vignette": 2}, "vignette", "max_value"),
        ({"dpi": 72}, "dpi", "min_value"),
        ({"lpi": 100, "dpi": 300}, "lpi", "invalid"),
        ({"easing": "bouncy"}, "easing", "invalid_choice"),
        ({"motion": "keyframes"}, "keyframes", "required"),
        ({"keyframes": KEYFRAMES}, "motion", "invalid"),
        ({"motion": "keyframes", "keyframes": KEYFRAMES[:1]}, "keyframes", "min_length"),
        ({"motion": "keyframes", "keyframes": KEYFRAMES[::-1]}, "keyframes", "invalid"),
        ({"motion": "keyframes", "keyframes": [{"t": 0}, {"x": 0.5}]}, "keyframes.1.t", "required"),
        ({"motion": "keyframes", "keyframes": [{"t": 0}, {"t": 1}]}, "keyframes.1.t", "max_value"),
        (
            {"motion": "keyframes", "keyframes": [{"t": 0, "w": 1}, {"t": 0.5}]},
            "keyframes.0.w",
            "unknown_field",
        ),
        ({"motion": "keyframes", "keyframes": "[]"}, "keyframes", "not_a_list"),
    ],
)
def test_what_is_wrong_is_said_with_its_field(
    program: Program, done: Job, body: dict[str, Any], field: str, code: str
) -> None:
    assert errors(restyle(program, done, **body)) == [(field, code)]
    assert Job.objects.count() == 1


@pytest.mark.parametrize("text", ["[{", "7", '{"t": 0}', "[" * 100_000])
def test_keyframes_that_cannot_be_read_are_refused(program: Program, text: str) -> None:
    ((field, _code),) = errors(program.upload(motion="keyframes", keyframes=text))
    assert field.startswith("keyframes")
