"""The OpenAPI description: what drf-spectacular cannot see for itself."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from amena.api import idempotency
from amena.problems import CONTENT_TYPE, KINDS, TYPE_PREFIX

_REFUSALS: Final = {
    "get": ("400", "401", "404", "429"),
    "delete": ("401", "403", "404", "409", "429"),
    "patch": ("400", "401", "403", "404", "409", "415", "429"),
    "put": ("400", "401", "403", "404", "409", "415", "429"),
    "post": ("400", "401", "403", "404", "409", "413", "415", "422", "429"),
}
_STRICT: Final = (
    "Depth", "Export", "Keyframe", "NewWebhook", "Options", "RenamePhoto", "Restyle", "Upload",
    "Version",
)  # fmt: skip

_TEXT: Final = {"type": "string"}
_FIELD_ERROR: Final = {
    "type": "object",
    "description": "What is wrong with one field; an empty name is the request as a whole.",
    "properties": {"field": _TEXT, "code": _TEXT, "detail": _TEXT},
    "required": ["field", "code", "detail"],
}
_PROBLEM: Final = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": {"type": "string", "enum": [TYPE_PREFIX + code for code in KINDS]},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do."},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
    "required": ["type", "title", "status", "detail"],
}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A token as OpenAPI calls it."""

    target_class = "amena.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Describes the header `Authorization: Bearer …`."""
        return {"type": "http", "scheme": "bearer", "description": "Made at `/tokens/`."}


def complete(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Spectacular's post-processing hook: refusals, headers, and closed objects."""
    components = result["components"]
    components["schemas"]["Problem"] = _PROBLEM
    problem = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {"Problem": {"description": "Refused.", "content": problem}}
    for name in _STRICT:
        components["schemas"][name]["additionalProperties"] = False
    for path in result["paths"].values():
        for method, operation in path.items():
            _complete_operation(method, operation)
    return result


def _complete_operation(method: str, operation: dict[str, Any]) -> None:
    for status in (*_REFUSALS[method], "default"):
        operation["responses"].setdefault(status, {"$ref": "#/components/responses/Problem"})
    for status, response in operation["responses"].items():
        if status in ("201", "202"):
            response["headers"] = {
                "Location": {"schema": {"type": "string", "format": "uri"}, "required": True}
            }
    parameters = operation.setdefault("parameters", [])
    if method == "post":
        parameters.append(
            {
                "in": "header",
                "name": idempotency.HEADER,
                "schema": {"type": "string", "minLength": 1, "maxLength": 255,
                           "pattern": "^[ -~]+$"},
                "description": "The same key and request again: the same answer, once done.",
            }
        )  # fmt: skip
    if method == "get" and "application/json" in operation["responses"]["200"]["content"]:
        parameters.append(
            {"in": "header", "name": "If-None-Match", "schema": {"type": "string"},
             "description": "The ETag of what you have; 304 where it is still so."}
        )  # fmt: skip
        operation["responses"].setdefault("304", {"description": "You have it already."})
