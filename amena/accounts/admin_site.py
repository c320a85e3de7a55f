"""The admin's own way in: by password, and not often."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite as DjangoAdminSite
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from amena.accounts import limits


class AdminSite(DjangoAdminSite):
    """Locks out whoever tries too many passwords, by address and by account."""

    site_header = "Amena (all times in UTC)"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's, each with the admin's own form for whoever has not signed in.

        Django itself says so of the site's pages, but not of those of the models.
        """
        urls = super().get_urls()
        _ask_at(reverse_lazy("admin:login"), urls)
        return urls

    @method_decorator([never_cache, login_not_required])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form. Every try counts, right or wrong, so that a lock-out tells nothing.

        Raises:
            LimitReachedError: too many from this address, or for this account from anywhere.
        """
        if request.method == "POST":
            limits.check_password_try(request, request.POST.get("username", ""))
        return super().login(request, extra_context)


def _ask_at(login_url: str, urls: list[URLPattern | URLResolver]) -> None:
    for each in urls:
        if isinstance(each, URLResolver):
            _ask_at(login_url, each.url_patterns)
        elif getattr(each.callback, "login_required", True):
            each.callback.login_url = login_url
