"""The language of each answer, and response headers that Django and django-csp do not set."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from amena.api import problems

#: Nothing of the device is used yet; a page that needs a sensor must ask for it here.
PERMISSIONS_POLICY = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


class PermissionsPolicyMiddleware:
    """Tells the browser which of its features no page here, nor any frame in it, may use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the header to every response."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class LanguageMiddleware(LocaleMiddleware):
    """What the person has chosen, on any device; else the cookie, else what the browser asks for.

    Programs get English: their users look messages up, and stored answers must not change.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activates the language. Comes after authentication, since it looks at the user."""
        if problems.is_api(request):
            translation.activate("en")
        elif language := getattr(request.user, "language", ""):
            translation.activate(language)
        else:
            super().process_request(request)
            return
        request.LANGUAGE_CODE = translation.get_language()
