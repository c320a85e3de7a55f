"""Signing in: with Google, and on developers' machines with any address."""

from __future__ import annotations

import logging
from typing import Any, Final

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe
from social_core.exceptions import AuthCanceled, SocialAuthBaseException

from amena.accounts import google
from amena.accounts.context import dev_login_enabled
from amena.accounts.forms import DevLoginForm
from amena.accounts.limits import limited
from amena.accounts.models import User

logger = logging.getLogger(__name__)

#: It looks at every request whether the account is still active; the provider's own does not.
_SESSION_BACKEND: Final = "django.contrib.auth.backends.ModelBackend"
_NEXT: Final = "sign_in_next"

_REFUSED: Final = gettext_lazy(
    "The sign-in with Google was cancelled. You can try again at any time."
)
_UNVERIFIED: Final = gettext_lazy(
    "Google has not verified your email address yet. Verify it in your Google account, "
    "then try again."
)
_IN_USE: Final = gettext_lazy(
    "This email address already belongs to another account here. Sign in with the "
    "Google account you used before."
)
_CLOSED: Final = gettext_lazy(
    "This account has been suspended. Contact the operator of this service."
)
_STALE: Final = gettext_lazy(
    "That sign-in has expired or was started in another browser. Please sign in again."
)
_FAILED: Final = gettext_lazy("Google cannot sign you in right now. Please try again in a minute.")


class SignOut(LogoutView):
    """Ends the session, and what the browser keeps: photos that were still to be uploaded."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Signs out where a form asks for it; a link that is merely followed does not."""
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"storage"'
        return response


@login_not_required
@never_cache
@require_safe
def login_page(request: HttpRequest) -> HttpResponse:
    """Offers the ways to sign in."""
    wanted = request.GET.get("next", "")
    if request.user.is_authenticated:
        return redirect(_next_page(request, wanted))
    return _login_page(request, wanted)


@login_not_required
@never_cache
@require_POST
@limited("sign_in")
def google_start(request: HttpRequest) -> HttpResponse:
    """Sends the browser to Google. By POST alone: nobody is signed in without having asked."""
    if not google.is_set_up():
        raise Http404
    wanted = _next_page(request, request.POST.get("next", ""))
    if request.user.is_authenticated:
        return redirect(wanted)
    request.session[_NEXT] = wanted
    try:
        return google.backend(request).start()
    except SocialAuthBaseException as error:
        return _failed(request, error)


@login_not_required
@never_cache
@require_GET
def google_done(request: HttpRequest) -> HttpResponse:
    """Where Google sends the browser back to. A look by HEAD would use up its code."""
    if not google.is_set_up():
        raise Http404
    if request.user.is_authenticated:
        return redirect(settings.LOGIN_REDIRECT_URL)
    wanted = request.session.get(_NEXT, "")
    try:
        user = google.backend(request).complete(request=request)
    except SocialAuthBaseException as error:
        return _failed(request, error)
    if not isinstance(user, User) or not user.is_active:
        return _login_page(request, wanted, error=_CLOSED, status=403)
    request.session.pop(_NEXT, None)
    login(request, user, backend=_SESSION_BACKEND)
    logger.info("Signed in: %s", user.public_id)
    return redirect(_next_page(request, wanted))


@login_not_required
@require_POST
@limited("sign_in")
def dev_login(request: HttpRequest) -> HttpResponse:
    """Signs anybody in as anybody. A 404 unless DEBUG and DEV_LOGIN are both on."""
    if not dev_login_enabled():
        raise Http404
    wanted = request.POST.get("next", "")
    form = DevLoginForm(request.POST)
    if not form.is_valid():
        return _login_page(request, wanted, form, status=400)
    users = get_user_model().objects
    email = form.cleaned_data["email"]
    user = users.filter(email__iexact=email).first() or users.create_user(email)
    if user.is_staff:
        # Staff sign in with their password; a development database may be a copy of a real one.
        form.add_error("email", _("This address belongs to staff. Sign in through the admin."))
        return _login_page(request, wanted, form, status=403)
    login(request, user, backend=_SESSION_BACKEND)
    return redirect(_next_page(request, wanted))


def _next_page(request: HttpRequest, wanted: str) -> str:
    """The page asked for, if it is one of ours."""
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def _login_page(
    request: HttpRequest,
    wanted: str,
    form: DevLoginForm | None = None,
    *,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"form": form or DevLoginForm(), "next": wanted, "error": error}
    return render(request, "accounts/login.html", context, status=status)


def _failed(request: HttpRequest, error: SocialAuthBaseException) -> HttpResponse:
    """The login page again, with what went wrong."""
    # Neither its message nor its context: they may hold what Google said of the person.
    logger.warning("Sign-in with Google failed: %s (%s)", error.code, error.stage)
    if isinstance(error, AuthCanceled):
        message, status = _REFUSED, 403
    elif error.code == "profile_email_missing":
        message, status = _UNVERIFIED, 403
    elif error.code == "email_in_use":
        message, status = _IN_USE, 403
    elif error.recovery in ("restart_login", "correct_input"):
        message, status = _STALE, 400
    else:
        message, status = _FAILED, 502
    return _login_page(request, request.session.get(_NEXT, ""), error=message, status=status)
