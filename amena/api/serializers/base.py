"""What serializers have in common."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from amena import tags

#: How many unknown fields an answer names, and how much of each name: the request chose both.
_MOST_NAMED: Final = 5
_LONGEST_NAME: Final = 60


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a misspelled option must not be ignored in silence."""

    def to_internal_value(self, data: Any) -> Any:
        """Checks the fields, after refusing those that do not exist."""
        if hasattr(data, "keys") and (unknown := set(data.keys()) - set(self.fields)):
            known = ", ".join(self.fields)
            named = sorted(str(name)[:_LONGEST_NAME] for name in unknown)[:_MOST_NAMED]
            raise serializers.ValidationError(
                dict.fromkeys(named, f"There is no such field. Known: {known}."),
                code="unknown_field",
            )
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """Text, and nothing else: a number is not taken for its digits."""

    def to_internal_value(self, data: Any) -> str:
        """Refuses a value of another type instead of converting it."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def address(context: dict[str, Any], name: str, public_id: UUID | str) -> str:
    """The whole address of a resource."""
    whole: str = context["request"].build_absolute_uri(tags.address(f"api:{name}", public_id))
    return whole
