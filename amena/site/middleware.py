"""How often one may ask, the language of each answer, and a header that nobody else sets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from amena import problems
from amena.accounts import limits
from amena.outages import is_outage
from amena.site import handlers

logger = logging.getLogger(__name__)

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


class OutageMiddleware:
    """503 instead of a bug's page while something fails that every request stands on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves the response as it is."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Bugs go on to where bugs go."""
        if not is_outage(error):
            return None
        logger.error("A part of the service does not answer: %s", type(error).__name__)
        return handlers.unavailable(request)


class LimitsMiddleware:
    """Counts posts to views that `amena.accounts.limits.limited` marks; 429 where it is too often.

    Comes after authentication, since it counts by person too, and before whatever reads the body.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves the response as it is."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """Asks before the view is called."""
        name = getattr(view, "limit", None)
        if name is None or request.method != "POST":
            return None
        try:
            limits.check(request, name)
        except limits.LimitReachedError as refusal:
            return handlers.too_many(request, refusal.retry_after)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The same for limits that the view itself counts."""
        if isinstance(error, limits.LimitReachedError):
            return handlers.too_many(request, error.retry_after)
        return None
