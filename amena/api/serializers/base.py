"""What serializers have in common."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.reverse import reverse


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a slip in a name must not pass for a wish granted."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values."""
        if hasattr(data, "keys") and (unknown := sorted(set(data.keys()) - set(self.fields))):
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                dict.fromkeys(unknown, f"There is no such field. Known: {known}."),
                code="unknown_field",
            )
        return super().to_internal_value(data)


def address(context: dict[str, Any], name: str, *ids: Any) -> str:
    """The whole address of a resource."""
    return reverse(f"api:{name}", args=ids, request=context["request"])
