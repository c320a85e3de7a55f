"""The caller: a program that has a token, or a page of the site that has a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from amena.accounts import limits, tokens
from amena.accounts.models import Token, User
from amena.problems import Problem

if TYPE_CHECKING:  # REST framework's views import this module
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """Authentication by a personal token: `Authorization: Bearer amena_…`."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        """The token's owner, and the token; None where the request carries none."""
        scheme, _, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = tokens.find(secret.strip().decode("ascii", "replace"))
        if token is None:
            limits.check(request, "api_refused")
            raise AuthenticationFailed(
                "This token is unknown, expired or revoked. Make a new one on the site."
            )
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes the refusal a 401."""
        return 'Bearer realm="Amena"'


class IsInScope(BasePermission):
    """A token for reading changes nothing. A person who comes by session may do everything."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises the problem itself, since its type is more than “forbidden”."""
        token = request.auth
        if (
            isinstance(token, Token)
            and token.scope != Token.Scope.WRITE
            and request.method not in SAFE_METHODS
        ):
            raise Problem("scope_missing", "This token may only read. Use one that may write.")
        return True
