"""What all resources have in common: ETags, and checked parameters."""

from __future__ import annotations

import hashlib
from typing import Any

from django.utils.cache import patch_vary_headers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ListField, Serializer
from rest_framework.views import APIView

#: How long to pause before asking for a job again that is still at work, in seconds.
ASK_AGAIN = "2"


class Resource(APIView):
    """Answers a GET with an ETag, or with 304 where the asker has the same already."""

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        """Adds the headers of an answer that is one person's own and may change any time."""
        is_data = isinstance(response, Response) and response.status_code == 200
        if is_data and request.method in ("GET", "HEAD"):
            tag = etag(response.data)
            if has(request, tag):
                response = Response(status=304)
            response["ETag"] = tag
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return super().finalize_response(request, response, *args, **kwargs)


def etag(data: Any) -> str:
    """The strong validator of an answer's data."""
    return f'"{hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:32]}"'


def has(request: Request, tag: str) -> bool:
    """Whether the asker holds what `tag` stands for."""
    known = request.headers.get("If-None-Match", "")
    return tag in [each.strip().removeprefix("W/") for each in known.split(",")]


def checked(serializer: type[Serializer[Any]], data: Any) -> Any:
    """The values that `serializer` finds in `data`; raises its ValidationError."""
    found = serializer(data=data)
    found.is_valid(raise_exception=True)
    return found.validated_data


def queried(serializer: type[Serializer[Any]], request: Request) -> Any:
    """As `checked`, of the values in the request's address.

    They are given on as a plain dict: of a QueryDict the framework would take an empty value for
    one that is not there, and pass over it in silence.
    """
    fields, given = serializer().fields, request.query_params
    return checked(
        serializer,
        {
            name: given.getlist(name) if isinstance(fields.get(name), ListField) else given[name]
            for name in given
        },
    )
