"""Error pages in the site's own style."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from amena import words
from amena.engine.photo.limits import MAX_BYTES


class ErrorText(NamedTuple):
    """What a person reads: what is wrong, and what to do."""

    title: Promise
    advice: Promise

    @property
    def line(self) -> str:
        """The problem, and what to do about it, in one line."""
        return words.line(self.title, self.advice)


TEXTS: Final = {
    400: ErrorText(_("We could not read that request"), _("Go back and send it again.")),
    403: ErrorText(
        _("This page has expired, or you do not have access"),
        _("Reload the page you came from and try again. Sign in if you are asked to."),
    ),
    404: ErrorText(
        _("Page not found"), _("It may have been deleted, or the address may be mistyped.")
    ),
    413: ErrorText(
        _("That file is too large"),
        format_lazy(
            _("Photos can be up to {bytes}."), bytes=words.megabytes_lazy(MAX_BYTES // 2**20)
        ),
    ),
    429: ErrorText(_("Too many tries in a short time"), _("Wait a moment, then try again.")),
    500: ErrorText(
        _("Something went wrong on our side"),
        _("It is not your photo’s fault. Please try again in a minute."),
    ),
}

#: For an order about what is not there (any more): who orders has seen it a moment ago.
GONE: Final = ErrorText(
    _("This is no longer here"),
    _("It may have been deleted in another tab or on another device. Nothing was changed."),
)

#: For what the operator has closed by a limit of none.
CLOSED: Final = ErrorText(
    _("This is closed for now"), _("The operator has paused it. Please come back another day.")
)


def page(request: HttpRequest, status: int, advice: str = "") -> HttpResponse:
    """The error page for a status code; for htmx what its page can do with it."""
    text = GONE if status == 404 and request.method == "POST" else TEXTS[status]
    if sent_by_htmx(request) and request.method == "GET":
        return HttpResponseClientRefresh()  # a page that is not true any more
    if sent_by_htmx(request):
        return beside(request, status, advice or text.line)
    context = {"status": status, "title": text.title, "advice": advice or text.advice}
    response = render(request, "error.html", context, status=status)
    add_never_cache_headers(response)  # caches may keep a 404, and this one names who asks
    return response


def beside(request: HttpRequest, status: int, line: str) -> HttpResponse:
    """One line for htmx, which stands in the form that was sent: each has an `.answer`. That of a
    button which sends a form elsewhere on the page comes after the button.
    """
    response = render(request, "_problem.html", {"problem": line}, status=status)
    of_button = "HX-Trigger-Name" in request.headers
    return reswap(retarget(response, "next .answer" if of_button else "find .answer"), "innerHTML")


def sent_by_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks, also where a request fails before `request.htmx` is there."""
    return "HX-Request" in request.headers


def sent_by_upload_script(request: HttpRequest) -> bool:
    """Whether static/js/upload.js sends this, which shows several uploads at once by itself."""
    return "X-Upload" in request.headers
