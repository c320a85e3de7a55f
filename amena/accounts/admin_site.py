"""The admin's own way in: by password, and not often; or with Google alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite as DjangoAdminSite
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.urls import URLPattern, URLResolver, reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from amena.accounts import limits


class AdminSite(DjangoAdminSite):
    """Locks out a caller who tries too many passwords, by address and by account."""

    site_header = "Amena (all times in UTC)"
    index_title = "Administration"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Django's, each with the admin's own form for people who have not signed in.

        Django itself says so of the site's pages, but not of those of the models.
        """
        # Nothing here has a page on the site. Django's way there asks nobody what they may see.
        urls = [url for url in super().get_urls() if getattr(url, "name", "") != "view_on_site"]
        _ask_at(reverse_lazy("admin:login"), urls)
        return urls

    @method_decorator([never_cache, login_not_required])
    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Shows the form and takes it. Right or wrong, every try counts: a lock-out tells nothing.

        With `STAFF_SIGN_IN=google` no password is taken: the way leads to the site's sign-in. A
        person who has signed in there and is no staff reads so.

        Raises:
            LimitReachedError: too many from this address, or for this account from anywhere.
        """
        if settings.STAFF_SIGN_IN == "google":
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            wanted = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index")
            return redirect_to_login(wanted, resolve_url(settings.LOGIN_URL))
        if request.method == "POST":
            limits.check_password_try(request, request.POST.get("username", ""))
        return super().login(request, extra_context)


class PrivateAdmin(ModelAdmin):
    """Staff see what the lists show, and learn nothing else by asking in other ways.

    Lists filter by what they offer as filters alone: Django would allow every column, so that a
    password's hash could be read letter by letter. The log of changes names rows by their keys,
    since it is kept when a person has gone.
    """

    view_on_site = False
    #: Further lookups that our own links use.
    linked_by: tuple[str, ...] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether a list may be narrowed by this column."""
        offered = {
            each if isinstance(each, str) else getattr(each, "parameter_name", "")
            for each in self.get_list_filter(request)
        }
        column = lookup.removesuffix("__exact").removesuffix("__isnull")
        return column in {*offered, *self.linked_by}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """The log's row, without the object's name."""
        return _unnamed(super().log_addition(request, obj, message))

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """The log's row, without the object's name."""
        return _unnamed(super().log_change(request, obj, message))


def _unnamed(entry: LogEntry) -> LogEntry:
    entry.object_repr = f"{entry.content_type} {entry.object_id}"
    entry.save(update_fields=["object_repr"])
    return entry


def _ask_at(login_url: str, urls: list[URLPattern | URLResolver]) -> None:
    for each in urls:
        if isinstance(each, URLResolver):
            _ask_at(login_url, each.url_patterns)
        elif getattr(each.callback, "login_required", True):
            each.callback.login_url = login_url
