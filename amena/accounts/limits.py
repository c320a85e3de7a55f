"""How often one address, person or token may do something. Exact across processes and machines.

Each limit is a bucket that holds `burst` and refills evenly within `seconds`. A bucket is one row
with one time, when it will be full again (the generic cell rate algorithm), so that counting is one
statement, by the database's clock, and no boundary between two windows lets twice as much through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from amena.accounts.models import RateLimitBucket
from amena.addresses import network_of

View = TypeVar("View", bound=Callable[..., Any])

_TAKE: Final = f"""
    INSERT INTO {RateLimitBucket._meta.db_table} AS kept (identity, free_at)
    VALUES (%(identity)s, statement_timestamp() + %(step)s * interval '1 second')
    ON CONFLICT (identity) DO UPDATE SET
        free_at = greatest(kept.free_at, statement_timestamp()) + %(step)s * interval '1 second'
    WHERE kept.free_at <= statement_timestamp() + %(room)s * interval '1 second'
    RETURNING free_at
"""  # noqa: S608  no value in it
_WAIT: Final = f"""
    SELECT extract(epoch FROM free_at - statement_timestamp()) - %(room)s
    FROM {RateLimitBucket._meta.db_table} WHERE identity = %(identity)s
"""  # noqa: S608  no value in it


@dataclass(frozen=True)
class Rate:
    """`burst` times within `seconds`, all at once or evenly."""

    burst: int
    seconds: int


class LimitReachedError(Exception):
    """Too often. `retry_after`: seconds until the next time is allowed."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("A limit is reached.")
        self.retry_after = retry_after


class ClosedError(LimitReachedError):
    """Never: the operator has set the limit to none. It is worth asking again much later."""

    def __init__(self) -> None:
        super().__init__(retry_after=3600)


def take(name: str, who: str, rate: Rate) -> None:
    """Counts one time.

    Args:
        name: of the limit.
        who: whose attempt it is: an address, a person's key, a token's.
        rate: how often that may be.

    Raises:
        LimitReachedError: too often; this time is not counted.
        ClosedError: the rate is 0.
    """
    if rate.burst == 0:
        raise ClosedError
    step = rate.seconds / rate.burst
    key = salted_hmac("amena.limits", f"{name}:{who}", algorithm="sha256").hexdigest()
    # Rounded down by a microsecond, the database's own grain, so that the last one still fits in.
    values = {"identity": key, "step": step, "room": rate.seconds - step + 1e-6}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        if cursor.fetchone() is None:
            cursor.execute(_WAIT, values)
            row = cursor.fetchone()
            raise LimitReachedError(max(0.0, float(row[0])) if row else 0.0)


def limited(name: str) -> Callable[[View], View]:
    """Marks a view: posting to it counts against this one of `settings.LIMITS`.

    `amena.site.middleware.LimitsMiddleware` counts, before the request's body is read.
    """

    def mark(view: View) -> View:
        view.limit = name
        return view

    return mark


def check(request: HttpRequest, name: str) -> None:
    """Counts one time for the request's address and, where they are known, for its person.

    Raises:
        LimitReachedError: one of both has done it too often.
    """
    limit = settings.LIMITS[name]
    take(name, f"address:{network(request)}", Rate(*limit["address"]))
    if "person" in limit and request.user.is_authenticated:
        take(name, f"user:{request.user.pk}", Rate(*limit["person"]))


def check_password_try(request: HttpRequest, account: str) -> None:
    """Counts one password for the request's address and for the account that it is tried on.

    Raises:
        LimitReachedError: one of both has been tried too often.
    """
    limit = settings.LIMITS["admin_sign_in"]
    take("admin_sign_in", f"address:{network(request)}", Rate(*limit["address"]))
    take("admin_sign_in", f"account:{account.strip().casefold()}", Rate(*limit["person"]))


def network(request: HttpRequest) -> str:
    """Where the request comes from, see `network_of`."""
    return network_of(
        request.headers.get("X-Forwarded-For", ""),
        request.META.get("REMOTE_ADDR", ""),
        settings.TRUSTED_PROXIES,
    )


def forget_full() -> int:
    """Removes the rows of buckets that are full again; how many."""
    return RateLimitBucket.objects.filter(free_at__lt=Now()).delete()[0]
