"""What services raise where there is nothing (any more) to do a thing with."""

from __future__ import annotations


class GoneError(LookupError):
    """A photo, a result or an account was deleted, has expired or was never made."""
