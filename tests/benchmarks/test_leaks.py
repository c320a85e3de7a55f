"""What the benchmark of leaks calls grown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.load.leaks import Look, grown, row

FIRST = Look(50, 600 << 20, 48 << 20, files=15, threads=5, temporary=2, database=10)


def test_what_stays_is_flat() -> None:
    later = replace(FIRST, done=300, memory=650 << 20, reader=60 << 20, files=14, database=9)
    assert grown([FIRST, later]) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("memory", 700 << 20),
        ("reader", 70 << 20),
        ("files", 16),
        ("threads", 6),
        ("temporary", 3),
        ("database", 11),
    ],
)
def test_what_grows_is_named(name: str, value: int) -> None:
    assert grown([FIRST, FIRST, replace(FIRST, **{name: value})]) == [name]


def test_connections_of_clients_come_and_go() -> None:
    assert grown([FIRST, replace(FIRST, files=19)], connections=4) == []
    assert grown([FIRST, replace(FIRST, files=20)], connections=4) == ["files"]
    assert grown([FIRST, replace(FIRST, threads=6)], connections=4) == ["threads"]


def test_a_row_is_in_mebibytes() -> None:
    assert row(FIRST) == "| 50 | 600 | 48 | 15 | 5 | 2 | 10 |"
