"""Refusals for programs: problem details (RFC 9457), each of a stable type."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, JsonResponse

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:amena:problem:"


class Kind(NamedTuple):
    """What all problems of one type have in common."""

    status: int
    title: str


#: Type → its status and title. A type is never renamed: programs decide by it.
KINDS: Final = {
    "malformed": Kind(400, "The request cannot be read"),
    "invalid": Kind(400, "A value is wrong"),
    "unauthenticated": Kind(401, "A token is needed"),
    "scope_missing": Kind(403, "The token may not do this"),
    "csrf_failed": Kind(403, "The request did not come from our page"),
    "forbidden": Kind(403, "This is not allowed"),
    "url_not_allowed": Kind(403, "Photos are not fetched from there"),
    "not_found": Kind(404, "There is nothing here"),
    "method_not_allowed": Kind(405, "The address does not know this method"),
    "not_ready": Kind(409, "There is no finished 3D photo yet"),
    "job_ended": Kind(409, "The job has ended"),
    "only_version": Kind(409, "The photo has no other version"),
    "photo_busy": Kind(409, "Work on the photo goes on"),
    "not_retryable": Kind(409, "The job did not fail"),
    "too_many_webhooks": Kind(409, "There are as many webhooks as there may be"),
    "webhook_disabled": Kind(409, "The webhook is disabled"),
    "delivery_pending": Kind(409, "The event is still to be sent"),
    "idempotency_busy": Kind(409, "The same request is still being worked on"),
    "too_large": Kind(413, "The file is too large"),
    "unsupported_media_type": Kind(415, "The body is of another kind"),
    "url_not_fetched": Kind(422, "The photo could not be fetched"),
    "idempotency_mismatch": Kind(422, "The key belongs to another request"),
    "throttled": Kind(429, "Too many requests"),
    "quota_active_jobs": Kind(429, "The account may make nothing"),
    "quota_held_jobs": Kind(429, "Too many photos wait"),
    "quota_daily_jobs": Kind(429, "Too many photos today"),
    "quota_daily_changes": Kind(429, "Too many changes today"),
    "quota_system_jobs": Kind(429, "The service is busy"),
    "internal": Kind(500, "Something broke on our side"),
    "closed": Kind(503, "Closed by the operator"),
    "unavailable": Kind(503, "A part of the service does not answer"),
}

INTERNAL_DETAIL: Final = "It is not your request's fault. Try again in a minute."


class Problem(Exception):
    """A refusal, by its type.

    Attributes:
        code: one of `KINDS`.
        detail: one line that says what is wrong and what to do.
        errors: for `invalid`: what is wrong with which field.
        retry_after: seconds until it is worth trying again.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: list[dict[str, str]] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
        self.errors, self.retry_after = errors, retry_after

    @property
    def status(self) -> int:
        return KINDS[self.code].status

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After` where waiting helps."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}

    def body(self) -> dict[str, Any]:
        """The problem details as JSON data."""
        details: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": KINDS[self.code].title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            details["errors"] = self.errors
        return details


def page(code: str, detail: str) -> JsonResponse:
    """The problem as a plain Django response, where REST framework was not reached."""
    problem = Problem(code, detail)
    return JsonResponse(problem.body(), status=problem.status, content_type=CONTENT_TYPE)


def is_api(request: HttpRequest) -> bool:
    """Whether the caller expects problem details rather than a page."""
    return request.path.startswith("/api/")


def server_error() -> JsonResponse:
    """What a bug looks like from outside."""
    return page("internal", INTERNAL_DETAIL)
