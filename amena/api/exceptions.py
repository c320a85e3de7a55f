"""What the API answers to each exception: problem details, see `amena.problems`."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response

from amena.accounts.limits import ClosedError, LimitReachedError
from amena.engine.errors import OptionsError
from amena.gone import is_gone
from amena.jobs.services.quotas import QuotaExceededError
from amena.outages import is_outage
from amena.problems import CONTENT_TYPE, INTERNAL_DETAIL, Problem

logger = logging.getLogger(__name__)

_UNAVAILABLE_SECONDS: Final = 5


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


def _problem(error: Exception) -> Problem | None:
    match error:
        case Problem():
            return error
        case QuotaExceededError():
            seconds = error.retry_after.total_seconds()
            return Problem(f"quota_{error.code}", error.message, retry_after=seconds)
        case ClosedError():
            return Problem("closed", "The operator has closed this.", retry_after=error.retry_after)
        case LimitReachedError():
            return Problem(
                "throttled", "Too many requests. Wait, then go on.", retry_after=error.retry_after
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
        case _ if is_gone(error):
            return Problem("not_found", "It has just been deleted.")
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
    return Problem("internal", INTERNAL_DETAIL)


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
