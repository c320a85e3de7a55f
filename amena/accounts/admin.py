"""Tokens in the admin; people themselves are in `amena.site.admin`."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group
from social_django.models import Association, Nonce, UserSocialAuth

from amena.accounts.admin_site import PrivateAdmin
from amena.accounts.models import Token

# A Google account's owner must not be edited by hand, and the rest is for programs alone.
for _model in (UserSocialAuth, Association, Nonce, Group):
    admin.site.unregister(_model)


@admin.register(Token)
class TokenAdmin(PrivateAdmin):
    """Tokens, to look at and to end: setting `revoked_at` ends one."""

    list_display = ("name", "user", "hint", "scope", "expires_at", "last_used_at", "revoked_at")
    list_filter = ("scope",)
    list_select_related = ("user",)
    search_fields = ("name", "hint", "user__email")
    fields = ("user", "name", "hint", "scope", "expires_at", "last_used_at", "revoked_at")
    readonly_fields = ("user", "name", "hint", "scope", "last_used_at")

    def has_add_permission(self, request: object) -> bool:
        """A token is its owner's to make; nobody else may know it."""
        return False
