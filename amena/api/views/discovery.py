"""What may be asked for, and by whom."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.fields import ChoiceField, Field, FloatField, IntegerField
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.serializers.discovery import (
    FormatsSerializer,
    MeSerializer,
    MotionsSerializer,
    OptionsListSerializer,
)
from amena.api.serializers.option_fields import (
    CompareField,
    EstimatorField,
    KeyframeSerializer,
    KeyframesField,
    OutputsField,
)
from amena.api.serializers.options import LookSerializer, OptionsSerializer
from amena.api.views.base import Resource
from amena.engine.catalogue import CATALOGUE, GROUPS
from amena.engine.geometry.keyframes import RANGES
from amena.engine.options import MOTIONS, Options
from amena.engine.photo.kinds import KINDS
from amena.jobs.files import UNLISTED
from amena.jobs.services import quotas

_TYPES: Final[dict[type[Field], str]] = {
    ChoiceField: "choice",
    EstimatorField: "choice",
    OutputsField: "choices",
    CompareField: "choices",
    FloatField: "number",
    IntegerField: "integer",
    KeyframesField: "keyframes",
}


class Me(Resource):
    """The person whose token it is."""

    @extend_schema(operation_id="me_read", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The person whose token it is, what they have used and what they may use."""
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
    def get(self, request: Request) -> Response:
        """Lists the motions by the names that an order takes."""
        results = [{"name": name, "title": name.replace("-", " ").capitalize()} for name in MOTIONS]
        return Response({"results": results})


class OptionsList(Resource):
    """What a 3D photo can be made with."""

    @extend_schema(operation_id="options_list", responses=OptionsListSerializer)
    def get(self, request: Request) -> Response:
        """Lists the options with their ranges, and the fields of a keyframe with theirs."""
        kept = LookSerializer().fields
        results = [
            _described(name, field, kept=name in kept)
            for name, field in OptionsSerializer().fields.items()
        ]
        keyframe = [
            {"name": name, "description": field.help_text or "When: the share of the loop.",
             "minimum": RANGES[name][0], "maximum": RANGES[name][1]}
            for name, field in KeyframeSerializer().fields.items()
        ]  # fmt: skip
        return Response({"results": results, "keyframe": keyframe})


class Formats(Resource):
    """What comes in and out."""

    @extend_schema(operation_id="formats_list", responses=FormatsSerializer)
    def get(self, request: Request) -> Response:
        """Lists the formats of photos that are taken, and of files that are made."""
        inputs = [{"format": name, "content_type": kind} for name, kind in KINDS.items()]
        outputs = [
            {
                "kind": file.kind,
                "content_type": file.content_type,
                "extension": PurePosixPath(file.name).suffix,
                "output": None if output.always else output.name,
                "group": GROUPS.get(output.group),
                "title": output.title or file.kind.capitalize(),
                "opens": output.opens,
                "megabytes": output.megabytes,
                "seconds": output.seconds,
                "wide_gamut": output.wide_gamut,
                "options": list(output.options),
            }
            for output in CATALOGUE
            for file in output.files
            if file.kind not in UNLISTED
        ]
        return Response(
            {
                "max_bytes": settings.UPLOAD_MAX_BYTES,
                "url_hosts": settings.UPLOAD_URL_HOSTS,
                "inputs": inputs,
                "outputs": outputs,
            }
        )


def _described(name: str, field: Field, *, kept: bool) -> dict[str, Any]:
    """What the checks of an option say about it."""
    listed = isinstance(field, OutputsField | CompareField)
    choices = field.child if listed else field
    default = getattr(Options, name)
    return {
        "name": name,
        "type": _TYPES[type(field)],
        "description": field.help_text,
        "choices": list(getattr(choices, "choices", ())),
        "minimum": getattr(field, "min_value", None),
        "maximum": getattr(field, "max_value", None),
        "default": None if default == "auto" else default,
        "orders": ["create", "restyle", "edit"] if kept else ["create", "restyle"],
    }


class Nothing(Resource):
    """The answer at every address that does not exist."""

    permission_classes = (AllowAny,)
    throttle_classes = ()

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """404, whatever the method."""
        raise NotFound
