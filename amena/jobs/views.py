"""The pages. Each reads through a selector, acts through a service, and renders."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from amena import errors
from amena.jobs import media, selectors, states, storage
from amena.jobs.forms import MotionForm, UploadForm
from amena.jobs.services import deletion, quotas, submission
from amena.jobs.uploads import was_too_large


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """What Amena is."""
    return render(request, "landing.html")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def wall(request: HttpRequest) -> HttpResponse:
    """One's photos, and the place to add one."""
    if request.method == "GET":
        return _wall(request, UploadForm())
    if was_too_large(request):
        message = errors.TEXTS[413].advice
        return _refused(request, f"The file is too large. {message}", 413)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        message = next(iter(form.errors.values()))[0]
        return _refused(request, message, 400)
    try:
        photo = submission.submit(
            request.user,
            form.cleaned_data["photo"],
            form.options(),
            form.cleaned_data["submission"],
        )
    except quotas.QuotaExceededError as refusal:
        return _over_quota(_refused(request, refusal.message, 429), refusal)
    return _go_to(request, reverse("photo", args=[photo.public_id]))


@login_required
@never_cache
@require_GET
def photo(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One photo: the work on it, then the result."""
    return render(request, "jobs/photo.html", _photo_context(request, photo_id))


@login_required
@never_cache
@require_GET
def work(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """The part of the photo's page that changes while work goes on."""
    return render(request, "jobs/_work.html", _photo_context(request, photo_id))


@login_required
@never_cache
@require_GET
def card(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One card of the wall, which asks for itself while work goes on."""
    return render(request, "jobs/_card.html", {"card": selectors.card(request.user, photo_id)})


@login_required
@require_POST
def delete(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """Deletes a photo and everything made from it."""
    deletion.delete(selectors.photo(request.user, photo_id))
    return redirect("wall")


@login_required
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
        return _over_quota(errors.page(request, 429, refusal.message), refusal)
    return redirect("photo", photo_id)


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Stops a job. One that has just ended stays as it is."""
    job = selectors.job(request.user, job_id)
    states.cancel(job.public_id)
    return redirect("photo", job.photo.public_id)


@login_required
@require_POST
def retry(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Tries a failed or cancelled job again."""
    job = selectors.job(request.user, job_id)
    try:
        submission.retry(job)
    except quotas.QuotaExceededError as refusal:
        return _over_quota(errors.page(request, 429, refusal.message), refusal)
    return redirect("photo", job.photo.public_id)


@login_required
@require_GET
def thumbnail(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    """The photo, small."""
    found = selectors.photo(request.user, photo_id)
    key = storage.thumbnail_key(found.public_id)
    return media.respond(request, key, "image/jpeg", "thumbnail.jpg", download=False)


@login_required
@require_GET
def artifact(request: HttpRequest, artifact_id: UUID) -> HttpResponseBase:
    """One result; `?download` saves it under the photo's own name."""
    found = selectors.artifact(request.user, artifact_id)
    name = PurePosixPath(found.job.photo.name).stem + "-3d" + PurePosixPath(found.key).suffix
    download = "download" in request.GET
    return media.respond(request, found.key, found.content_type, name, download=download)


def _wall(
    request: HttpRequest, form: UploadForm, error: str = "", status: int = 200
) -> HttpResponse:
    page, cards = selectors.wall(request.user, request.GET.get("page", 1))
    context = {
        "form": form,
        "error": error,
        "page": page,
        "cards": cards,
        "usage": quotas.usage(request.user),
    }
    return render(request, "jobs/wall.html", context, status=status)


def _refused(request: HttpRequest, message: str, status: int) -> HttpResponse:
    """The upload form again, with what is wrong; alone where htmx asked."""
    if "HX-Request" in request.headers:
        context = {"form": UploadForm(), "error": message, "usage": quotas.usage(request.user)}
        return render(request, "jobs/_upload.html", context, status=status)
    return _wall(request, UploadForm(), message, status)


def _over_quota(response: HttpResponse, refusal: quotas.QuotaExceededError) -> HttpResponse:
    response["Retry-After"] = str(int(refusal.retry_after.total_seconds()) + 1)
    return response


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def _photo_context(request: HttpRequest, photo_id: UUID) -> dict[str, Any]:
    return {"card": selectors.card(request.user, photo_id), "motions": MotionForm()}
