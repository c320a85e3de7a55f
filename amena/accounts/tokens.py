"""Personal tokens: how a program proves whose it is.

A token is 256 random bits, so a plain hash keeps it as safe as a slow one would, and costs nothing
on every request.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from amena.accounts.models import Token, User

#: Lets people and secret scanners recognise one.
PREFIX: Final = "amena_"
#: Usable tokens of one person. The API's limits count by token, and so by person at most so often.
MOST: Final = 20
_HINT_LENGTH: Final = len(PREFIX) + 6
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


class TooManyError(Exception):
    """The person has as many usable tokens as one may have."""


def issue(user: User, name: str, scope: Token.Scope, lifetime: timedelta | None) -> str:
    """Makes a token and gives it, this once; `lifetime` None: it never expires.

    Raises:
        TooManyError: the person has `MOST` that can be used.
        GoneError: the account has been deleted.
    """
    with transaction.atomic():
        user.lock()
        if Token.objects.usable().filter(user=user).count() >= MOST:
            raise TooManyError
        return _issued(user, name, scope, lifetime)


def _issued(user: User, name: str, scope: Token.Scope, lifetime: timedelta | None) -> str:
    secret = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(
        user=user,
        name=name,
        digest=_digest(secret),
        hint=secret[:_HINT_LENGTH],
        scope=scope,
        expires_at=None if lifetime is None else Now() + lifetime,
    )
    return secret


def find(secret: str) -> Token | None:
    """The usable token that `secret` is; notes its use."""
    usable = Token.objects.usable().select_related("user")
    token = usable.filter(digest=_digest(secret)).first()
    if token is not None:
        # A write a minute, not one a request.
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=Now() - _USE_NOTED_EVERY)
        Token.objects.filter(unnoted, pk=token.pk).update(last_used_at=Now())
    return token


def revoke(user: User, public_id: UUID) -> bool:
    """Ends one of the user's tokens for good. False where there is no such usable one."""
    tokens = Token.objects.filter(user=user, public_id=public_id, revoked_at=None)
    return bool(tokens.update(revoked_at=Now()))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
