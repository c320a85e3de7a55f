"""What a person does with a job: stop it, try it again, or have read how it has ended."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from amena.gone import GoneError
from amena.jobs import selectors
from amena.jobs.services import places, quotas, submission
from amena.jobs.views import photo, wall
from amena.jobs.views.refusals import quota_refusal


@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stops a job. One that has just ended stays as it is. With `wall`, back to the wall."""
    job = selectors.job(request.user, job_id)
    places.cancel(job.public_id)
    if "wall" in request.POST:
        return redirect(wall.back_to_wall(request, stopped=str(job.photo.public_id)))
    return redirect("photo", job.photo.public_id)


@require_POST
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Tries a failed or cancelled job again."""
    job = selectors.job(request.user, job_id)
    try:
        submission.retry(job)
    except GoneError as error:  # deleted at this very moment
        raise Http404 from error
    except quotas.QuotaExceededError as refusal:
        return quota_refusal(request, refusal)
    return redirect("photo", job.photo.public_id)


@require_POST
def dismiss(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Takes away the line that says that a further 3D photo has failed or was stopped."""
    job = selectors.job(request.user, job_id)
    submission.dismiss(job)
    if not request.htmx:
        return redirect("photo", job.photo.public_id)
    return render(request, "jobs/_work.html", photo.context(request, job.photo.public_id))
