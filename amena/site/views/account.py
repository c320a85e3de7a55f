"""One's account: usage, language, sessions, tokens, all one's data, and leaving."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amena.accounts import language, sessions, tokens
from amena.accounts.limits import limited
from amena.accounts.models import Token, User
from amena.jobs import archives
from amena.jobs.services import quotas
from amena.site import deletion, export, webhook_words
from amena.site.forms import DeleteAccountForm, TokenForm, WebhookForm
from amena.webhooks.models import Delivery, Endpoint


@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Everything on one page."""
    return page(request)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tokens_page(request: HttpRequest) -> HttpResponse:
    """Makes a token, which is shown in this answer alone."""
    if request.method != "POST":
        return part("tokens")
    form = TokenForm(request.POST)
    if not form.is_valid():
        return page(request, status=400, token_form=form)
    fields = form.cleaned_data
    try:
        secret = tokens.issue(request.user, fields["name"], fields["scope"], form.lifetime())
    except tokens.TooManyError:
        message = _("You have %d tokens. Revoke one that you no longer use, then try again.")
        form.add_error(None, message % tokens.MOST)
        return page(request, status=400, token_form=form)
    return page(request, secret=secret)


@require_POST
def revoke_token(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """Ends a token; programs that use it are refused from now on."""
    if not tokens.revoke(request.user, token_id):
        raise Http404
    return answer(request, "tokens", _("The token is revoked."))


@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Signs the person out in every browser but this one, or in the one that is named."""
    here = request.session.session_key
    if only := request.POST.get("only"):
        ended = sessions.end(request.user, only, but=here)
        text = (
            _("That browser is signed out.") if ended else _("That browser was signed out before.")
        )
        return answer(request, "sessions", text)
    sessions.end_all(request.user, but=here)
    return answer(request, "sessions", _("You are signed out everywhere else."))


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """The same as the foot of every page does, with an answer in the new language."""
    response = language.choose(request)
    if response.status_code == 302:
        with translation.override(request.user.language):
            answer(request, "language", _("The language is saved."))
    return response


@require_POST
@limited("export")
def export_account(request: HttpRequest) -> StreamingHttpResponse:
    """All one's data as a ZIP archive. By POST, so that no other site can start it."""
    name = f"amena-{timezone.localdate():%Y-%m-%d}.zip"
    return archives.respond(export.members(request.user), name)


@never_cache
@require_POST
def delete_account(request: HttpRequest) -> HttpResponse:
    """Deletes the account of a person who types its address."""
    form = DeleteAccountForm(request.POST, email=request.user.email)
    if not form.is_valid():
        return page(request, status=400, delete_form=form)
    deletion.delete(request.user)
    logout(request)
    messages.success(request, _("Your account and all your photos are deleted."))
    response = redirect(f"{reverse('landing')}#answer")
    response["Clear-Site-Data"] = '"storage"'  # photos that were still to be uploaded
    return response


def answer(request: HttpRequest, about: str, text: str) -> HttpResponse:
    """Back to the account's page, where the answer stands in the part it is about, in focus."""
    list(messages.get_messages(request))  # one that has not been read is not said any more
    messages.success(request, text, extra_tags=about)
    return part("answer")


def part(name: str) -> HttpResponse:
    """Leads to a part of the account's page."""
    return redirect(f"{reverse('account')}#{name}")


def page(request: HttpRequest, status: int = 200, **more: Any) -> HttpResponse:
    """The account's page; `more` takes the place of what it has of that name."""
    user = request.user
    context = {
        "usage": quotas.usage(user),
        "sessions": sessions.sign_ins(user, request.session.session_key),
        "tokens": Token.objects.usable().filter(user=user).order_by("created_at"),
        "token_form": TokenForm(),
        "webhooks": _webhooks(user),
        "webhook_form": WebhookForm(),
        "delete_form": DeleteAccountForm(email=user.email),
        "secret": "",
        "webhook_secret": "",
    }
    return render(request, "accounts/account.html", context | more, status=status)


def _webhooks(user: User) -> list[Endpoint]:
    """The person's endpoints, each with its `last` delivery, or None."""
    found = list(Endpoint.objects.for_user(user).order_by("created_at"))
    log = Delivery.objects.filter(endpoint__in=found).order_by("endpoint", "-created_at")
    last = {each.endpoint_id: each for each in log.distinct("endpoint")}
    for endpoint in found:
        endpoint.last = last.get(endpoint.pk)
        endpoint.tells = [webhook_words.EVENT_TITLES[each] for each in endpoint.events]
        endpoint.reason = webhook_words.reason(endpoint.last) if endpoint.last else ""
    return found
