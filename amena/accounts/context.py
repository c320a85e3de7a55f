"""What every page knows about signing in."""

from django.conf import settings
from django.http import HttpRequest


def sign_in(_request: HttpRequest) -> dict[str, bool]:
    """`dev_login`: whether the development sign-in exists here."""
    return {"dev_login": dev_login_enabled()}


def dev_login_enabled() -> bool:
    """Both switches are needed, so that neither alone opens the door."""
    return settings.DEBUG and settings.DEV_LOGIN
