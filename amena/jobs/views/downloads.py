"""Further files of a finished 3D photo."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from amena.engine.errors import OptionsError
from amena.jobs import result, selectors
from amena.jobs.models import Job
from amena.jobs.services import quotas, submission
from amena.jobs.views.refusals import quota_refusal, refusal


@never_cache
@require_GET
def downloads(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The list, which asks for itself while a file is being made."""
    return _list(request, selectors.job(request.user, job_id))


@require_POST
def export(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Orders one further file."""
    job = selectors.job(request.user, job_id)
    try:
        submission.export(job, [request.POST.get("output", "")])
    except OptionsError:
        return refusal(request, 400, _("Choose one of the formats on the photo’s page."))
    except LookupError:
        return refusal(request, 400, _("This 3D photo is no longer stored. Make it again."))
    except quotas.QuotaExceededError as error:
        return quota_refusal(request, error)
    if request.htmx:
        return _list(request, job)
    page = reverse("photo", args=[job.photo.public_id])
    return redirect(f"{page}?version={job.public_id}#downloads")


def _list(request: HttpRequest, job: Job) -> HttpResponse:
    card = selectors.card(request.user, job.photo.public_id)
    found = result.of_card(card, job.public_id)
    return render(request, "jobs/_downloads.html", {"card": card, "result": found})
