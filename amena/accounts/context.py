"""What every page knows about signing in."""

from django.conf import settings
from django.http import HttpRequest

from amena.accounts import google


def sign_in(_request: HttpRequest) -> dict[str, bool]:
    """`google_login`, `dev_login`: whether these ways to sign in exist here."""
    return {"google_login": google.is_set_up(), "dev_login": dev_login_enabled()}


def dev_login_enabled() -> bool:
    """Both switches are needed, so that neither alone opens the door."""
    return settings.DEVELOPMENT and settings.DEV_LOGIN
