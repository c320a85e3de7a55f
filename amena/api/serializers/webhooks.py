"""Endpoints for webhooks, and the log of what was sent to them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from amena.api.serializers.base import StrictSerializer, address
from amena.webhooks.models import Delivery, Endpoint, Event


class NewWebhookSerializer(StrictSerializer):
    """Where to send events, and which."""

    url = serializers.RegexField(
        "^https?://.+",
        max_length=500,
        error_messages={"invalid": "The address must begin with https:// and a host."},
        help_text="An https:// address on the public internet.",
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(Event.choices),
        min_length=1,
        required=False,
        help_text="All, where it is left out.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """With all events where none is named."""
        return {"events": list(Event.values), **attrs}


class WebhookSerializer(serializers.ModelSerializer[Endpoint]):
    """An address that is told how one's jobs have ended."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    address = serializers.SerializerMethodField(help_text="Where to ask again.")
    events = serializers.ListField(child=serializers.ChoiceField(Event.choices), read_only=True)
    disabled_reason = serializers.ChoiceField(
        ("", "gone", "failing"),
        read_only=True,
        help_text="`gone`: it answered 410. `failing`: deliveries were given up five times in a "
        "row. Empty while it is in use.",
    )

    class Meta:
        model = Endpoint
        fields = (
            "id", "address", "url", "events", "created_at", "rotated_at", "disabled_at",
            "disabled_reason",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_address(self, endpoint: Endpoint) -> str:
        """The address of this webhook in the API."""
        return address(self.context, "webhook", endpoint.public_id)


class SecretWebhookSerializer(WebhookSerializer):
    """The same with the secret that its events are signed with, which is shown this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookSerializer.Meta):
        fields = (*WebhookSerializer.Meta.fields, "secret")
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    """One event for one endpoint, and how sending it went."""

    id = serializers.UUIDField(source="public_id", read_only=True, help_text="Its `webhook-id`.")
    webhook = serializers.UUIDField(source="endpoint.public_id", read_only=True)
    job = serializers.UUIDField(source="job.public_id", read_only=True, allow_null=True)
    event = serializers.ChoiceField((*Event.values, "ping"), read_only=True)
    body = serializers.CharField(read_only=True, help_text="Exactly what is sent.")
    next_attempt_at = serializers.SerializerMethodField(help_text="Null when it is over.")
    status = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="HTTP status of the last answer."
    )
    error = serializers.CharField(read_only=True, help_text="Why there was no answer; else empty.")
    response = serializers.CharField(
        read_only=True, help_text="The first characters of the last answer."
    )

    class Meta:
        model = Delivery
        fields = (
            "id", "webhook", "job", "event", "state", "attempts", "created_at", "attempted_at",
            "next_attempt_at", "status", "error", "response", "body",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_next_attempt_at(self, delivery: Delivery) -> Any:
        """While it is pending."""
        pending = delivery.state == Delivery.State.PENDING
        return delivery.deliver_at if pending else None


class DeliveriesQuery(serializers.Serializer):
    """What a list of deliveries can be narrowed to."""

    state = serializers.ChoiceField(Delivery.State.choices, required=False)
