"""Users and their quotas in the admin."""

from __future__ import annotations

from django.contrib import admin

from amena.accounts.models import Quota, Token, User


class QuotaInline(admin.StackedInline):
    """The user's limits; what was used today is not for editing."""

    model = Quota
    readonly_fields = ("day", "used")
    can_delete = False


@admin.register(User)
class UserAdmin(admin.ModelAdmin):
    """People. The address and password are changed by the person or on the command line."""

    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name", "public_id")
    fields = ("public_id", "email", "name", "is_active", "is_staff", "date_joined", "last_login")
    readonly_fields = ("public_id", "email", "date_joined", "last_login")
    inlines = (QuotaInline,)
    ordering = ("-date_joined",)

    def has_add_permission(self, request: object) -> bool:  # noqa: ARG002
        """People arrive by signing in; staff are made by `createsuperuser`."""
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:  # noqa: ARG002
        """People delete their account themselves, with all its files; here these would stay."""
        return False


@admin.register(Token)
class TokenAdmin(admin.ModelAdmin):
    """Tokens, to look at and to end: setting `revoked_at` ends one."""

    list_display = ("name", "user", "hint", "scope", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__email")
    fields = ("user", "name", "hint", "scope", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = ("user", "name", "hint", "scope", "last_used_at")

    def has_add_permission(self, request: object) -> bool:  # noqa: ARG002
        """A token is its owner's to make; nobody else may know it."""
        return False
