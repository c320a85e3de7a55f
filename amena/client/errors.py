"""What can go wrong. The message of each is one line for a person."""

from __future__ import annotations


class AmenaError(Exception):
    """Something that was asked for did not happen."""


class NoAnswerError(AmenaError):
    """The service cannot be reached, or what answers is not Amena."""


class RefusedError(AmenaError):
    """The service said no.

    Attributes:
        code: the problem's type without its prefix, for instance `quota_daily_jobs`.
        status: the HTTP status.
        retry_after: seconds until it is worth trying again; None: it will not help.
    """

    def __init__(
        self, message: str, code: str, status: int, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.code, self.status, self.retry_after = code, status, retry_after


class JobFailedError(AmenaError):
    """A job has ended without a result.

    Attributes:
        code: why: the failure's code, or the state it ended in.
    """

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
