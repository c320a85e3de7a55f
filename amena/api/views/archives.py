"""The files of several photos as one archive."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from amena.api.serializers.queries import ArchiveQuery
from amena.api.views.base import Resource, queried
from amena.api.views.photos import chosen
from amena.jobs import archives, collection, selectors
from amena.problems import Problem


class PhotosArchive(Resource):
    """A ZIP of the files that were made from several photos."""

    @extend_schema(operation_id="photos_archive", parameters=[ArchiveQuery],
                   responses={(200, "application/zip"): OpenApiTypes.BINARY})  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        """Downloads the results of several photos as one ZIP, made while it is sent. What is not in
        it is named in its last file.
        """
        wanted = queried(ArchiveQuery, request)
        ids = wanted.get("photo")
        photos = chosen(request, ids) if ids else selectors.photos(request.user)
        keys = collection.keys(photos)
        if not collection.is_any_made(keys):
            raise Problem("not_ready", "None of these photos has a finished 3D photo yet.")
        name = f"amena-{timezone.localdate():%Y-%m-%d}.zip"
        return archives.respond(collection.members(request.user, keys, wanted["files"]), name)
