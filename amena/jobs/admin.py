"""Photos and jobs in the admin, to look at and to act on: always through the services."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Final
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from amena.accounts.admin_site import PrivateAdmin
from amena.jobs import media, storage
from amena.jobs.models import ACTIVE, Artifact, Job, Photo, Share, State
from amena.jobs.services import staff_actions

logger = logging.getLogger(__name__)


class ReadOnlyAdmin(PrivateAdmin):
    """Rows that only the services may change: an edit here would go past locks and leases."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Photos and jobs come from their owners alone."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The rows are changed by the services alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: the files would stay behind."""
        return False

    # Lists of one person's rows, to which their page links.
    linked_by = ("owner__public_id", "photo__owner__public_id", "photo__public_id")


class AgeFilter(admin.SimpleListFilter):
    """How long ago a row was made."""

    title = "age"
    parameter_name = "age"

    _AGES: ClassVar = {
        "quarter": ("less than 15 minutes", timedelta(minutes=15), True),
        "hour": ("less than an hour", timedelta(hours=1), True),
        "day": ("less than a day", timedelta(days=1), True),
        "old-hour": ("more than an hour", timedelta(hours=1), False),
        "old-day": ("more than a day", timedelta(days=1), False),
    }

    def lookups(self, _request: HttpRequest, _model: admin.ModelAdmin) -> list[tuple[str, str]]:
        """The choices, with their texts."""
        return [(key, text) for key, (text, _, _) in self._AGES.items()]

    def queryset(self, _request: HttpRequest, rows: QuerySet) -> QuerySet:
        """Compares with the database's clock, as everything about jobs does."""
        if self.value() not in self._AGES:
            return rows
        _, age, younger = self._AGES[self.value()]
        since = Now() - age
        return rows.filter(**{"created_at__gte" if younger else "created_at__lt": since})


class ErrorFilter(admin.SimpleListFilter):
    """Why jobs failed; only codes that occur."""

    title = "error"
    parameter_name = "error"

    def lookups(self, _request: HttpRequest, _model: admin.ModelAdmin) -> list[tuple[str, str]]:
        """Looked up among the failed alone, which are few."""
        failed = Job.objects.filter(state=State.FAILED).order_by("error_code")
        return [(code, code) for code in failed.values_list("error_code", flat=True).distinct()]

    def queryset(self, _request: HttpRequest, jobs: QuerySet[Job]) -> QuerySet[Job]:
        """Failed jobs with that code."""
        return jobs.filter(state=State.FAILED, error_code=self.value()) if self.value() else jobs


#: What the log of a photo's changes says when a member of staff has looked at the photo.
LOOKED: Final = "Looked at the thumbnail"


def _way_to_thumbnail(photo: Photo) -> SafeString | str:
    """A link: nobody sees a stranger's photo who has not asked for this one."""
    if photo.deleted_at:
        return "deleted"
    address = reverse("admin:jobs_photo_thumbnail", args=[photo.public_id])
    return format_html(
        '<a href="{}" rel="nofollow">Look at it; the history will say so</a>', address
    )


class JobInline(admin.TabularInline):
    """The jobs of a photo."""

    model = Job
    fk_name = "photo"
    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("-created_at",)
    fields = ("kind", "state", "attempts", "error_code", "created_at", "finished_at")
    readonly_fields = fields


class ArtifactInline(admin.TabularInline):
    """What a job has made."""

    model = Artifact
    extra = 0
    can_delete = False
    fields = ("kind", "size", "content_type", "key")
    readonly_fields = fields


@admin.register(Photo)
class PhotoAdmin(ReadOnlyAdmin):
    """Photos as they were uploaded; the original is shown to nobody."""

    list_display = (
        "public_id", "owner", "format", "width", "height", "size", "created_at", "deleted_at",
    )  # fmt: skip
    list_filter = (AgeFilter, "format", ("deleted_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("public_id", "owner__email")
    search_help_text = "Public id of the photo, or the owner’s e-mail address"
    exclude = ("submission",)
    readonly_fields = ("thumbnail",)
    inlines = (JobInline,)

    @admin.display(description="Thumbnail")
    def thumbnail(self, photo: Photo) -> SafeString | str:
        """Small; the original is shown to nobody."""
        return _way_to_thumbnail(photo)

    def get_urls(self) -> list[URLPattern]:
        """The thumbnails, which nobody but the owner gets elsewhere."""
        view = self.admin_site.admin_view(require_safe(self.thumbnail_file))
        own = path("<uuid:public_id>/thumbnail.jpg", view, name="jobs_photo_thumbnail")
        return [own, *super().get_urls()]

    def thumbnail_file(self, request: HttpRequest, public_id: UUID) -> HttpResponseBase:
        """The small picture, for staff who may see photos. Each look is in the log of changes."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        photo = get_object_or_404(Photo, public_id=public_id, deleted_at=None)
        self.log_change(request, photo, LOOKED)
        logger.info("Staff %s looked at photo %s", request.user.public_id, photo.public_id)
        key = storage.thumbnail_key(photo.public_id)
        response = media.respond(request, key, "image/jpeg", "thumbnail.jpg", download=False)
        response["Cache-Control"] = "private, no-store"  # the next look is to be asked for too
        return response


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    """Work on photos. Actions need the permission to change jobs; the history keeps them."""

    list_display = (
        "public_id", "whose", "kind", "state", "stage", "progress", "attempts", "error_code",
        "created_at", "took",
    )  # fmt: skip
    list_filter = ("state", AgeFilter, ErrorFilter, "kind")
    list_select_related = ("photo__owner",)
    search_fields = ("public_id", "photo__public_id", "photo__owner__email")
    search_help_text = "Public id of the job or photo, or the owner’s e-mail address"
    ordering = ("-pk",)
    exclude = ("lease_token",)
    inlines = (ArtifactInline,)
    actions = ("requeue", "cancel", "fail")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        """With how long the work took."""
        return super().get_queryset(request).annotate(took=F("finished_at") - F("started_at"))

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Whether a member of staff may act on jobs, which nobody may edit."""
        return request.user.has_perm("jobs.change_job")

    @admin.display(description="Owner", ordering="photo__owner__email")
    def whose(self, job: Job) -> SafeString:
        """Leads to all jobs of that person."""
        here = reverse("admin:jobs_job_changelist")
        owner = job.photo.owner
        query = f"photo__owner__public_id={owner.public_id}"
        return format_html('<a href="{}?{}">{}</a>', here, query, owner.email)

    @admin.display(description="Took", ordering="took")
    def took(self, job: Job) -> str:
        """From the last start to the end."""
        return f"{job.took.total_seconds():.1f} s" if job.took else ""

    @admin.action(description="Queue again", permissions=["operate"])
    def requeue(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Failed and cancelled jobs start anew; queued ones get another message."""
        self._each(request, jobs, staff_actions.requeue, "queued again")

    @admin.action(description="Cancel", permissions=["operate"])
    def cancel(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """Cancels queued jobs at once, running ones as soon as their worker learns about it."""
        self._each(request, jobs.filter(state__in=ACTIVE), staff_actions.cancel, "cancelled")

    @admin.action(description="End as failed", permissions=["operate"])
    def fail(self, request: HttpRequest, jobs: QuerySet[Job]) -> None:
        """For jobs that hold up others and that their owner should not simply see stopped."""
        self._each(request, jobs.filter(state__in=ACTIVE), staff_actions.fail, "ended as failed")

    def _each(
        self,
        request: HttpRequest,
        jobs: QuerySet[Job],
        act: Callable[[UUID], bool],
        done: str,
    ) -> None:
        chosen = len(request.POST.getlist("_selected_action"))
        changed = [job for job in jobs if act(job.public_id)]
        for job in changed:
            self.log_change(request, job, done.capitalize())
        level = messages.SUCCESS if changed else messages.WARNING
        self.message_user(request, f"{len(changed)} jobs {done}.", level)
        if request.POST.get("select_across") != "1" and (left := chosen - len(changed)):
            text = f"{left} stay as they are: their state does not allow it."
            self.message_user(request, text, messages.WARNING)


@admin.register(Share)
class ShareAdmin(ReadOnlyAdmin):
    """Links by which others may look. A link works for everybody who has it, so it is not shown."""

    list_display = ("photo", "created_at", "revoked_at")
    list_filter = (AgeFilter, ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("photo",)
    search_fields = ("photo__public_id", "photo__owner__email")
    fields = ("photo", "created_at", "revoked_at")
