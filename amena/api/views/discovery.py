"""What may be asked for, and by whom."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.serializers import FormatsSerializer, MeSerializer, MotionsSerializer
from amena.api.views.base import Resource
from amena.engine.options import MOTIONS
from amena.jobs.files import ALWAYS
from amena.jobs.services import quotas

_INPUTS: Final = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
}


class Me(Resource):
    """Who asks."""

    @extend_schema(operation_id="me_read", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Whose token it is, what they have used and what they may use."""
        user = request.user
        data = {
            "id": user.public_id,
            "email": user.email,
            "name": user.name,
            "quota": quotas.usage(user),
        }
        return Response(MeSerializer(data).data)


class Motions(Resource):
    """How the camera can move."""

    @extend_schema(operation_id="motions_list", responses=MotionsSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Lists the motions."""
        results = [{"name": name, "title": name.replace("-", " ").capitalize()} for name in MOTIONS]
        return Response({"results": results})


class Formats(Resource):
    """What comes in and out."""

    @extend_schema(operation_id="formats_list", responses=FormatsSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Lists the formats of photos that are taken, and of files that are made."""
        inputs = [{"format": name, "content_type": kind} for name, kind in _INPUTS.items()]
        outputs = [
            {"kind": kind, "content_type": content_type}
            for kind, content_type, _output in ALWAYS.values()
            if kind != "scene"
        ]
        return Response(
            {"max_bytes": settings.UPLOAD_MAX_BYTES, "inputs": inputs, "outputs": outputs}
        )


class Nothing(Resource):
    """Every other address."""

    permission_classes = (AllowAny,)
    throttle_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:  # noqa: ARG002
        """404, whatever the method."""
        raise NotFound
