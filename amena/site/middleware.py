"""Signing in first, rate limits, the language of answers, their compression, and outages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import resolve_url
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect

from amena import problems
from amena.accounts import language, limits
from amena.accounts.models import User
from amena.buffered_worker import BUSY, REFUSED
from amena.gone import is_gone
from amena.jobs.views.headsets import DENIED
from amena.outages import is_outage
from amena.site import handlers

logger = logging.getLogger(__name__)

#: Of all pages but those with the 3D view, which bring their own.
PERMISSIONS_POLICY = f"{DENIED}, xr-spatial-tracking=()"


class CompressionMiddleware(GZipMiddleware):
    """Sends pages in about a quarter of their bytes.

    Static files are compressed beforehand, pictures and films are packed by themselves, and a part
    of one is asked for by its bytes.

    What is secret on a page cannot be told from its length (the attack known as BREACH): Django
    masks the CSRF token anew in each page, and adds up to a hundred random bytes.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Leaves all else alone."""
        kind = response.headers.get("Content-Type", "")  # 304 has none
        if response.streaming or not kind.startswith("text/html"):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class PermissionsPolicyMiddleware:
    """Tells the browser which of its features no page here, nor any frame in it, may use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Adds the header to every response."""
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """After the sign-in one is back where one was: for a form, on the page that it stood on, since
    its own address may know no GET.
    """

    def handle_no_permission(
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """To the sign-in; htmx would put its page where a part of another was to go."""
        login = resolve_url(self.get_login_url(view_func))
        if request.htmx:
            page = request.htmx.current_url_abs_path or resolve_url(settings.LOGIN_REDIRECT_URL)
            return HttpResponseClientRedirect(redirect_to_login(page, login).url)
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        page = request.headers.get("Referer", "")
        hosts, secure = {request.get_host()}, request.is_secure()
        if not url_has_allowed_host_and_scheme(page, hosts, require_https=secure):
            page = resolve_url(settings.LOGIN_REDIRECT_URL)
        where = urlsplit(page)._replace(scheme="", netloc="")
        return redirect_to_login(where.geturl(), login)


class LanguageMiddleware(LocaleMiddleware):
    """Chooses the language of the answer.

    It is that of the address's `?lang=`, else what the person has chosen, on any device; else that
    of the cookie, else what the browser asks for. A request that asks for none gets
    `settings.DEFAULT_LANGUAGE`.

    Programs get English: their users look messages up, and stored answers must not change.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Activates the language. Comes after authentication, since it looks at the user."""
        # Who it is may not be found out; that is told in the browser's language.
        translation.activate(translation.get_language_from_request(request))
        if problems.is_api(request):
            translation.activate("en")
        elif asked := language.asked_by_address(request) or getattr(request.user, "language", ""):
            translation.activate(asked)
        elif not language.is_asked_for(request):
            translation.activate(settings.DEFAULT_LANGUAGE)
        else:
            super().process_request(request)
            self._note(request)
            return
        request.LANGUAGE_CODE = translation.get_language()

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """A visitor who came by `?lang=` stays in that language."""
        asked = language.asked_by_address(request)
        if asked and not problems.is_api(request) and not request.user.is_authenticated:
            language.remember(response, asked)
        return super().process_response(request, response)

    def _note(self, request: HttpRequest) -> None:
        """Keeps what a browser asks for, for what others see of the person's photos."""
        user, asked = request.user, translation.get_language() or ""
        if user.is_authenticated and user.browser_language != asked:
            User.objects.filter(pk=user.pk).update(browser_language=asked)


class OutageMiddleware:
    """503 instead of a bug's page while something fails that every request stands on, and 404 where
    what a request is about is deleted at that very moment.

    Of views alone; `handlers.server_error` does so for what fails before or after them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves the response as it is."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Bugs go on to where bugs go."""
        if is_gone(error):
            return handlers.not_found(request, error)
        if not is_outage(error):
            return None
        logger.error("A part of the service does not answer: %s", type(error).__name__)
        return handlers.unavailable(request)


class RefusedBodyMiddleware:
    """The answer to a request with more bytes than the server keeps (`amena.buffered_worker`).

    Comes after those who look at who it is: from nobody, a body is not missed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves the response as it is."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        """413, or 503 where too many send much at the same time."""
        why = request.META.get(REFUSED)
        known = request.user.is_authenticated or "Authorization" in request.headers
        if why is None or not known:
            return None
        return handlers.unavailable(request) if why == BUSY else handlers.too_large(request)


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
            return handlers.too_many(request, refusal)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The same for limits that the view itself counts."""
        if isinstance(error, limits.LimitReachedError):
            return handlers.too_many(request, error)
        return None
