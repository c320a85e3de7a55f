"""One's photos, and the place to add one."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from amena import errors
from amena.accounts.limits import limited
from amena.gone import GoneError
from amena.jobs import collection, selectors, wording
from amena.jobs.faces import face
from amena.jobs.forms import UploadForm
from amena.jobs.models import Photo
from amena.jobs.services import deletion, quotas, submission
from amena.jobs.uploads import was_too_large
from amena.jobs.views.refusals import over_quota

#: What the wall can be narrowed to, by the address's `show`; empty: nothing.
_FILTERS = (
    ("", _("All")),
    ("working", _("In progress")),
    ("ready", _("Ready")),
    ("failed", pgettext_lazy("stopped ones too", "Failed")),
)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("upload")
def wall(request: HttpRequest) -> HttpResponse:
    """One's photos; a POST adds one."""
    if request.method != "POST":
        return _wall(request, UploadForm())
    if was_too_large(request):
        return _refused(request, errors.TEXTS[413].line, 413)
    try:
        submission.check_room(request.user, request.POST.get("submission"))
    except quotas.QuotaExceededError as refusal:
        return over_quota(_refused(request, refusal.message, 429), refusal)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, next(iter(form.errors.values()))[0], 400)
    try:
        photo = submission.submit(
            request.user,
            form.cleaned_data["photo"],
            form.options(),
            form.cleaned_data["submission"],
        )
    except quotas.QuotaExceededError as refusal:
        return over_quota(_refused(request, refusal.message, 429), refusal)
    except GoneError as error:  # the account was deleted at this very moment
        raise Http404 from error
    return _taken(request, photo)


@never_cache
@require_safe
def card(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One card of the wall, which asks for itself while work goes on."""
    return render(
        request, "jobs/_card.html", {"card": face(selectors.card(request.user, photo_id))}
    )


@never_cache
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    """How much of the limits is used; asked for when photos have come or got ready. While there is
    something to wait for, the offer of an email comes with it.
    """
    context = {"usage": quotas.usage(request.user), "out_of_band": True}
    return render(request, "jobs/_usage_answer.html", context)


@require_POST
def restore(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Brings back a photo that was deleted a moment ago."""
    count = deletion.restore(request.user, photo_id)
    if not count:
        return errors.page(request, 404, _("It is too late to undo this. The photo is gone."))
    several = {"several": str(count)} if count > 1 else {}
    return redirect(back_to_wall(request, restored=str(photo_id), **several))


def back_to_wall(request: HttpRequest, **further: str) -> str:
    """The wall's address with the page and the filter that the form was sent from."""
    address = reverse("wall")
    before = urlsplit(request.headers.get("Referer", ""))
    query = QueryDict(before.query if before.path == address else "", mutable=True)
    kept = {name: query[name] for name in ("page", "show", "q") if query.get(name)}
    values = urlencode(kept | further)
    return f"{address}?{values}" if values else address


def _wall(
    request: HttpRequest, form: UploadForm, error: str = "", status: int = 200
) -> HttpResponse:
    show, name = request.GET.get("show", ""), request.GET.get("q", "").replace("\0", "").strip()
    page, cards = selectors.wall(request.user, request.GET.get("page", 1), show, name)
    context = {
        "form": form,
        "estimators": settings.DEPTH_ESTIMATORS,
        "error": error,
        "page": page,
        "cards": cards,
        "faces": [face(each) for each in cards],
        "working": any(each.job.is_active for each in cards),
        "filters": _FILTERS,
        "show": show if show in selectors.FILTERS else "",
        "name": name,
        "usage": quotas.usage(request.user),
        "max_bytes": settings.UPLOAD_MAX_BYTES,
        "limits": wording.LIMITS,
        "selecting": "select" in request.GET and bool(cards),
        "collections": collection.WHAT.items(),
        "deleted": _just_deleted(request),
        "undo_seconds": int(deletion.UNDO_TIME.total_seconds()),
    }
    return render(request, "jobs/wall.html", context, status=status)


def _just_deleted(request: HttpRequest) -> list[Photo]:
    """The photo `deleted` of the address and those that went with it, while that can be undone."""
    try:
        photo_id = UUID(request.GET["deleted"])
    except (KeyError, ValueError):
        return []
    return list(deletion.together(request.user, photo_id))


def _refused(request: HttpRequest, message: str, status: int) -> HttpResponse:
    """The page again, with what is wrong; that line alone for the script."""
    if errors.sent_by_upload_script(request):
        return HttpResponse(message, content_type="text/plain; charset=utf-8", status=status)
    return _wall(request, UploadForm(), message, status)


def _taken(request: HttpRequest, photo: Photo) -> HttpResponse:
    """The photo's page; for the script its card, and where the page is."""
    address = reverse("photo", args=[photo.public_id])
    if not errors.sent_by_upload_script(request):
        return redirect(address)
    context = {"card": face(selectors.card(request.user, photo.public_id))}
    response = render(request, "jobs/_card.html", context, status=201)
    response["Location"] = address
    if quotas.usage(request.user).refusal:
        response["X-Upload-Full"] = "1"  # the next would be refused: it need not be sent for that
    return response
