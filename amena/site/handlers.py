"""What is answered in place of a view: an error page, or problem details for programs."""

from __future__ import annotations

import math
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import reswap

from amena import problems, words
from amena.accounts.limits import ClosedError, LimitReachedError
from amena.engine.photo.limits import MAX_BYTES
from amena.errors import CLOSED, TEXTS, beside, page, sent_by_htmx, sent_by_upload_script
from amena.metrics import counters
from amena.outages import is_outage


def too_many(request: HttpRequest, refusal: LimitReachedError) -> HttpResponse:
    """A limit is reached, or closed by the operator; when it is worth trying again."""
    if isinstance(refusal, ClosedError):
        status, text, advice = 503, CLOSED, CLOSED.advice
    else:
        status, text, advice = 429, TEXTS[429], _after(refusal.retry_after)
    line = words.line(text.title, advice)
    if sent_by_upload_script(request):  # which shows the line where it belongs
        response = HttpResponse(line, "text/plain; charset=utf-8", status)
    elif sent_by_htmx(request):
        response = beside(request, status, line)
    else:
        context = {"status": status, "title": text.title, "advice": advice}
        response = render(request, "error.html", context, status=status)
    response["Retry-After"] = str(max(1, math.ceil(refusal.retry_after)))
    return response


def _after(seconds: float) -> str:
    wait = max(1, math.ceil(seconds))
    if wait < 120:
        return ngettext("Try again in %d second.", "Try again in %d seconds.", wait) % wait
    return _("Try again in %d minutes.") % math.ceil(wait / 60)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Database, bucket or disk fail us. The page asks for none of them."""
    text = TEXTS[500]
    if problems.is_api(request):
        return problems.page("unavailable", "Try again in a minute.")
    if sent_by_upload_script(request):
        return HttpResponse(text.line, "text/plain; charset=utf-8", 503)
    if sent_by_htmx(request):
        return _in_place(request, 503)
    context = {"status": 503, "title": text.title, "advice": text.advice}
    headers = {"Retry-After": "60"}
    return HttpResponse(render_to_string("error.html", context), status=503, headers=headers)


def too_large(request: HttpRequest) -> HttpResponse:
    """More came than any photo has."""
    counters.uploads_refused.labels("file_too_large").inc()
    text = TEXTS[413]
    if problems.is_api(request):
        return problems.page("too_large", f"A photo can be up to {MAX_BYTES // 2**20} MB.")
    if sent_by_upload_script(request):
        return HttpResponse(text.line, "text/plain; charset=utf-8", 413)
    return page(request, 413)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers 400; `handler400` of the URL configuration."""
    if problems.is_api(request):
        return problems.page("malformed", "The request cannot be read.")
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers 403; `handler403` of the URL configuration."""
    return page(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers 403 for a form without a valid token; `settings.CSRF_FAILURE_VIEW`."""
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers 404; `handler404` of the URL configuration."""
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500. The page asks for nothing that may be what has just failed.

    What fails in a middleware, which looks for the session before any view, comes here too.
    """
    error = sys.exception()
    if error is not None and is_outage(error):
        return unavailable(request)
    if problems.is_api(request):
        return problems.server_error()
    if sent_by_htmx(request):
        return _in_place(request, 500)
    text = TEXTS[500]
    context = {"status": 500, "title": text.title, "advice": text.advice}
    return HttpResponse(render_to_string("error.html", context), status=500)


def _in_place(request: HttpRequest, status: int) -> HttpResponse:
    """For htmx: an order is answered beside its form; what only asks for news asks again."""
    if request.method == "POST":
        return beside(request, status, TEXTS[500].line)
    return reswap(HttpResponse(status=status), "none")
