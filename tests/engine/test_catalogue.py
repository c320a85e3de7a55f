"""The one table of outputs is whole, and what stands on it agrees."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from amena.engine import cli
from amena.engine.catalogue import CATALOGUE, GROUPS, OUTPUTS, WIDE_GAMUT
from amena.jobs.models import Artifact


def test_every_file_has_a_name_and_a_kind_of_its_own_that_the_service_can_store() -> None:
    files = [file for output in CATALOGUE for file in output.files]
    for names in ([file.name for file in files], [file.kind for file in files]):
        assert max(Counter(names).values()) == 1
    for file in files:
        assert len(file.kind) <= Artifact._meta.get_field("kind").max_length
        assert len(file.content_type) <= Artifact._meta.get_field("content_type").max_length


def test_every_output_says_what_it_is_for_and_what_it_costs() -> None:
    for output in CATALOGUE:
        if output.group:
            assert output.group in GROUPS and output.title and output.opens
        assert output.megabytes > 0
        assert output.always or output.seconds > 0


def test_the_command_line_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list-outputs"]) == 0
    told = capsys.readouterr().out
    for name in OUTPUTS:
        assert f"\n  {name} " in told
    for title in GROUPS.values():
        assert title in told
    assert told.count("Display P3") == len(WIDE_GAMUT)


def test_the_documents_name_every_output() -> None:
    text = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text()
    assert [name for name in OUTPUTS if f"`{name}`" not in text] == []
