"""For receivers: is this request really the service's, and what does it say?

    from amena.client.webhooks import SignatureError, verify

    event = verify(request.body, request.headers, "whsec_…")
    if event.type == "job.succeeded":
        …

It follows the Standard Webhooks convention, so that other libraries for it do as well. It needs
nothing but Python.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

_PREFIX: Final = "whsec_"


class SignatureError(Exception):
    """The request is not the service's, or is an old one sent again."""


@dataclass(frozen=True)
class Event:
    """What has happened.

    Attributes:
        id: the same whenever the same event is sent; take each one once.
        type: `job.succeeded`, `job.failed`, `job.cancelled` or `ping`.
        timestamp: when it happened.
        data: for jobs: `job`, `photo`, `kind`, `source`, `state`, `failure` and `url`.
    """

    id: str
    type: str
    timestamp: datetime
    data: dict[str, Any]


def verify(body: bytes, headers: Mapping[str, str], secret: str, tolerance: float = 300) -> Event:
    """The event in a request whose signature is right.

    Args:
        body: exactly as it came.
        headers: the request's; names in any case.
        secret: as the service gave it, with `whsec_`.
        tolerance: seconds by which the request may be old, or our clock wrong.

    Raises:
        SignatureError: a header is missing, the signature is another's, or the time is not now.
        ValueError: the secret is none.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        event_id, sent = lower["webhook-id"], lower["webhook-timestamp"]
        signatures = lower["webhook-signature"].split()
        age = abs(time.time() - int(sent))
    except (KeyError, ValueError) as error:
        raise SignatureError("A webhook header is missing or damaged.") from error
    if age > tolerance:
        raise SignatureError("The request is too old, or a clock is wrong.")
    signed = f"{event_id}.{sent}.".encode() + body
    expected = (
        "v1," + base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()
    )
    if not any(hmac.compare_digest(expected.encode(), each.encode()) for each in signatures):
        raise SignatureError("The signature is not the service's.")
    told = json.loads(body)
    return Event(event_id, told["type"], datetime.fromisoformat(told["timestamp"]), told["data"])


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("The secret begins with whsec_ and goes on in Base64.") from error
