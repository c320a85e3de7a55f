"""Maps of several depth estimators side by side, to choose one by."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amena import errors
from amena.gone import GoneError
from amena.jobs import result, selectors
from amena.jobs.comparison import Comparison
from amena.jobs.models import Job
from amena.jobs.services import exports, quotas
from amena.jobs.views.refusals import quota_refusal


@never_cache
@require_safe
def estimates(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The maps of a finished 3D photo, or how far they are: a part of the photo's page, which asks
    for itself while they are made; without scripts a page of its own.
    """
    return _shown(request, selectors.job(request.user, job_id))


@require_POST
def compare(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Orders the maps, unless they are there already."""
    job = selectors.job(request.user, job_id)
    try:
        exports.order(job, ["estimates"])
    except GoneError:
        text = _("This 3D photo is no longer stored. Make it again.")
        return errors.page(request, 400, text)
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    if request.htmx:
        return _shown(request, job)
    return redirect("estimates", job_id)


def _shown(request: HttpRequest, job: Job) -> HttpResponse:
    card = selectors.card(request.user, job.photo.public_id)
    found = result.of_card(card, job.public_id)
    template = "jobs/_estimates.html" if request.htmx else "jobs/estimates.html"
    context = {"card": card, "result": found, "comparison": found and Comparison(found)}
    return render(request, template, context)
