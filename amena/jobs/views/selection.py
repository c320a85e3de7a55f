"""Several photos of the wall at a time: deleted together, or downloaded as one archive."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amena import errors
from amena.accounts.limits import limited
from amena.jobs import archives, collection, selectors
from amena.jobs.models import PhotoQuerySet
from amena.jobs.services import deletion
from amena.jobs.views.wall import back_to_wall


@require_POST
def delete(request: HttpRequest) -> HttpResponseBase:
    """Deletes the chosen photos; the wall offers to take that back for all of them at once."""
    photos = list(_chosen(request).prefetch_related(None))
    if not photos:
        return _none(request)
    deletion.delete(*photos, undoable=True)
    return redirect(back_to_wall(request, deleted=str(photos[0].public_id)))


@require_POST
@limited("download")
def download(request: HttpRequest) -> HttpResponseBase:
    """A ZIP archive of the chosen photos' files. By POST, so that no other site can start it."""
    chosen = collection.keys(_chosen(request))
    if not chosen:
        return _none(request)
    if not collection.is_any_made(chosen):
        return errors.page(request, 400, _("None of these photos is ready yet."))
    what = request.POST.get("files", "")
    what = what if what in collection.WHAT else next(iter(collection.WHAT))
    name = f"amena-{timezone.localdate():%Y-%m-%d}.zip"
    return archives.respond(collection.members(request.user, chosen, what), name)


def _chosen(request: HttpRequest) -> PhotoQuerySet:
    """The person's own photos that the form names; with `all` every one that the wall shows."""
    if "all" in request.POST:
        name = request.POST.get("q", "").replace("\0", "").strip()
        return selectors.narrowed(request.user, request.POST.get("show", ""), name)
    ids = []
    for each in request.POST.getlist("photo"):
        try:
            ids.append(UUID(each))
        except ValueError:
            continue
    return selectors.photos(request.user).filter(public_id__in=ids)


def _none(request: HttpRequest) -> HttpResponseBase:
    return errors.page(request, 400, _("Select at least one photo."))
