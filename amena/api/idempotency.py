"""`Idempotency-Key`: a POST that is sent twice is done once, and answered the same twice.

The answer is kept in the transaction that makes it true: both are there, or neither. The unique
index on the key is also the lock; a second request with the key waits in its INSERT until the first
one's transaction ends. Refusals are not kept, since they have changed nothing. Nor are secrets: a
view names its `secret_fields`, and `restored` gives a recorded answer its secrets back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.models import IdempotencyRecord
from amena.gone import GoneError
from amena.problems import Problem

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
PATIENCE_SECONDS: Final = 10
_LONGEST_KEY: Final = 255

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """For a view's `post`."""

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        if not (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Problem(
                "invalid", f"{HEADER} must be 1 to {_LONGEST_KEY} printable ASCII characters."
            )
        fingerprint = _fingerprint(request)
        IdempotencyRecord.forget_expired(user=request.user)
        with transaction.atomic():
            if not _take(request, key, fingerprint):
                return _kept(view, request, key, fingerprint)
            response = handler(view, request, *args, **kwargs)
            _keep(view, request, key, response)
        return response

    return once


def _take(request: Request, key: str, fingerprint: str) -> bool:
    """Whether this request is the first with its key. Waits for another one that is at work."""
    sql = (
        f"INSERT INTO {IdempotencyRecord._meta.db_table}"  # noqa: S608  no value in it
        " (user_id, key, fingerprint, status, headers, body, created_at)"
        " VALUES (%s, %s, %s, 0, '{}', '', statement_timestamp()) ON CONFLICT DO NOTHING"
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'")
            cursor.execute(sql, [request.user.pk, key, fingerprint])
            first = cursor.rowcount == 1
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "55P03":  # lock_not_available
            raise
        raise Problem(
            "idempotency_busy", "A request with this key is still at work. Ask again.",
            retry_after=PATIENCE_SECONDS,
        ) from error  # fmt: skip
    return first


def _kept(view: Any, request: Request, key: str, fingerprint: str) -> Response:
    kept = IdempotencyRecord.objects.filter(user=request.user, key=key).first()
    if kept is None:
        raise GoneError("The answer is kept no more, or the account has been deleted.")
    if kept.fingerprint != fingerprint:
        raise Problem(
            "idempotency_mismatch",
            f"This {HEADER} came with another request before. Use a new key for a new request.",
        )
    data = json.loads(kept.body)
    if hasattr(view, "restored"):
        data = view.restored(request, data)
    return Response(data, kept.status, headers=kept.headers | {REPLAYED: "true"})


def _keep(view: Any, request: Request, key: str, response: Response) -> None:
    headers = {name: response[name] for name in ("Location",) if name in response}
    secret = getattr(view, "secret_fields", ())
    told = {name: value for name, value in response.data.items() if name not in secret}
    body = JSONRenderer().render(told).decode()
    IdempotencyRecord.objects.filter(user=request.user, key=key).update(
        status=response.status_code, headers=headers, body=body
    )


def _fingerprint(request: Request) -> str:
    """Of method, address and content. Not of the bytes: a multipart boundary is new each time."""
    hashed = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    data = request.data
    if hasattr(data, "lists"):
        for name, values in sorted(data.lists()):
            for value in values:
                hashed.update(f"{name!r}={_content(value)}\n".encode())
    else:
        hashed.update(json.dumps(data, sort_keys=True).encode())
    return hashed.hexdigest()


def _content(value: Any) -> str:
    if not isinstance(value, UploadedFile):
        return repr(value)
    hashed = hashlib.sha256()
    for chunk in value.chunks():
        hashed.update(chunk)
    value.seek(0)
    return f"{value.name!r} {hashed.hexdigest()}"
