"""Structured logs: one JSON object a line, with the job it belongs to. No personal data."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

#: Addresses of people, and PostgreSQL's DETAIL, which quotes the values of rows. The parts of an
#: address have RFC 5321's lengths: without a bound a long word is read again from each letter.
_PERSONAL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}|(?<=DETAIL:)[^\n]*")
#: Characters of a message and of a traceback that are written; strangers choose some of them.
_LONGEST_MESSAGE: Final = 2_000
_LONGEST_TRACEBACK: Final = 20_000

_current_job: ContextVar[str | None] = ContextVar("current_job", default=None)


@contextmanager
def job_context(job_id: UUID | str) -> Iterator[None]:
    """Marks every log line written inside with the job's public id."""
    token = _current_job.set(str(job_id))
    try:
        yield
    finally:
        _current_job.reset(token)


class JobFilter(logging.Filter):
    """Adds the current job's id to a record that does not carry one already."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a record."""
        if not hasattr(record, "job"):
            record.job = _current_job.get()
        return True


class JsonFormatter(logging.Formatter):
    """Writes time, level, logger, message, job and, for errors, the traceback.

    Our own lines name people by nothing but ids; what libraries and the database say of them in
    their errors is left out here.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line of JSON."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _told(record.getMessage(), _LONGEST_MESSAGE),
        }
        if job := getattr(record, "job", None):
            line["job"] = str(job)
        if record.exc_info:
            text = self.formatException(record.exc_info)
            line["traceback"] = _told(text, _LONGEST_TRACEBACK)
        return json.dumps(line, ensure_ascii=False)


def _told(text: str, most: int) -> str:
    """The text without what is personal, its middle left out where it is too long."""
    if len(text) > most:
        text = f"{text[: most // 2]} […] {text[-most // 2 :]}"
    return _PERSONAL.sub("…", text)


def configuration(level: str) -> dict[str, Any]:
    """The setting `LOGGING`: all loggers write to stderr, from `level` on."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"job": {"()": JobFilter}},
        "formatters": {"json": {"()": JsonFormatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "filters": ["job"],
                "formatter": "json",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Botocore and friends write request details, credentials' ids among them, at INFO.
            name: {"level": "WARNING"}
            for name in ("botocore", "boto3", "urllib3", "s3transfer", "kombu", "amqp")
        }
        # Django's own handlers would write each line a second time.
        | {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")},
    }
