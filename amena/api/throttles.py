"""How fast one token, or one person without a token, may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from amena.accounts import limits
from amena.accounts.models import Token

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView


#: A person's tokens together may ask as often as so many of them.
_TOKENS_AT_A_TIME: Final = 3


class MinuteThrottle(BaseThrottle):
    """So many reads and so many writes a minute; a photo counts against the site's uploads too."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts this request, or raises LimitReachedError. Unknown callers are refused before."""
        reads = request.method in SAFE_METHODS
        rate = settings.API_READS_PER_MINUTE if reads else settings.API_WRITES_PER_MINUTE
        token = request.auth
        who = f"token:{token.pk}" if isinstance(token, Token) else f"user:{request.user.pk}"
        name = "api_read" if reads else "api_write"
        limits.take(name, who, limits.Rate(rate, 60))
        if isinstance(token, Token):  # a person with many tokens is one person
            all_tokens = limits.Rate(rate * _TOKENS_AT_A_TIME, 60)
            limits.take(name, f"user:{request.user.pk}", all_tokens)
        if not reads and (limit := getattr(view, "limit", None)):
            limits.check(request, limit)
        return True
