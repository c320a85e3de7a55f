"""The description agrees with the code, and the page that shows it needs nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from amena.problems import KINDS

DOCS = Path(__file__).parent.parent.parent / "docs"


def described(text: str | bytes = (DOCS / "openapi.yaml").read_bytes()) -> Any:
    """The description as values, read by PyYAML's parser in C: the other takes a second."""
    return yaml.load(text, yaml.CSafeLoader)


def test_the_description_in_the_repository_is_current_and_valid() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    validate_schema(schema)
    written = OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
    assert (DOCS / "openapi.yaml").read_text() == written, "It is stale: run `make openapi`."


def test_the_server_gives_the_same_description(db: None) -> None:
    response = Client().get("/api/v1/openapi.yaml")
    assert response.status_code == 200
    assert described(response.content) == described()


def test_every_problem_is_in_the_documentation() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (\d+) \|", (DOCS / "api.md").read_text(), re.MULTILINE)
    assert dict(listed) == {code: str(kind.status) for code, kind in KINDS.items()}
