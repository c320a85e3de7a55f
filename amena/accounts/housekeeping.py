"""What sign-ins leave behind, and nobody would miss; and what other packages forget in time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from django.utils import timezone
from social_django.models import Association, Nonce

from amena.accounts import limits
from amena.accounts.sessions import SessionStore

#: Sign-ins begun and never finished. Google's answer is good for half an hour at most.
_UNFINISHED: Final = timedelta(hours=1)


#: What else has run out, by the packages above, which this one does not know.
others: Final[list[Callable[[], object]]] = []


def tidy() -> None:
    """Removes sessions, sign-ins, counts of limits and what else has run out."""
    for forget in others:
        forget()
    limits.forget_full()
    SessionStore.clear_expired()
    Association.cleanup_expired()
    long_ago = timezone.now() - _UNFINISHED
    Nonce.objects.filter(timestamp__lt=int(long_ago.timestamp())).delete()
