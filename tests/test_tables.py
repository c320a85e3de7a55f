"""The tables of attacks and faults in the documents are what the tests say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import tables


@pytest.mark.slow
def test_the_documents_have_what_the_tests_say(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By what this run has collected if that is all, or else by a process that collects it: tests
    that a run leaves out are counted too.
    """
    if tables.are_all(request.session):
        monkeypatch.setattr(sys, "argv", ["tables", "--check"])
        assert (tables.main(request.session), capsys.readouterr().out) == (0, "")
        return
    command = [sys.executable, "-m", "tests.tables", "--check"]
    done = subprocess.run(command, cwd=tables.ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def item(*marks: pytest.Mark, fixtures: tuple[str, ...] = ()) -> Any:
    """A test as the collection has it."""

    def test_something() -> None:
        pass

    return SimpleNamespace(
        path=tables.ROOT / "tests" / "test_x.py",
        originalname="test_something",
        function=test_something,
        fixturenames=fixtures,
        nodeid="tests/test_x.py::test_something",
        iter_markers=lambda name: (mark for mark in marks if mark.name == name),
    )


def test_tests_of_the_same_words_share_a_row() -> None:
    mark = pytest.mark.attack("a stone", "the window").mark
    many = pytest.mark.attack("a stone", "the window", rounds=40).mark
    collector = tables.Collector()
    collector.pytest_collection_modifyitems([item(mark), item(many, fixtures=("rounds",))])
    (row,) = collector.rows["attack"].values()
    assert (row.held, row.cases, row.tests) == ("the window", 41, {"test_x.py": ["test_something"]})
    assert collector.rows["fault"] == {}


def test_what_contradicts_itself_is_refused() -> None:
    one, other = (pytest.mark.fault("rain", word).mark for word in ("roof", "umbrella"))
    with pytest.raises(pytest.UsageError, match="two ways"):
        tables.Collector().pytest_collection_modifyitems([item(one), item(other)])
    unread = pytest.mark.fault("rain", "roof", rounds=40).mark
    with pytest.raises(pytest.UsageError, match="not compared"):
        tables.Collector().pytest_collection_modifyitems([item(unread)])


def test_a_table_that_is_old_is_found_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{tables.BEGIN}\n| old |\n{tables.END}\nAfter.\n")
    row = tables.Row("roof", {"test_x.py": ["test_rain"]}, 2)
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    monkeypatch.setattr(tables, "TABLES", {"fault": (page, "fault", "what happens")})
    monkeypatch.setattr(tables, "collected", lambda _session: {"fault": {"rain": row}})
    monkeypatch.setattr(sys, "argv", ["tables", "--check"])
    assert tables.main() == 1
    assert "page.md" in capsys.readouterr().out
    assert "old" in page.read_text()
    monkeypatch.setattr(sys, "argv", ["tables"])
    assert tables.main() == 0
    text = page.read_text()
    assert "| rain | roof | 2 | `test_x.py` `test_rain` |" in text
    assert text.startswith("Before.\n")
    assert text.endswith("\nAfter.\n")
    monkeypatch.setattr(sys, "argv", ["tables", "--check"])
    assert tables.main() == 0
