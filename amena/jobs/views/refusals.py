"""What pages answer when a limit is reached."""

from __future__ import annotations

from django.http import HttpResponse

from amena.jobs.services.quotas import QuotaExceededError


def over_quota(response: HttpResponse, refusal: QuotaExceededError) -> HttpResponse:
    """The response, with the time after which it is worth coming back."""
    response["Retry-After"] = str(int(refusal.retry_after.total_seconds()) + 1)
    return response
