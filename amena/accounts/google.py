"""Sign-in with Google by OpenID Connect, and how a Google account becomes one of ours.

All that is used stands in the signed ID token; no token of Google's is kept.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from social_core.backends.open_id_connect import OpenIdConnectAuth
from social_core.exceptions import AuthAssociationError, AuthResponseError
from social_django.models import UserSocialAuth
from social_django.utils import load_backend, load_strategy

from amena import words
from amena.accounts.models import User

NAME = "google"
#: As long as the columns are.
_LONGEST_ADDRESS, _LONGEST_NAME = 254, 150


class Google(OpenIdConnectAuth):
    """The provider. State, nonce, PKCE and the ID token are checked by the base class."""

    name = NAME
    DEFAULT_USE_PKCE = True

    def user_data(self, access_token: str, *_args: Any, **_kwargs: Any) -> dict[str, Any]:
        """Nothing beyond the ID token, so nothing is asked for."""
        return {}

    def get_user_details(self, response: dict[str, Any]) -> dict[str, Any]:
        """What the signed ID token says, and nothing from around it. No address where it is none;
        the name as it may be shown, or empty.
        """
        claims = self.id_token or {}
        name, email = claims.get("name"), claims.get("email")
        return {
            "email": email if _is_address(email) else None,
            "email_verified": claims.get("email_verified"),
            "name": words.printable(name)[:_LONGEST_NAME] if isinstance(name, str) else "",
        }


def _is_address(email: Any) -> bool:
    if not isinstance(email, str) or len(email) > _LONGEST_ADDRESS:
        return False
    try:
        validate_email(email)
    except ValidationError:
        return False
    return True


def is_set_up() -> bool:
    """Whether this deployment has a Google client."""
    return bool(settings.SOCIAL_AUTH_GOOGLE_KEY and settings.SOCIAL_AUTH_GOOGLE_SECRET)


def backend(request: HttpRequest) -> Google:
    """The provider, for one request."""
    return load_backend(load_strategy(request), NAME, reverse("google-done"))


# --- The steps of settings.SOCIAL_AUTH_PIPELINE -------------------------------------------------


def require_verified_email(
    backend: Google, details: dict[str, Any], *_args: Any, **_kwargs: Any
) -> None:
    """A person without an address that Google has verified gets no account.

    Raises:
        AuthResponseError: with code `profile_email_missing`.
    """
    if not details["email"] or details["email_verified"] is not True:
        raise AuthResponseError(
            backend, code="profile_email_missing", claim="email_verified", stage="pipeline"
        )


def find_or_create_person(
    backend: Google,
    uid: str,
    details: dict[str, Any],
    user: User | None = None,
    id_key: str = "",
    *_args: Any,
    **_kwargs: Any,
) -> dict[str, Any] | None:
    """The person whose Google account it is: known by `uid` alone, else new with a quota.

    An address that somebody here has already opens no door: it may have changed hands at Google,
    and staff have a password.

    Raises:
        AuthAssociationError: with code `email_in_use`.
    """
    if user is not None:
        _follow(user, details["email"])
        return None
    try:
        with transaction.atomic():
            user = User.objects.create_user(details["email"], name=details["name"])
            UserSocialAuth.create_social_auth(user, uid, backend.name, id_key=id_key)
    except IntegrityError as error:
        # The same person's other browser was quicker, or the address is somebody else's.
        known = UserSocialAuth.get_social_auth(backend.name, uid, id_key=id_key)
        if known is None:
            raise AuthAssociationError(backend, code="email_in_use", stage="pipeline") from error
        return {"user": known.user}
    return {"user": user}


def _follow(user: User, email: str) -> None:
    """Follows a change of the address at Google, where somebody else may have the old one next."""
    taken = User.objects.filter(email__iexact=email).exclude(pk=user.pk)
    if user.email != email and not user.is_staff and not taken.exists():
        user.email = email
        # Somebody else may have taken it at this very moment.
        with suppress(IntegrityError), transaction.atomic():
            user.save(update_fields=["email"])
