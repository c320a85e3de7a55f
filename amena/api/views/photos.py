"""Photos: uploaded, listed, deleted, and made anew with other options."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.idempotency import idempotent
from amena.api.pagination import NewestFirst
from amena.api.problems import Problem
from amena.api.serializers import (
    JobSerializer,
    OptionsSerializer,
    PhotoQuery,
    PhotoSerializer,
    UploadSerializer,
)
from amena.api.views.base import ASK_AGAIN, Resource, checked
from amena.api.views.jobs import accepted
from amena.jobs import media, selectors, storage
from amena.jobs.models import Job
from amena.jobs.services import deletion, submission
from amena.jobs.uploads import was_too_large


class Photos(Resource):
    """One's photos."""

    limit = "upload"
    parser_classes = (MultiPartParser,)
    pagination_class = NewestFirst

    @extend_schema(operation_id="photos_list", parameters=[PhotoQuery],
                   responses=PhotoSerializer(many=True))  # fmt: skip
    def get(self, request: Request) -> Response:
        """Lists one's photos, newest first."""
        photos = selectors.photos(request.user)
        state = checked(PhotoQuery, request.query_params.dict()).get("state")
        if state is not None:
            newest = Job.objects.filter(photo=OuterRef("pk")).order_by("-created_at", "-pk")
            photos = photos.annotate(newest=Subquery(newest.values("state")[:1]))
            photos = photos.filter(newest=state)
        pages = self.pagination_class()
        page = pages.paginate_queryset(photos, request, self)
        data = PhotoSerializer(page, many=True, context={"request": request}).data
        return pages.get_paginated_response(data)

    @extend_schema(operation_id="photos_create", request=UploadSerializer,
                   responses={202: PhotoSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Uploads a photo and orders its 3D photo. Location is the job to follow."""
        if was_too_large(request):
            raise Problem("too_large", "A photo may have up to 20 MB.")
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        photo = submission.submit(
            request.user, upload.validated_data["photo"], upload.options(), uuid.uuid4()
        )
        data = PhotoSerializer(photo, context={"request": request}).data
        headers = {"Location": data["job"]["url"], "Retry-After": ASK_AGAIN}
        return Response(data, status=202, headers=headers)


class Photo(Resource):
    """One photo."""

    @extend_schema(operation_id="photos_read", responses=PhotoSerializer)
    def get(self, request: Request, photo_id: UUID) -> Response:
        """Reads one photo with its newest job and result."""
        card = selectors.card(request.user, photo_id)
        return Response(PhotoSerializer(card.photo, context={"request": request}).data)

    @extend_schema(operation_id="photos_delete", responses={204: None})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        """Deletes a photo and everything made from it; stops its jobs."""
        deletion.delete(selectors.photo(request.user, photo_id))
        return Response(status=204)


class Thumbnail(Resource):
    """The photo, small."""

    @extend_schema(
        operation_id="photos_thumbnail",
        responses={(200, "image/jpeg"): OpenApiTypes.BINARY,
                   302: OpenApiResponse(description="Where the file lies, for some minutes.")},
    )  # fmt: skip
    def get(self, request: Request, photo_id: UUID) -> HttpResponseBase:
        """A JPEG without metadata, at most 480 pixels."""
        found = selectors.photo(request.user, photo_id)
        key = storage.thumbnail_key(found.public_id)
        return media.respond(request, key, "image/jpeg", "thumbnail.jpg", download=False)


class PhotoJobs(Resource):
    """Further work on a photo."""

    parser_classes = (JSONParser,)

    @extend_schema(operation_id="jobs_create", request=OptionsSerializer,
                   responses={202: JobSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, photo_id: UUID) -> Response:
        """Orders the finished photo with other options. Takes seconds: its depth is kept."""
        photo = selectors.photo(request.user, photo_id)
        options: dict[str, Any] = dict(checked(OptionsSerializer, request.data))
        try:
            job = submission.restyle(photo, options)
        except LookupError as error:
            raise Problem("not_ready", "Wait until the photo's first job has succeeded.") from error
        return accepted(request, job.public_id)
