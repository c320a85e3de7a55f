"""One's photos, and the place to add one."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from amena import errors
from amena.accounts.limits import limited
from amena.jobs import selectors
from amena.jobs.forms import UploadForm
from amena.jobs.services import quotas, submission
from amena.jobs.uploads import was_too_large
from amena.jobs.views.refusals import over_quota


@never_cache
@require_http_methods(["GET", "POST"])
@limited("upload")
def wall(request: HttpRequest) -> HttpResponse:
    """One's photos; a POST adds one."""
    if request.method == "GET":
        return _wall(request, UploadForm())
    if was_too_large(request):
        message = errors.TEXTS[413].advice
        return _refused(request, f"{errors.TEXTS[413].title}. {message}", 413)
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
        return over_quota(_refused(request, refusal.message, 429), refusal)
    return _go_to(request, reverse("photo", args=[photo.public_id]))


@never_cache
@require_GET
def card(request: HttpRequest, photo_id: UUID) -> HttpResponse:
    """One card of the wall, which asks for itself while work goes on."""
    return render(request, "jobs/_card.html", {"card": selectors.card(request.user, photo_id)})


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


def _go_to(request: HttpRequest, address: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
