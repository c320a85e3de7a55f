"""README.ja.md keeps step with README.md: the same parts in the same order, the same commands."""

from __future__ import annotations

import re

from tests.conftest import ROOT
from tests.test_words import glossary

ENGLISH, JAPANESE = ((ROOT / name).read_text() for name in ("README.md", "README.ja.md"))
BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def headings(text: str) -> list[int]:
    """Their levels."""
    return [len(marks) for marks in re.findall(r"^(#+) ", BLOCK.sub("", text), re.MULTILINE)]


def rows(text: str) -> list[str]:
    """What stands first in each row of a table."""
    return re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)


def code(text: str) -> set[str]:
    """What stands in `code`, but for what README.md alone says of each variable."""
    lines = [line for line in BLOCK.sub("", text).splitlines() if not line.startswith("|")]
    return set(re.findall(r"`([^`]+)`", "\n".join(lines)))


def links(text: str) -> set[str]:
    return set(re.findall(r"\]\((?!README)([^)#]+)", text))


def test_parts_are_the_same() -> None:
    assert headings(JAPANESE) == headings(ENGLISH)


def test_commands_are_the_same() -> None:
    assert BLOCK.findall(JAPANESE) == BLOCK.findall(ENGLISH)
    assert code(JAPANESE) == code(ENGLISH)


def test_it_names_no_variable_or_folder_that_is_gone() -> None:
    assert set(rows(JAPANESE)) <= set(rows(ENGLISH))
    folders = [row for row in rows(ENGLISH) if row.startswith(("`amena/", "`templates", "`docs/"))]
    assert set(folders) <= set(rows(JAPANESE))


def test_links_lead_where_those_of_the_english_one_do() -> None:
    assert links(JAPANESE) <= links(ENGLISH)


def test_it_has_no_forbidden_word() -> None:
    lines = [line for line in BLOCK.sub("", JAPANESE).splitlines() if not line.startswith("|")]
    prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)|`[^`]*`", r"\1", "\n".join(lines))
    assert not [word for word in glossary() if word in prose]
