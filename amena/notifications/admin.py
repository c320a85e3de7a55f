"""Subscriptions in the admin, to look at: why somebody gets no emails."""

from __future__ import annotations

from django.contrib import admin

from amena.jobs.admin import ReadOnlyAdmin
from amena.notifications.models import EmailSubscription


@admin.register(EmailSubscription)
class EmailSubscriptionAdmin(ReadOnlyAdmin):
    """People who have asked for emails; `refused_at` tells of addresses that take none."""

    list_display = ("user", "created_at", "attempts", "deliver_at", "refused_at")
    list_filter = (("refused_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("user__email",)
