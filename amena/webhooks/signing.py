"""How a receiver knows that an event is ours: HMAC-SHA256 by the Standard Webhooks convention.

    webhook-id         the event's id, the same at every attempt
    webhook-timestamp  seconds since 1970 of this attempt; refuse what is older than some minutes
    webhook-signature  one `v1,<Base64>` for each valid secret, of `id.timestamp.body`

Secrets are not stored. Each is derived from the endpoint's salt with the service's own key, so the
database alone gives none away; another `SECRET_KEY` makes new ones for all.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from amena.webhooks.models import Endpoint

PREFIX: Final = "whsec_"
#: How long the secret before the present one signs too, so that receivers can change over.
OVERLAP: Final = timedelta(days=1)


def secret(salt: str) -> str:
    """The secret as receivers keep it."""
    key = settings.SECRET_KEY.encode()
    derived = hmac.new(key, f"amena.webhooks:{salt}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.b64encode(derived).decode()


def headers(endpoint: Endpoint, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove an event to its receiver."""
    signed = f"{event_id}.{timestamp}.".encode() + body
    signatures = [_signature(secret(salt), signed) for salt in _valid_salts(endpoint)]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _valid_salts(endpoint: Endpoint) -> list[str]:
    rotated = endpoint.rotated_at
    overlap = rotated is not None and timezone.now() - rotated < OVERLAP
    return [endpoint.salt, endpoint.previous_salt] if overlap else [endpoint.salt]


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
