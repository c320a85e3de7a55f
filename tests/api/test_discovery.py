"""What may be asked for is listed, and what is listed is what is checked."""

from __future__ import annotations

import math
from typing import Any

import pytest

from amena.api.serializers.options import OptionsSerializer
from amena.engine.catalogue import OUTPUTS
from amena.engine.errors import OptionsError
from amena.engine.photo.kinds import KINDS
from amena.jobs.engine_options import parse_options
from tests.fixtures.programs import Program

pytestmark = pytest.mark.django_db

KEYFRAMES = [{"t": 0, "x": -0.5}, {"t": 0.5, "x": 0.5, "zoom": 1.2}]


def listed(program: Program) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in program.get("/api/v1/options").json()["results"]}


def test_motions_and_formats_can_be_looked_up(program: Program) -> None:
    motions = program.get("/api/v1/motions").json()["results"]
    assert {"name": "dolly-zoom", "title": "Dolly zoom"} in motions
    formats = program.get("/api/v1/formats").json()
    assert formats["max_bytes"] == 60 * 1024 * 1024
    outputs = {each["kind"]: each for each in formats["outputs"]}
    assert (outputs["video"]["content_type"], outputs["video"]["output"]) == ("video/mp4", None)
    assert outputs["gif"] == {
        "kind": "gif",
        "content_type": "image/gif",
        "extension": ".gif",
        "output": "gif",
        "group": "Share",
        "title": "GIF",
        "opens": "For emails and chats that do not accept video",
        "megabytes": outputs["gif"]["megabytes"],
        "seconds": outputs["gif"]["seconds"],
        "wide_gamut": False,
        "options": ["loop_limit"],
    }
    assert outputs["hevc"]["wide_gamut"]
    of_files = {name for each in outputs.values() for name in each["options"]}
    assert of_files <= {each["name"] for each in program.get("/api/v1/options").json()["results"]}
    assert all(each["opens"] for each in outputs.values() if each["group"])
    assert {each["output"] for each in formats["outputs"]} == {None, *OUTPUTS}
    assert {each["format"] for each in formats["inputs"]} == set(KINDS)


def test_every_option_is_listed_with_its_range(program: Program) -> None:
    found = listed(program)
    assert set(found) == set(OptionsSerializer().fields)
    assert (found["fps"]["minimum"], found["fps"]["maximum"], found["fps"]["default"]) == (
        24, 60, 30,
    )  # fmt: skip
    assert found["size"]["orders"] == ["create", "restyle"]
    assert found["focus"]["default"] is None
    assert found["outputs"]["choices"] == list(OUTPUTS)
    assert all(each["description"] for each in found.values())
    keyframe = program.get("/api/v1/options").json()["keyframe"]
    assert {each["name"] for each in keyframe} == {"t", "x", "y", "z", "zoom"}


def test_the_ranges_are_the_engine_s(program: Program) -> None:
    for name, option in listed(program).items():
        for value in option["choices"]:
            given: dict[str, Any] = {name: [value] if option["type"] == "choices" else value}
            if value == "keyframes":
                given["keyframes"] = KEYFRAMES
            parse_options(given)
        if option["minimum"] is None:
            continue
        low, high = option["minimum"], option["maximum"]
        whole = option["type"] == "integer"
        for value in (low, high):
            parse_options({name: int(value) if whole else value})
        beyond = (low - 1, high + 1) if whole else (
            math.nextafter(low, -math.inf), math.nextafter(high, math.inf),
        )  # fmt: skip
        for value in beyond:
            with pytest.raises(OptionsError):
                parse_options({name: value})
