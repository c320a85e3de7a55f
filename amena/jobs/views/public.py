"""What everybody with a link may see: the 3D photo alone, without its name or its owner."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from amena.accounts import language
from amena.engine.options import SIZES, USUAL_SIZE
from amena.gone import GoneError
from amena.jobs import media
from amena.jobs.models import Job, Share
from amena.jobs.reports import pixels_of, report_of, shown_frame
from amena.jobs.result import motion_of, proportions_of, shape
from amena.jobs.services import sharing
from amena.jobs.views.headsets import for_headsets

_ADDRESS: Final = re.compile(r"/s/([\w-]{16,64})/?(?:embed)?")
#: So long a copy may be shown after the link is revoked.
_CACHE: Final = "public, max-age=60"
_EMBED_WIDTH: Final = 640


@for_headsets
@login_not_required
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page to send to others; what shows previews of links gets it in its owner's language."""
    context = _context(request, token)
    if not language.is_asked_for(request):
        translation.activate(context["preview"]["language"])
    return _unlisted(render(request, "share/page.html", context))


@for_headsets
@login_not_required
@never_cache
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
@require_safe
def embed(request: HttpRequest, token: str) -> HttpResponse:
    """The 3D photo alone, for frames in other people's pages.

    What is no longer shared says so in the frame; the site's own 404 may stand in none.
    """
    try:
        context = _context(request, token)
    except Http404:
        return _unlisted(render(request, "share/ended.html", status=404))
    return _unlisted(render(request, "share/embed.html", context))


@login_not_required
@require_safe
def shared_file(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """One of the public files, in ranges where a player asks for them."""
    artifact = sharing.files(_find(token)).get(name)
    if artifact is None:
        raise Http404
    filename = f"amena-{name}{PurePosixPath(artifact.key).suffix}"
    response = media.respond(
        request, artifact.key, artifact.content_type, filename, download="download" in request.GET
    )
    if response.status_code in (200, 206):
        response["Cache-Control"] = _CACHE
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@never_cache
@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """How to show a shared 3D photo in somebody else's page (oEmbed 1.0)."""
    if request.GET.get("format", "json") != "json":
        return HttpResponse(status=501)
    try:
        address = urlsplit(request.GET.get("url", ""))
    except ValueError as error:
        raise Http404 from error
    match = _ADDRESS.fullmatch(address.path)
    if match is None or address.netloc != request.get_host():
        raise Http404
    context = _context(request, match[1])
    width, height = _fitted(request, *context["size"])
    values = {"address": context["embed"], "width": width, "height": height}
    with translation.override(context["preview"]["language"]):
        html = render_to_string("share/_frame.html", values)
    return JsonResponse(
        {
            "version": "1.0",
            "type": "video",
            "title": context["preview"]["title"],
            "provider_name": "Amena",
            "provider_url": request.build_absolute_uri("/"),
            "html": html.strip(),
            "width": width,
            "height": height,
            "thumbnail_url": context["absolute"]["poster"],
            "thumbnail_width": context["size"][0],
            "thumbnail_height": context["size"][1],
        }
    )


def frame(request: HttpRequest, found: Share) -> str:
    """The code that shows the 3D photo in another page."""
    width, height = _fitted(request, *_size(sharing.motion(found)))
    address = request.build_absolute_uri(reverse("shared-embed", args=[found.token]))
    values = {"address": address, "width": width, "height": height}
    return render_to_string("share/_frame.html", values).strip()


def _find(token: str) -> Share:
    found = sharing.find(token)
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, token: str) -> dict[str, Any]:
    found = _find(token)
    try:
        job, files = sharing.motion(found), sharing.files(found)
    except GoneError as error:
        raise Http404 from error
    report = report_of(job.artifacts_by_kind.get("report"))
    absolute = {
        name: request.build_absolute_uri(reverse("shared-file", args=[token, name]))
        for name in files
    }
    return {
        "share": found,
        "preview": _preview(found),
        "files": files,
        "absolute": absolute,
        "page": request.build_absolute_uri(reverse("shared", args=[token])),
        "embed": request.build_absolute_uri(reverse("shared-embed", args=[token])),
        "oembed": request.build_absolute_uri(reverse("oembed")),
        "size": pixels_of(report) or _size(job),
        "shape": shape(*(pixels_of(report) or proportions_of(job))),
        "motion": motion_of(job),
        "options": job.options,
        "report": report,
        "frame": shown_frame(report),
    }


def _preview(found: Share) -> dict[str, str]:
    """Title and description for previews of the link, in the sharing person's language."""
    spoken = language.of_person(found.photo.owner)
    with translation.override(spoken):
        title, description = _("A 3D photo"), _("A single photo, brought to life with Amena.")
    return {"language": spoken, "title": title, "description": description}


def _size(job: Job) -> tuple[int, int]:
    """Width and height of the video as they were asked for, near enough for a frame around it."""
    sides = proportions_of(job)
    longest = max(sides)
    wanted = min(job.options.get("size", USUAL_SIZE), max(longest, SIZES[0]))
    width, height = (round(side * wanted / longest) for side in sides)
    return width, height


def _fitted(request: HttpRequest, width: int, height: int) -> tuple[int, int]:
    """A frame's size within what the reader of the code has asked for."""
    limits = [_EMBED_WIDTH / width]
    for name, side in (("maxwidth", width), ("maxheight", height)):
        asked = request.GET.get(name, "")
        if asked.isascii() and asked.isdigit() and 0 < len(asked) < 6 and int(asked):
            limits.append(int(asked) / side)
    scale = min(limits)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response
