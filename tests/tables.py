"""The tables of what was tried and what held, written from the tests: `python -m tests.tables`.

A test that carries `@pytest.mark.attack(tried, held)` is in the table of docs/security.md, one with
`@pytest.mark.fault(happens, held)` in that of docs/reliability.md. Tests of the same words share a
row. Tests are collected and not run: a row counts the cases that pytest sees, and for a test that
goes through several rounds by itself those of `rounds=`, fewer than which the test does not accept.
With `--check` nothing is written; it ends with 1 where a table is not what the tests say.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parent.parent
#: Of each mark: the document, and the heads of the table's first two columns.
TABLES: Final = {
    "attack": (ROOT / "docs" / "security.md", "tried", "what held"),
    "fault": (ROOT / "docs" / "reliability.md", "fault", "what happens"),
}
BEGIN, END = "<!-- From the tests, by `make tables`. -->", "<!-- So far. -->"
_MARKED: Final = re.compile(rf"\bmark\.(?:{'|'.join(TABLES)})\(")


@dataclass
class Row:
    """One line of a table.

    Attributes:
        held: what stood, or what the service does.
        tests: the names of its tests, by their modules.
        cases: how often it is tried when all tests run.
        place: module and line of its first test.
    """

    held: str
    tests: dict[str, list[str]] = field(default_factory=dict)
    cases: int = 0
    place: tuple[str, int] = ("~", 0)

    def add(self, item: pytest.Function, rounds: int) -> None:
        """One more case."""
        module = item.path.relative_to(ROOT / "tests").as_posix()
        self.place = min(self.place, (module, item.function.__code__.co_firstlineno))
        names = self.tests.setdefault(module, [])
        if item.originalname not in names:
            names.append(item.originalname)
        self.cases += rounds

    def named(self) -> str:
        """Its tests, for people who look for them."""
        return "; ".join(
            f"`{module}` {', '.join(f'`{name}`' for name in names)}"
            for module, names in sorted(self.tests.items())
        )


class Collector:
    """A plugin of pytest that keeps the rows of both tables."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in TABLES}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        """Reads the marks."""
        for item in items:
            for name, rows in self.rows.items():
                for mark in item.iter_markers(name):
                    tried, held = mark.args
                    row = rows.setdefault(tried, Row(held))
                    if row.held != held:
                        raise pytest.UsageError(f"“{tried}” holds in two ways: {item.nodeid}")
                    if ("rounds" in mark.kwargs) != ("rounds" in item.fixturenames):
                        raise pytest.UsageError(f"Its rounds are not compared: {item.nodeid}")
                    row.add(item, mark.kwargs.get("rounds", 1))

    def in_order(self) -> dict[str, dict[str, Row]]:
        """The rows of each mark by what was tried, in the order of their tests."""
        return {
            name: dict(sorted(rows.items(), key=lambda each: each[1].place))
            for name, rows in self.rows.items()
        }


def marked() -> list[Path]:
    """The modules whose tests are in a table."""
    modules = sorted((ROOT / "tests").rglob("test_*.py"))
    return [each for each in modules if _MARKED.search(each.read_text("utf-8"))]


def are_all(session: pytest.Session) -> bool:
    """Whether a run has each test of those modules."""
    options = session.config.option
    asked = ("keyword", "markexpr", "deselect", "lf")
    chosen = any(getattr(options, each, None) for each in asked)
    parts = any("::" in each for each in session.config.args)
    return not (chosen or parts) and {each.path for each in session.items} >= {*marked()}


def collected(session: pytest.Session | None = None) -> dict[str, dict[str, Row]]:
    """The rows by mark and by what was tried, in the order in which their tests are written.

    Of the tests that a run has collected, or of all, collected now.

    Raises:
        RuntimeError: the tests cannot be collected.
    """
    collector, said = Collector(), io.StringIO()
    if session:
        collector.pytest_collection_modifyitems(session.items)
        return collector.in_order()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        options = ["--collect-only", "-qq", "-n0", "-p", "no:cacheprovider", f"--rootdir={ROOT}"]
        status = pytest.main([*options, *map(str, marked())], [collector])
    if status:
        raise RuntimeError(said.getvalue())
    return collector.in_order()


def table(name: str, rows: dict[str, Row]) -> str:
    """The Markdown of one, between its two marks."""
    _, tried, held = TABLES[name]
    lines = [f"| {tried} | {held} | cases | tests |", "|---|---|---:|---|"]
    lines += [
        f"| {words} | {row.held} | {row.cases:,} | {row.named()} |" for words, row in rows.items()
    ]
    total = sum(row.cases for row in rows.values())
    lines += ["", f"{len(rows)} rows, {total:,} cases."]
    return "\n".join([BEGIN, "", *lines, "", END])


def main(session: pytest.Session | None = None) -> int:
    """1 where something was to be checked and is not as it should be."""
    stale = False
    for name, rows in collected(session).items():
        document = TABLES[name][0]
        text = document.read_text("utf-8")
        before, begin, rest = text.partition(BEGIN)
        _, end, after = rest.partition(END)
        if not begin or not end:
            raise RuntimeError(f"{document} has no place for the table.")
        new = f"{before}{table(name, rows)}{after}"
        if new != text and "--check" in sys.argv:
            sys.stdout.write(
                f"{document.relative_to(ROOT)} is not what the tests say: make tables\n"
            )
            stale = True
        elif new != text:
            document.write_text(new, "utf-8")
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())
