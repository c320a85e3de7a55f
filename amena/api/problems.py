"""Every refusal of the API as problem details (RFC 9457), each of a stable type."""

from __future__ import annotations

import logging
import math
from typing import Any, Final, NamedTuple

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from amena.accounts.limits import LimitReachedError
from amena.engine.errors import OptionsError
from amena.jobs.services.quotas import QuotaExceededError
from amena.outages import is_outage

logger = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:amena:problem:"
_UNAVAILABLE_SECONDS: Final = 5


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
    "quota_active_jobs": Kind(429, "Too many photos at a time"),
    "quota_daily_jobs": Kind(429, "Too many photos today"),
    "quota_system_jobs": Kind(429, "The service is busy"),
    "internal": Kind(500, "Something broke on our side"),
    "unavailable": Kind(503, "A part of the service does not answer"),
}

_INTERNAL_DETAIL: Final = "It is not your request's fault. Try again in a minute."


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
        """The HTTP status."""
        return KINDS[self.code].status

    @property
    def headers(self) -> dict[str, str]:
        """`Retry-After` where waiting helps."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}

    def body(self) -> dict[str, Any]:
        """The problem details."""
        details: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": KINDS[self.code].title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            details["errors"] = self.errors
        return details


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler. None, for what is a bug, leaves it to Django."""
    problem = _problem(error)
    if problem is None:
        return None
    headers = problem.headers
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(
        problem.body(), status=problem.status, headers=headers, content_type=CONTENT_TYPE
    )


def page(code: str, detail: str) -> JsonResponse:
    """The problem as a plain Django response, where REST framework was not reached."""
    problem = Problem(code, detail)
    return JsonResponse(problem.body(), status=problem.status, content_type=CONTENT_TYPE)


def is_api(request: HttpRequest) -> bool:
    """Whether whoever asks expects problem details rather than a page."""
    return request.path.startswith("/api/")


def server_error() -> JsonResponse:
    """What a bug looks like from outside."""
    return page("internal", _INTERNAL_DETAIL)


def _problem(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case QuotaExceededError():
            seconds = error.retry_after.total_seconds()
            return Problem(f"quota_{error.code}", error.message, retry_after=seconds)
        case LimitReachedError():
            return Problem(
                "throttled", "Too many requests: wait, then go on.", retry_after=error.retry_after
            )
        case OptionsError():
            return Problem("invalid", error.message)
        case exceptions.ValidationError():
            errors = list(_field_errors(error.get_full_details()))
            return Problem("invalid", errors[0]["detail"], errors=errors)
        case RequestDataTooBig():
            return Problem("too_large", "The request is too large.")
        case SuspiciousOperation() | BadRequest() | exceptions.ParseError():
            return Problem("malformed", str(error) or "The request cannot be read.")
        case Http404() | exceptions.NotFound():
            return Problem("not_found", "It may have been deleted, or the address has a slip.")
        case _ if is_outage(error):
            logger.warning("A part of the service does not answer: %s", type(error).__name__)
            return Problem(
                "unavailable",
                "Database or storage do not answer. Try again in a few seconds.",
                retry_after=_UNAVAILABLE_SECONDS,
            )
        case exceptions.APIException():
            return _framework_problem(error)
    return None


def _framework_problem(error: exceptions.APIException) -> Problem:
    detail = str(error.detail)
    match error:
        case exceptions.NotAuthenticated() | exceptions.AuthenticationFailed():
            return Problem("unauthenticated", detail)
        case exceptions.PermissionDenied():
            code = "csrf_failed" if detail.startswith("CSRF") else "forbidden"
            return Problem(code, detail)
        case exceptions.MethodNotAllowed():
            return Problem("method_not_allowed", detail)
        case exceptions.UnsupportedMediaType():
            return Problem("unsupported_media_type", detail)
        case exceptions.Throttled():
            return Problem("throttled", detail, retry_after=error.wait)
    return Problem("internal", _INTERNAL_DETAIL)


def _field_errors(details: Any, field: str = "") -> Any:
    """Flattens the framework's nested errors: `{field, code, detail}` each."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": field, "code": str(details["code"]), "detail": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            path = field if name == "non_field_errors" else f"{field}.{name}".lstrip(".")
            yield from _field_errors(inner, path)
    else:
        for inner in details:
            yield from _field_errors(inner, field)
