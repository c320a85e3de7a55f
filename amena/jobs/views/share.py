"""The owner's side of a link by which everybody may look at a 3D photo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amena import errors
from amena.gone import GoneError
from amena.jobs import result, selectors
from amena.jobs.cards import Card
from amena.jobs.services import sharing
from amena.jobs.views import public


@require_POST
def share(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Makes the link, or shows the one there is."""
    try:
        sharing.share(selectors.photo(request.user, photo_id))
    except GoneError:
        return errors.page(request, 400, _("Wait until the first 3D photo is ready."))
    return _panel(request, photo_id)


@require_POST
def unshare(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Ends the link for good."""
    sharing.revoke(selectors.photo(request.user, photo_id))
    return _panel(request, photo_id)


@require_POST
def choose(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Lets the link stay at the version that the page shows, or follow the newest."""
    found = selectors.photo(request.user, photo_id)
    version, follow = _version(request), request.POST.get("follow")
    if follow not in ("newest", "this") or (follow == "this" and version is None):
        text = _("The link was not changed. Reload the page, then choose the version again.")
        return errors.page(request, 400, text)
    chosen = version if follow == "this" else None
    try:
        sharing.choose(found, chosen and selectors.job(request.user, chosen))
    except GoneError:
        return errors.page(request, 400, _("This 3D photo is no longer stored. Make it again."))
    return _panel(request, photo_id)


def share_context(request: HttpRequest, card: Card) -> dict[str, Any]:
    """The panel's link and the code for other pages, where there is a link."""
    if card.share is None or card.result is None:
        return {"card": card}
    return {
        "card": card,
        "share_version": result.Version(sharing.motion(card.share)),
        "share_link": request.build_absolute_uri(card.share.get_absolute_url()),
        "share_code": public.frame(request, card.share),
    }


def _version(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.POST["version"])
    except (KeyError, ValueError):
        return None


def _panel(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    version = _version(request)
    if not request.htmx:
        query = f"?version={version}" if version else ""
        return redirect(f"{reverse('photo', args=[photo_id])}{query}#share")
    card = selectors.card(request.user, photo_id)
    # Its button is gone with the panel before: the focus goes on to what has come.
    shown = {"result": result.of_card(card, version), "takes_focus": True}
    return render(request, "jobs/_share.html", shown | share_context(request, card))
