"""Webhooks in the admin, to look at: why somebody's server hears nothing."""

from __future__ import annotations

from django.contrib import admin

from amena.jobs.admin import AgeFilter, ReadOnlyAdmin
from amena.webhooks.models import Delivery, Endpoint


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    """The addresses that people want to be told at."""

    list_display = (
        "public_id", "user", "url", "failures", "disabled_reason", "disabled_at", "created_at",
    )  # fmt: skip
    list_filter = (AgeFilter, "disabled_reason")
    list_select_related = ("user",)
    search_fields = ("public_id", "user__email")


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """What was sent, and what is to be."""

    list_display = (
        "public_id", "endpoint", "event", "state", "attempts", "status", "error", "created_at",
    )  # fmt: skip
    list_filter = (AgeFilter, "state", "event")
    list_select_related = ("endpoint",)
    raw_id_fields = ("job",)
    search_fields = ("public_id", "endpoint__public_id", "job__public_id")
