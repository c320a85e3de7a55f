"""Users and their quotas in the admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest

from amena.accounts import sessions
from amena.accounts.admin_site import PrivateAdmin
from amena.accounts.models import Quota, User
from amena.site import deletion


class QuotaInline(admin.StackedInline):
    """The user's limits; what was used today is not for editing."""

    model = Quota
    readonly_fields = ("day", "used", "changes")
    can_delete = False


@admin.register(User)
class UserAdmin(PrivateAdmin):
    """People. The address and password are changed by the person or on the command line."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name", "public_id")
    fields = (
        "public_id", "email", "name", "language", "timezone",
        "is_active", "is_staff", "is_superuser", "date_joined", "last_login", "signed_in",
    )  # fmt: skip
    readonly_fields = ("public_id", "email", "date_joined", "last_login", "signed_in")
    inlines = (QuotaInline,)
    ordering = ("-date_joined",)
    actions = ("end_sessions", "delete_accounts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without accounts that are deleted and wait for the last of their files to go."""
        return super().get_queryset(request).filter(deleted_at=None)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Only superusers make others staff."""
        fixed = super().get_readonly_fields(request, obj)
        return fixed if request.user.is_superuser else (*fixed, "is_staff", "is_superuser")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """People arrive by signing in; staff are made by `createsuperuser`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never so: the files would stay behind. The action below takes them along."""
        return False

    @admin.display(description="signed in with")
    def signed_in(self, user: User) -> str:
        """In how many browsers the person is signed in."""
        return f"{user.sessions.filter(expire_date__gt=Now()).count()} browsers"

    @admin.action(description="Sign out everywhere", permissions=["change"])
    def end_sessions(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For a lost laptop, or an account that somebody else is in."""
        ended = sum(sessions.end_all(user) for user in people)
        self.message_user(request, f"{ended} sessions have ended.", messages.SUCCESS)

    @admin.action(description="Delete account and all data", permissions=["change"])
    def delete_accounts(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """As the person's own button does; not for staff, who lose their role first."""
        chosen = people.filter(is_staff=False)
        gone = len([deletion.delete(user) for user in chosen])
        self.message_user(request, f"{gone} accounts are deleted.", messages.SUCCESS)
