"""What people call a photo and its versions, which one counts, and deleting one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amena import errors
from amena.gone import GoneError
from amena.jobs import selectors
from amena.jobs.models import Job
from amena.jobs.services import versions


@require_POST
def rename_photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Gives a photo another name."""
    found = selectors.photo(request.user, photo_id)
    versions.rename_photo(found, request.POST.get("name", ""))
    return redirect("photo", found.public_id)


@require_POST
def rename(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Gives a version a name of its own, or with none its usual one again."""
    job = selectors.job(request.user, job_id)
    try:
        versions.rename(job, request.POST.get("name", ""))
    except GoneError:
        return _gone(request)
    return _page_of(job)


@require_POST
def choose(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Makes a version the one that the photo shows."""
    job = selectors.job(request.user, job_id)
    try:
        versions.choose(job)
    except GoneError:
        return _gone(request)
    return _page_of(job)


@require_POST
def delete(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Deletes one version for good."""
    job = selectors.job(request.user, job_id)
    photo = job.photo.public_id
    try:
        versions.delete(job)
    except GoneError:
        return _gone(request)
    except versions.OnlyVersionError:
        text = _("This is the only version. Delete the photo to delete it too.")
        return errors.page(request, 400, text)
    except versions.BusyPhotoError:
        text = _("Wait until the work on this photo is done, or stop it. Then delete the version.")
        return errors.page(request, 400, text)
    return redirect("photo", photo)


def _page_of(job: Job) -> HttpResponse:
    return redirect(f"{reverse('photo', args=[job.photo.public_id])}?version={job.public_id}")


def _gone(request: HttpRequest) -> HttpResponse:
    return errors.page(request, 400, _("This 3D photo is no longer stored. Make it again."))
