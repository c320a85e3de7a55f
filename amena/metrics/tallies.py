"""Counting in the database, so that any web process can answer for all workers, past ones too.

A count is taken when the change that it counts has been committed, and never holds that up: where
it fails, the number is one short and the log says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.db import connection, transaction

from amena.metrics.models import Tally

#: Upper bounds of the histograms' buckets, seconds.
BUCKETS: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, math.inf)


class _Entry(NamedTuple):
    name: str
    labels: str
    bucket: float
    count: int
    total: float


def count(name: str, amount: int = 1, **labels: str) -> None:
    """Adds to a counter once the transaction at hand is committed, or now where there is none."""
    if amount:
        _add([_Entry(name, _canonical(labels), 0.0, amount, 0.0)])


def observe(name: str, label: str, seconds: Mapping[str, float]) -> None:
    """Adds one observation to a histogram for each value of `label`, as `count` does."""
    _add(
        _Entry(name, _canonical({label: value}), _bucket(taken), 1, taken)
        for value, taken in seconds.items()
    )


def _add(entries: Iterable[_Entry]) -> None:
    # In one order everywhere, or two writers could wait for each other.
    ordered = sorted(entries)
    if ordered:
        transaction.on_commit(lambda: _write(ordered), robust=True)


def _write(entries: list[_Entry]) -> None:
    table = connection.ops.quote_name(Tally._meta.db_table)
    rows = ", ".join(["(%s, %s::jsonb, %s, %s, %s)"] * len(entries))
    with connection.cursor() as cursor:
        cursor.execute(
            # The table's name is the only thing put in as text.
            f"INSERT INTO {table} (name, labels, bucket, count, total) VALUES {rows}"  # noqa: S608
            " ON CONFLICT (name, labels, bucket) DO UPDATE SET"
            f" count = {table}.count + EXCLUDED.count, total = {table}.total + EXCLUDED.total",
            [value for entry in entries for value in entry],
        )


def _canonical(labels: Mapping[str, str]) -> str:
    return json.dumps(labels, sort_keys=True)


def _bucket(seconds: float) -> float:
    return next(bound for bound in BUCKETS if seconds <= bound)
