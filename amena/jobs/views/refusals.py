"""What pages answer when a wish cannot be met."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_htmx.http import reswap, retarget

from amena import errors
from amena.jobs.services.quotas import QuotaExceededError


def refusal(request: HttpRequest, status: int, message: str) -> HttpResponse:
    """One line that says what is wrong: beside the form where htmx asked, else on a page."""
    if not request.htmx:
        return errors.page(request, status, message)
    response = render(request, "jobs/_problem.html", {"problem": message}, status=status)
    return reswap(retarget(response, "find .answer"), "innerHTML")


def quota_refusal(request: HttpRequest, error: QuotaExceededError) -> HttpResponse:
    """The same where a limit is reached."""
    return over_quota(refusal(request, 429, error.message), error)


def over_quota(response: HttpResponse, error: QuotaExceededError) -> HttpResponse:
    """The response, with the time after which it is worth coming back."""
    response["Retry-After"] = str(int(error.retry_after.total_seconds()) + 1)
    return response
