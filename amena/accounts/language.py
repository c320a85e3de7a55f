"""Choosing the language: kept with the account of a person who is signed in, and in a cookie."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amena.accounts.models import User


@login_not_required
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Takes `language`, and goes back to the page `next` that it was chosen on."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("Choose one of the languages offered."))
    if request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    response = redirect(wanted if ours else "landing")
    remember(response, language)
    return response


def remember(response: HttpResponse, language: str) -> None:
    """Keeps a visitor's language in a cookie."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


def asked_by_address(request: HttpRequest) -> str:
    """The language of an address such as `/?lang=ja`; empty where it says none that is offered."""
    language = request.GET.get("lang", "") if request.method in ("GET", "HEAD") else ""
    return language if language in dict(settings.LANGUAGES) else ""


def is_asked_for(request: HttpRequest) -> bool:
    """Whether the request says in any way which language it wants; crawlers do not."""
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    return bool(cookie or asked_by_address(request) or request.headers.get("Accept-Language"))


def of_person(user: User) -> str:
    """What somebody has chosen, else what their browser has last asked for."""
    return user.language or user.browser_language or settings.DEFAULT_LANGUAGE
