"""Signing in. The provider's own pages join here; the development sign-in is the simplest one."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from amena.accounts.context import dev_login_enabled
from amena.accounts.forms import DevLoginForm

_DEV_BACKEND = "django.contrib.auth.backends.ModelBackend"


def _next_page(request: HttpRequest, wanted: str) -> str:
    """The page asked for, if it is one of ours."""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return settings.LOGIN_REDIRECT_URL


@require_GET
@never_cache
def login_page(request: HttpRequest) -> HttpResponse:
    """Offers the ways to sign in."""
    wanted = request.GET.get("next", "")
    if request.user.is_authenticated:
        return redirect(_next_page(request, wanted))
    return render(request, "accounts/login.html", {"form": DevLoginForm(), "next": wanted})


@require_POST
def dev_login(request: HttpRequest) -> HttpResponse:
    """Signs anybody in as anybody. A 404 unless DEBUG and DEV_LOGIN are both on."""
    if not dev_login_enabled():
        raise Http404
    wanted = request.POST.get("next", "")
    form = DevLoginForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "next": wanted}
        return render(request, "accounts/login.html", context, status=400)
    users = get_user_model().objects
    email = form.cleaned_data["email"]
    user = users.filter(email__iexact=email).first() or users.create_user(email)
    if user.is_staff:
        # Staff sign in with their password; a development database may be a copy of a real one.
        form.add_error("email", "This address belongs to staff: sign in through the admin.")
        context = {"form": form, "next": wanted}
        return render(request, "accounts/login.html", context, status=403)
    login(request, user, backend=_DEV_BACKEND)
    return redirect(_next_page(request, wanted))
