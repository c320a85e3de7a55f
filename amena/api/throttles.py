"""How fast one token, or one person without a token, may ask.

Counted in the database, since every web process and machine must see the same count.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from amena.accounts.models import Token
from amena.api.models import Allowance

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView

_COUNT = f"""
    INSERT INTO {Allowance._meta.db_table} AS kept (identity, minute, used) VALUES (%s, %s, 1)
    ON CONFLICT (identity) DO UPDATE SET
        used = CASE WHEN kept.minute = EXCLUDED.minute THEN kept.used + 1 ELSE 1 END,
        minute = EXCLUDED.minute
    RETURNING used
"""  # noqa: S608  no value in it


class MinuteThrottle(BaseThrottle):
    """So many reads and so many writes a minute; all is free again when the minute turns."""

    def allow_request(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Counts this request. Who is not known has been refused before."""
        reads = request.method in SAFE_METHODS
        limit = settings.API_READS_PER_MINUTE if reads else settings.API_WRITES_PER_MINUTE
        token = request.auth
        who = f"token:{token.pk}" if isinstance(token, Token) else f"user:{request.user.pk}"
        with connection.cursor() as cursor:
            identity = f"{who}:{'read' if reads else 'write'}"
            cursor.execute(_COUNT, [identity, int(time.time() // 60)])
            (used,) = cursor.fetchone()
        return bool(used <= limit)

    def wait(self) -> float:
        """Seconds until the next minute."""
        return 60 - time.time() % 60
