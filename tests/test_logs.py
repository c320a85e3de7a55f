"""Log lines are JSON, carry the job they belong to, and no more than they should."""

from __future__ import annotations

import json
import logging
import sys
import time

import pytest

from amena.logs import JobFilter, JsonFormatter, job_context


def line(message: str, **fields: object) -> dict[str, object]:
    """A record as it would be written."""
    record = logging.LogRecord("amena", logging.INFO, __file__, 1, message, (), None)
    for name, value in fields.items():
        setattr(record, name, value)
    assert JobFilter().filter(record)
    written = JsonFormatter().format(record)
    assert "\n" not in written
    parsed: dict[str, object] = json.loads(written)
    return parsed


def test_a_line_inside_a_job_carries_its_id() -> None:
    with job_context("some-id"):
        assert line("inside")["job"] == "some-id"
        assert line("of another", job="other-id")["job"] == "other-id"
    assert "job" not in line("outside")


@pytest.mark.attack("lines of one's own in the log", "a line stays one line")
def test_what_users_send_cannot_break_a_line() -> None:
    assert line('a\nb "c" é')["message"] == 'a\nb "c" é'


def test_addresses_and_values_of_rows_stay_out() -> None:
    detail = "duplicate key\nDETAIL:  Key (email, name)=(ada@example.com, Ada) already exists.\nend"
    try:
        raise ValueError(detail)
    except ValueError:
        written = str(line("for ada.l+x@mail.example.com", exc_info=sys.exc_info()))
    assert "example.com" not in written
    assert "Ada" not in written
    assert "duplicate key" in written
    assert "end" in written


@pytest.mark.attack(
    "a word of 100,000 letters where it is logged", "2,000 characters a line, in linear time"
)
def test_a_long_word_of_a_stranger_costs_no_time_and_no_room() -> None:
    """An Origin of 8 kB took half a second, and stood in the log whole."""
    begun = time.process_time()
    assert len(str(line("Origin " + "a" * 100_000)["message"])) < 2_100
    assert len(str(line("a." * 4_000 + "@" + "b" * 4_000)["message"])) < 2_100
    assert time.process_time() - begun < 0.2


def test_an_error_brings_its_traceback_on_the_same_line() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert "ZeroDivisionError" in str(line("broken", exc_info=sys.exc_info())["traceback"])
