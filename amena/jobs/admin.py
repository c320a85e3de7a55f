"""Photos and jobs in the admin, to look at. Changes go through the services."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from amena.jobs.models import Artifact, Job, Photo


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the services may change: an edit here would go past locks and leases."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        """Never: the files would stay behind."""
        return False


class ArtifactInline(admin.TabularInline):
    """What a job has made."""

    model = Artifact
    extra = 0
    can_delete = False
    fields = ("kind", "size", "content_type", "key")
    readonly_fields = fields


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    """Uploads."""

    list_display = ("public_id", "owner", "format", "width", "height", "created_at", "deleted_at")
    list_filter = ("format",)
    list_select_related = ("owner",)
    search_fields = ("public_id", "owner__email")
    date_hierarchy = "created_at"


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Work on photos."""

    list_display = (
        "public_id", "kind", "state", "stage", "progress", "attempts", "error_code", "created_at",
    )  # fmt: skip
    list_filter = ("state", "kind", "error_code")
    search_fields = ("public_id", "photo__public_id", "photo__owner__email")
    date_hierarchy = "created_at"
    inlines = (ArtifactInline,)
