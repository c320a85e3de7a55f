"""What pages answer when a limit is reached."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from amena import errors
from amena.jobs.services.quotas import QuotaExceededError


def quota_refusal(request: HttpRequest, error: QuotaExceededError) -> HttpResponse:
    """The reason and the advice: beside the form where htmx asked, else on a page."""
    return over_quota(errors.page(request, 429, error.message), error)


def over_quota(response: HttpResponse, error: QuotaExceededError) -> HttpResponse:
    """The response, with the time after which it is worth coming back."""
    response["Retry-After"] = str(int(error.retry_after.total_seconds()) + 1)
    return response
