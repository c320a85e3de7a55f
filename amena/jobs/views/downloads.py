"""Further files of a finished 3D photo."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from amena import errors
from amena.engine.catalogue import CATALOGUE
from amena.engine.errors import OptionsError
from amena.gone import GoneError
from amena.jobs import result, selectors
from amena.jobs.forms import FileForm
from amena.jobs.models import Job
from amena.jobs.services import exports, quotas
from amena.jobs.views.refusals import over_quota


@never_cache
@require_safe
def downloads(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The list of files; with `name` one row, which asks for itself while its file is made."""
    job = selectors.job(request.user, job_id)
    return _row(request, job, request.GET["name"]) if "name" in request.GET else _list(request, job)


@require_POST
def export(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Orders one further file. The answer stands in the file's row of the list."""
    job = selectors.job(request.user, job_id)
    name = request.POST.get("output", "")
    try:
        how = _how(request, name)
    except ValidationError as error:
        return _refused(request, job, 400, " ".join(error.messages))
    try:
        exports.order(job, [name], how)
    except OptionsError:
        return errors.page(request, 400, _("Choose one of the formats on the photo’s page."))
    except GoneError:
        return _refused(request, job, 400, _("This 3D photo is no longer stored. Make it again."))
    except quotas.QuotaExceededError as error:
        return over_quota(_refused(request, job, 429, error.message), error)
    if request.htmx:
        return _row(request, job, name)
    page = reverse("photo", args=[job.photo.public_id])
    return redirect(f"{page}?version={job.public_id}#downloads")


def _how(request: HttpRequest, name: str) -> dict[str, Any]:
    """The options of the file that stand beside it in the list.

    Raises:
        ValidationError: one is out of range.
    """
    output = next((each for each in CATALOGUE if each.name == name), None)
    if output is None:
        return {}
    form = FileForm(output, request.POST)
    if not form.is_valid():
        raise ValidationError([f"{form[at].label}: {text}" if at in form.fields else text
                               for at, texts in form.errors.items() for text in texts])  # fmt: skip
    return form.options()


def _refused(request: HttpRequest, job: Job, status: int, message: str) -> HttpResponse:
    if not request.htmx:
        return errors.page(request, status, message)
    return _row(request, job, request.POST["output"], message, status)


def _row(
    request: HttpRequest, job: Job, name: str, message: str = "", status: int = 200
) -> HttpResponse:
    found = result.of_card(selectors.card(request.user, job.photo.public_id), job.public_id)
    rows = {each.name: each for each in found.downloads} if found else {}
    if name not in rows:
        raise Http404
    context = {"result": found, "download": rows[name], "refusal": message}
    return render(request, "jobs/_download.html", context, status=status)


def _list(request: HttpRequest, job: Job) -> HttpResponse:
    card = selectors.card(request.user, job.photo.public_id)
    found = result.of_card(card, job.public_id)
    return render(request, "jobs/_downloads.html", {"card": card, "result": found})
