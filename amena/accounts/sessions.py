"""Sessions in the database, each with its person, so that all of one person's can be ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from amena.accounts.devices import device
from amena.accounts.models import Session, User

_SIGNED_IN: Final = "signed_in_at"
_DEVICE: Final = "device"


class SessionStore(DatabaseStore):
    """Django's own store, with two columns more. It is `settings.SESSION_ENGINE`."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The model whose rows are the sessions; Django asks for it."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of this session, with whose it is and since when."""
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        if started := data.get(_SIGNED_IN):
            row.signed_in_at = datetime.fromisoformat(started)
        return row


@receiver(user_logged_in)
def note_sign_in(sender: Any, request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """Notes when and with what, and lets the sessions of staff end with their working day."""
    request.session[_SIGNED_IN] = timezone.now().isoformat()
    request.session[_DEVICE] = device(request.META.get("HTTP_USER_AGENT", ""))
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_SESSION_SECONDS)


@dataclass(frozen=True)
class SignIn:
    """One browser that a person is signed in with.

    Attributes:
        name: by which it can be ended; its key, which opens the account, stands on no page.
        device: browser and system; empty: not known.
        here: it is the one that asks.
    """

    name: str
    device: str
    signed_in_at: datetime | None
    here: bool


def sign_ins(user: User, here: str | None) -> list[SignIn]:
    """Where the person is signed in, the latest first; `here` is the key of who asks."""
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    return [
        SignIn(
            _name(row.session_key),
            str(row.get_decoded().get(_DEVICE, "")),
            row.signed_in_at,
            row.session_key == here,
        )
        for row in rows.order_by("-signed_in_at")
    ]


def end(user: User, name: str, *, but: str | None) -> bool:
    """Signs the person out in one browser other than `but`; False where there is no such one."""
    keys = Session.objects.filter(user=user).exclude(session_key=but).values_list("pk", flat=True)
    found = [key for key in keys if constant_time_compare(_name(key), name)]
    return bool(Session.objects.filter(user=user, pk__in=found).delete()[0])


def _name(key: str) -> str:
    return salted_hmac("amena.accounts.sessions", key, algorithm="sha256").hexdigest()[:32]


def end_all(user: User, *, but: str | None = None) -> int:
    """Signs the person out everywhere, except in the session with the key `but`; how many ended."""
    return Session.objects.filter(user=user).exclude(session_key=but).delete()[0]
