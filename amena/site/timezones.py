"""The reader's time zone: the browser's, else the one last seen with the account."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from amena import problems
from amena.accounts.models import User

#: static/js/site.js writes it.
COOKIE: Final = "timezone"


class TimezoneMiddleware:
    """Shows times as the reader's clock does. Comes after authentication."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Activates the zone for this request alone; UTC where none is known.

        Programs and the admin, which says so, get UTC.
        """
        if problems.is_api(request) or request.path.startswith(f"/{settings.ADMIN_PATH}"):
            return self.get_response(request)
        with timezone.override(zone(request)):
            return self.get_response(request)


def zone(request: HttpRequest) -> ZoneInfo | None:
    """The zone; one that the browser says is kept for browsers that say none."""
    said, user = request.COOKIES.get(COOKIE, ""), request.user
    known = getattr(user, "timezone", "")
    if said != known and said in _names():
        if user.is_authenticated:
            User.objects.filter(pk=user.pk).update(timezone=said)
        known = said
    return ZoneInfo(known) if known in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
