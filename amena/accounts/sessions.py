"""Sessions in the database, each with its person, so that all of one person's can be ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY, user_logged_in
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from amena.accounts.models import Session, User

_SIGNED_IN: Final = "signed_in_at"


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
    """Notes when, and lets the sessions of staff end with their working day."""
    request.session[_SIGNED_IN] = timezone.now().isoformat()
    if user.is_staff:
        request.session.set_expiry(settings.STAFF_SESSION_SECONDS)


def end_all(user: User, *, but: str | None = None) -> int:
    """Signs the person out everywhere, except in the session with the key `but`; how many ended."""
    return Session.objects.filter(user=user).exclude(session_key=but).delete()[0]
