"""One photo's page: the work on it, then the result and what can be done with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from amena import errors
from amena.jobs import selectors
from amena.jobs.forms import MotionForm
from amena.jobs.services import deletion, quotas, submission
from amena.jobs.views.refusals import over_quota


@never_cache
@require_GET
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One photo: the work on it, then the result."""
    return render(request, "jobs/photo.html", _context(request, photo_id))


@never_cache
@require_GET
def work(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The part of the photo's page that changes while work goes on."""
    return render(request, "jobs/_work.html", _context(request, photo_id))


@require_POST
def delete(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Deletes a photo and everything made from it."""
    deletion.delete(selectors.photo(request.user, photo_id))
    return redirect("wall")


@require_POST
def restyle(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Another motion of a finished photo."""
    found = selectors.photo(request.user, photo_id)
    form = MotionForm(request.POST)
    if not form.is_valid():
        return errors.page(request, 400, "Choose one of the motions on the photo's page.")
    try:
        submission.restyle(found, form.options())
    except LookupError:
        return errors.page(request, 400, "Wait until the first 3D photo is ready.")
    except quotas.QuotaExceededError as refusal:
        return over_quota(errors.page(request, 429, refusal.message), refusal)
    return redirect("photo", photo_id)


def _context(request: HttpRequest, photo_id: UUID) -> dict[str, Any]:
    return {"card": selectors.card(request.user, photo_id), "motions": MotionForm()}
