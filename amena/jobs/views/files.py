"""The owner's files: the small photo, and what was made from it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from amena.jobs import media, selectors, storage


@require_safe
def thumbnail(request: HttpRequest, photo_id: UUID) -> HttpResponseBase:
    """Sends a small JPEG of one of the person's own photos."""
    found = selectors.photo(request.user, photo_id)
    key = storage.thumbnail_key(found.public_id)
    return media.respond(request, key, "image/jpeg", "thumbnail.jpg", download=False)


@require_safe
def artifact(request: HttpRequest, artifact_id: UUID) -> HttpResponseBase:
    """One result; `?download` saves it under the photo's own name."""
    found = selectors.artifact(request.user, artifact_id)
    download = "download" in request.GET
    return media.respond(request, found.key, found.content_type, found.filename, download=download)
