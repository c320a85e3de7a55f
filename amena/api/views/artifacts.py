"""The files that jobs have made."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.serializers.results import ArtifactSerializer
from amena.api.views.base import Resource
from amena.jobs import media, selectors


class Artifact(Resource):
    """What is known of one file of a result."""

    @extend_schema(operation_id="artifacts_read", responses=ArtifactSerializer)
    def get(self, request: Request, artifact_id: UUID) -> Response:
        """Reads what is known of a file."""
        found = selectors.artifact(request.user, artifact_id)
        return Response(ArtifactSerializer(found, context={"request": request}).data)


class ArtifactContent(Resource):
    """The bytes of one file of a result."""

    @extend_schema(
        operation_id="artifacts_content",
        responses={(200, "*/*"): OpenApiTypes.BINARY,
                   302: OpenApiResponse(description="Where the file lies, for some minutes.")},
    )  # fmt: skip
    def get(self, request: Request, artifact_id: UUID) -> HttpResponseBase:
        """Downloads a file; from a bucket by a redirect to a link that soon expires."""
        found = selectors.artifact(request.user, artifact_id)
        return media.respond(request, found.key, found.content_type, found.filename, download=True)
