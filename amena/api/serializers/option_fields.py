"""Fields of what can be asked of a 3D photo, with the ranges that the engine has."""

from __future__ import annotations

import json
from typing import Any, Final

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from amena.api.serializers.base import StrictSerializer
from amena.engine.catalogue import OUTPUTS
from amena.engine.geometry.keyframes import RANGES
from amena.engine.options import MOST_COMPARED

_MOST_KEYFRAMES: Final = 100


def _number(name: str, text: str, **more: Any) -> serializers.FloatField:
    low, high = RANGES[name]
    return serializers.FloatField(min_value=low, max_value=high, help_text=text, **more)


@extend_schema_field({"type": "number", "format": "double", "minimum": 0, "exclusiveMaximum": 1,
                      "description": "When: the share of the loop."})  # fmt: skip
class MomentField(serializers.FloatField):
    """The share of the loop: 0 up to 1, which is 0 again."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=0, **more)

    def to_internal_value(self, data: Any) -> float:
        """Refuses 1, which would be the same moment as 0."""
        value: float = super().to_internal_value(data)
        if value >= 1:
            raise serializers.ValidationError("Must be less than 1.", code="max_value")
        return value


class KeyframeSerializer(StrictSerializer):
    """Where the camera is at one moment of the loop; what is left out is at rest."""

    t = MomentField()
    x = _number("x", "To the right, in units of the amplitude.", default=0.0)
    y = _number("y", "Down.", default=0.0)
    z = _number("z", "Forward.", default=0.0)
    zoom = _number("zoom", "Magnification.", default=1.0)


class KeyframesField(serializers.ListField):
    """A list of keyframes; in a form its JSON, or one part with JSON for each."""

    child = KeyframeSerializer()

    def __init__(self, **more: Any) -> None:
        super().__init__(min_length=2, max_length=_MOST_KEYFRAMES, **more)

    def get_value(self, dictionary: Any) -> Any:
        """What a form's parts say; text that is no JSON is passed on, to be refused."""
        if not hasattr(dictionary, "getlist"):
            return super().get_value(dictionary)
        texts = dictionary.getlist(self.field_name)
        if not texts:
            return empty
        try:
            parts = [json.loads(text) for text in texts]
        except (ValueError, TypeError, RecursionError):
            return texts[0]
        return parts[0] if len(parts) == 1 and isinstance(parts[0], list) else parts


class OutputsField(serializers.ListField):
    """Names of further files to make; in a form one part for each."""

    child = serializers.ChoiceField(OUTPUTS)

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=len(OUTPUTS), **more)


@extend_schema_field({"type": "string"})
class EstimatorField(serializers.ChoiceField):
    """A depth estimator that this server offers, by its title."""

    def __init__(self, *, automatic: bool = True, **more: Any) -> None:
        """`automatic`: whether the choice may be left to the server."""
        super().__init__((*["auto"][:automatic], *settings.DEPTH_ESTIMATORS), **more)


class CompareField(serializers.ListField):
    """Titles of estimators that this server offers; in a form one part for each."""

    def __init__(self, **more: Any) -> None:
        super().__init__(child=EstimatorField(automatic=False), max_length=MOST_COMPARED, **more)
