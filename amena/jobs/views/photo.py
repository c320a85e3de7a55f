"""One photo's page: the work on it, then the result and what can be done with it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amena import errors
from amena.accounts.limits import limited
from amena.gone import GoneError
from amena.jobs import result, selectors, wording
from amena.jobs.forms import DepthForm, RestyleForm, RotateForm
from amena.jobs.models import Photo
from amena.jobs.services import deletion, quotas, submission
from amena.jobs.uploads import was_too_large
from amena.jobs.views.headsets import for_headsets
from amena.jobs.views.refusals import quota_refusal
from amena.jobs.views.share import share_context
from amena.jobs.views.wall import back_to_wall

FRAME_RATES: Final = (24, 30, 60)


@for_headsets
@never_cache
@require_safe
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One photo: the work on it, then the result; `?version=…` shows an earlier one."""
    return render(request, "jobs/photo.html", context(request, photo_id))


@never_cache
@require_safe
def work(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The part of the photo's page that changes while work goes on; with it the picture, where it
    is not what the page has `shown`.
    """
    found = context(request, photo_id)
    now = found["preview"]["glb"] if found["preview"] else ""
    stale = not found["result"] and request.GET.get("shown", "") != now
    found |= {"asked": True, "out_of_band": stale}
    return render(request, "jobs/_work_answer.html", found)


@require_POST
def delete(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Deletes a photo and everything made from it; the wall offers to take that back."""
    deletion.delete(selectors.photo(request.user, photo_id), undoable=True)
    return redirect(back_to_wall(request, deleted=str(photo_id)))


@require_POST
def restyle(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Another video of a finished photo."""
    found = selectors.photo(request.user, photo_id)
    form = RestyleForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, _("Choose one of the motions on the photo’s page."))
    try:
        submission.restyle(found, form.options())
    except GoneError:
        return errors.page(request, 400, _("Wait until the first 3D photo is ready."))
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    return _show_work(request, found)


@require_POST
def rotate(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Orders the photo turned, or cut in two views; that takes the place of the order at work."""
    found = selectors.photo(request.user, photo_id)
    form = RotateForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, _("Choose one of the directions on the photo’s page."))
    try:
        if form.cleaned_data["stereo"]:
            submission.split(found, form.cleaned_data["stereo"])
        else:
            submission.rotate(found, int(form.cleaned_data["by"]))
    except GoneError:
        return errors.page(
            request,
            400,
            _(
                "This 3D photo has expired and its files have been deleted. "
                "Upload the photo again to make a new one."
            ),
        )
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    return _show_work(request, found)


@require_POST
@limited("upload")
def edit_depth(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The photo once more, with its depth painted over or replaced."""
    found = selectors.photo(request.user, photo_id)
    if was_too_large(request):
        text = _("That depth map is too large. It can be up to %(bytes)s.")
        return errors.page(request, 413, text % wording.LIMITS)
    try:
        quotas.check(request.user, found)  # before the picture is looked at
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    form = DepthForm(request.POST, request.FILES)
    if not form.is_valid():
        return errors.page(request, 400, str(next(iter(form.errors.values()))[0]))
    values = form.cleaned_data
    try:
        submission.edit_depth(
            found, values["picture"], values["mode"], values["near"] or "bright", form.options()
        )
    except GoneError:
        return errors.page(request, 400, _("Wait until the first 3D photo is ready."))
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    return _show_work(request, found)


def context(request: HttpRequest, photo_id: UUID) -> dict[str, Any]:
    """What the page and its parts show."""
    card = selectors.card(request.user, photo_id)
    return {
        "card": card,
        "result": result.of_card(card, _version(request)),
        "preview": card.preview and card.preview | {"motion": result.motion_of(card.job)},
        "style": RestyleForm(),
        "frame_rates": FRAME_RATES,
        "retention_days": settings.RETENTION_DAYS,
        **share_context(request, card),
    }


def _version(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET["version"])
    except (KeyError, ValueError):
        return None


def _show_work(request: HttpRequest, found: Photo) -> HttpResponse:
    if request.htmx:
        shown = context(request, found.public_id)
        # The worker may be done already: then the page asks for the result at once.
        return render(request, "jobs/_work.html", shown | {"asked": True})
    return redirect("photo", found.public_id)
