"""What it looks like when that which a request is about is deleted, maybe at this very moment."""

from __future__ import annotations

from typing import Final

from django.db import IntegrityError

#: PostgreSQL's name for a row that refers to one that is not there.
_FOREIGN_KEY_VIOLATION: Final = "23503"


class GoneError(LookupError):
    """A photo, a result or an account was deleted, has expired or was never made."""


def is_gone(error: BaseException) -> bool:
    """Whether there is nothing (any more) to do a thing with: a service says so, or the database,
    which finds at the end of a transaction that what a new row refers to has been deleted.
    """
    if isinstance(error, IntegrityError):
        return getattr(error.__cause__, "sqlstate", "") == _FOREIGN_KEY_VIOLATION
    return isinstance(error, GoneError)
