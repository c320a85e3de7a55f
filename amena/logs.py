"""Structured logs: one JSON object a line, with the job it belongs to. No personal data."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

#: Addresses of people, and PostgreSQL's DETAIL, which quotes the values of rows.
_PERSONAL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<=DETAIL:)[^\n]*")

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
            "message": _PERSONAL.sub("…", record.getMessage()),
        }
        if job := getattr(record, "job", None):
            line["job"] = str(job)
        if record.exc_info:
            line["traceback"] = _PERSONAL.sub("…", self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)
