"""What a page says of webhooks: their events, and why the last message did not arrive.

The log keeps one English line, which the API shows to programs' makers; pages have their own.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from amena import outbound
from amena.webhooks.models import Delivery, Event

#: Event → what has happened to the photo.
EVENT_TITLES: Final[dict[str, str | Promise]] = {
    Event.SUCCEEDED: _("ready"),
    Event.FAILED: _("failed"),
    Event.CANCELLED: _("stopped"),
}

#: How a line of the log ends → the same in words.
_REASONS: Final[dict[str, str | Promise]] = {
    outbound.LATE: _("no answer in time"),
    outbound.TLS: _("no secure connection"),
    outbound.CLOSED: _("the connection was refused"),
    outbound.NO_HTTP: _("the answer was not HTTP"),
    "is not known.": _("the host was not found"),
    "is not on the public internet.": _("the host is not on the public internet"),
}


def reason(delivery: Delivery) -> str:
    """Why a message did not arrive: the other side's status, else words."""
    if delivery.status:
        return str(delivery.status)
    known = (text for end, text in _REASONS.items() if delivery.error.endswith(end))
    return str(next(known, _("the connection failed")))
