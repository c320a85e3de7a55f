"""One's webhooks, on the account's page."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from amena import outbound
from amena.accounts.limits import limited
from amena.site.forms import WebhookForm
from amena.site.views.account import answer, page, part
from amena.webhooks import endpoints, signing
from amena.webhooks.models import Endpoint

#: Code of `outbound.TargetError` → why an address is not taken.
_REFUSALS: Final = {
    "bad_url": gettext_lazy("Enter a URL that starts with https:// and has no port number."),
    "unknown_host": gettext_lazy("This host was not found. Check the URL."),
    "private_address": gettext_lazy("This host is not on the public internet."),
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """Adds an endpoint; its secret is shown in this answer alone."""
    if request.method != "POST":
        return part("webhooks")
    form = WebhookForm(request.POST)
    try:
        if form.is_valid():
            fields = form.cleaned_data
            added = endpoints.register(request.user, fields["url"], fields["events"])
            return page(request, webhook_secret=signing.secret(added.salt))
    except outbound.TargetError as error:
        form.add_error("url", _REFUSALS[error.code])
    except endpoints.TooManyError:
        form.add_error("url", _("You have reached the limit of webhooks. Delete one first."))
    return page(request, status=400, webhook_form=form)


@require_POST
def delete(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Deletes an endpoint with its log."""
    endpoints.delete(_endpoint(request, webhook_id))
    return _back(request, _("The webhook is deleted."))


@require_POST
def enable(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Sends to a disabled endpoint again, what has waited meanwhile too."""
    endpoints.enable(_endpoint(request, webhook_id))
    return _back(request, _("The webhook is switched on."))


@require_POST
@limited("webhook_ping")
def ping(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    """Sends an event that means nothing; a disabled endpoint stays as it is."""
    found = _endpoint(request, webhook_id)
    if found.disabled_at is not None:
        return _back(request, _("The webhook is switched off. Switch it on first."))
    endpoints.ping(found)
    return _back(request, _("A test is on its way."))


def _endpoint(request: HttpRequest, webhook_id: UUID) -> Endpoint:
    return get_object_or_404(Endpoint.objects.for_user(request.user), public_id=webhook_id)


def _back(request: HttpRequest, text: str) -> HttpResponse:
    return answer(request, "webhooks", text)
