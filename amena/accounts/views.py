"""Signing in, and the tokens of those who have.

The provider's own pages join here; the development sign-in is the simplest one.
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amena.accounts import tokens
from amena.accounts.context import dev_login_enabled
from amena.accounts.forms import DevLoginForm, TokenForm
from amena.accounts.models import Token

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


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens_page(request: HttpRequest) -> HttpResponse:
    """One's tokens, and a form for another. A new one is shown in that form's answer alone."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    context: dict[str, object] = {"secret": ""}
    if request.method == "POST" and form.is_valid():
        fields = form.cleaned_data
        context["secret"] = tokens.issue(
            request.user, fields["name"], fields["scope"], form.lifetime()
        )
        form = TokenForm()
    status = 400 if form.errors else 200
    context |= {
        "form": form,
        "tokens": Token.objects.usable().filter(user=request.user).order_by("created_at"),
    }
    return render(request, "accounts/tokens.html", context, status=status)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Ends a token; programs that use it are refused from now on."""
    if not tokens.revoke(request.user, token_id):
        raise Http404
    return redirect("tokens")
