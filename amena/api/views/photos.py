"""Photos: uploaded, listed, deleted, and made anew with other options."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api.idempotency import idempotent
from amena.api.pagination import NewestFirst
from amena.api.parsers import BoundedJSONParser
from amena.api.serializers.options import DepthSerializer, RestyleSerializer, UploadSerializer
from amena.api.serializers.queries import ChosenPhotosQuery, PhotoQuery
from amena.api.serializers.results import (
    JobSerializer,
    PhotoSerializer,
    RenamePhotoSerializer,
    ShareSerializer,
)
from amena.api.views.base import ASK_AGAIN, Resource, checked, queried
from amena.api.views.jobs import accepted
from amena.engine.errors import PhotoError
from amena.engine.photo.limits import MAX_BYTES
from amena.gone import GoneError
from amena.jobs import fetching, media, selectors, storage
from amena.jobs.cards import queue_of, still_there
from amena.jobs.models import PhotoQuerySet, Share
from amena.jobs.services import deletion, quotas, sharing, submission, versions
from amena.jobs.uploads import Upload, accept, was_too_large
from amena.problems import Problem


class Photos(Resource):
    """The list of a person's photos, and uploads to it."""

    limit = "upload"
    parser_classes = (MultiPartParser,)
    pagination_class = NewestFirst

    @extend_schema(operation_id="photos_list", parameters=[PhotoQuery],
                   responses=PhotoSerializer(many=True))  # fmt: skip
    def get(self, request: Request) -> Response:
        """Lists one's photos, newest first."""
        photos = selectors.photos(request.user)
        wanted = queried(PhotoQuery, request)
        if "state" in wanted:
            newest = selectors.whose_newest_is_in(request.user, wanted["state"])
            photos = photos.filter(pk__in=newest.values("photo"))
        if "shared" in wanted:
            live = Exists(Share.objects.filter(photo=OuterRef("pk"), revoked_at=None))
            photos = photos.filter(live if wanted["shared"] else ~live)
        pages = self.pagination_class()
        page = still_there(pages.paginate_queryset(photos, request, self))
        context = {"request": request, "queue": queue_of(page)}
        data = PhotoSerializer(page, many=True, context=context).data
        return pages.get_paginated_response(data)

    @extend_schema(operation_id="photos_create", request=UploadSerializer,
                   responses={202: PhotoSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Uploads a photo and orders its 3D photo. Location is the job to follow."""
        if was_too_large(request):
            raise Problem("too_large", f"A photo can be up to {MAX_BYTES // 2**20} MB.")
        submission.check_room(request.user)  # before the file is looked at
        upload = UploadSerializer(data=request.data)
        upload.is_valid(raise_exception=True)
        values = upload.validated_data
        file = values["photo"] if "photo" in values else fetched(request, values["url"])
        try:
            photo = submission.submit(request.user, file, upload.options(values), uuid.uuid4())
        except GoneError as error:  # the account was deleted at this very moment
            raise Http404 from error
        data = photo_data(request, photo.public_id)
        headers = {"Location": data["job"]["url"], "Retry-After": ASK_AGAIN}
        return Response(data, status=202, headers=headers)

    @extend_schema(operation_id="photos_delete_several", parameters=[ChosenPhotosQuery],
                   responses={204: None})  # fmt: skip
    def delete(self, request: Request) -> Response:
        """Deletes several photos and everything made from them; all of them, or none where one is
        not there.
        """
        ids = queried(ChosenPhotosQuery, request)["photo"]
        deletion.delete(*chosen(request, ids).prefetch_related(None))
        return Response(status=204)


class Photo(Resource):
    """A photo with what was made from it."""

    parser_classes = (BoundedJSONParser,)

    @extend_schema(operation_id="photos_read", responses=PhotoSerializer)
    def get(self, request: Request, photo_id: UUID) -> Response:
        """Reads one photo with its newest job and result."""
        return Response(photo_data(request, photo_id))

    @extend_schema(operation_id="photos_rename", request=RenamePhotoSerializer,
                   responses=PhotoSerializer)  # fmt: skip
    def patch(self, request: Request, photo_id: UUID) -> Response:
        """Gives the photo another name, by which its files are called too."""
        photo = selectors.photo(request.user, photo_id)
        versions.rename_photo(photo, checked(RenamePhotoSerializer, request.data)["name"])
        return Response(photo_data(request, photo_id))

    @extend_schema(operation_id="photos_delete", responses={204: None})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        """Deletes a photo and everything made from it; stops its jobs."""
        deletion.delete(selectors.photo(request.user, photo_id))
        return Response(status=204)


class Thumbnail(Resource):
    """A small JPEG of the photo, without metadata."""

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

    parser_classes = (BoundedJSONParser,)

    @extend_schema(operation_id="jobs_create", request=RestyleSerializer,
                   responses={202: JobSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, photo_id: UUID) -> Response:
        """Orders the finished photo with other options. Takes seconds: its depth is kept. With
        `size`, `rotate`, `stereo` or `estimator` it is made from the photo anew, which takes as
        long as an upload and, but for `rotate` alone, leaves a corrected depth behind; the others
        of these stay as they are.
        """
        photo = selectors.photo(request.user, photo_id)
        options: dict[str, Any] = dict(checked(RestyleSerializer, request.data))
        with ready_photo():
            job = submission.restyle(photo, options)
        return accepted(request, job.public_id)


class PhotoDepth(Resource):
    """A photo's depth, corrected."""

    parser_classes = (MultiPartParser,)
    limit = "upload"

    @extend_schema(operation_id="depth_create", request=DepthSerializer,
                   responses={202: JobSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, photo_id: UUID) -> Response:
        """Orders the finished photo with its depth replaced, or corrected by a brush."""
        photo = selectors.photo(request.user, photo_id)
        if was_too_large(request):
            raise Problem("too_large", f"A depth picture can be up to {MAX_BYTES // 2**20} MB.")
        quotas.check(request.user, photo)  # before the picture is looked at
        values = checked(DepthSerializer, request.data)
        options = DepthSerializer.options(values)
        with ready_photo():
            job = submission.edit_depth(
                photo, values["depth"], values["mode"], values["near"], options
            )
        return accepted(request, job.public_id)


class PhotoShare(Resource):
    """The link by which everybody may look at a photo's newest 3D photo."""

    @extend_schema(operation_id="share_read", responses=ShareSerializer)
    def get(self, request: Request, photo_id: UUID) -> Response:
        """Reads the photo's link; 404 where it has none."""
        share = sharing.live_share(selectors.photo(request.user, photo_id))
        if share is None:
            raise NotFound
        return Response(ShareSerializer(share, context={"request": request}).data)

    @extend_schema(operation_id="share_put", request=None, responses=ShareSerializer)
    def put(self, request: Request, photo_id: UUID) -> Response:
        """Gives the photo a link, unless it has one. The link never shows the original, its name
        or whose it is.
        """
        with ready_photo():
            share = sharing.share(selectors.photo(request.user, photo_id))
        return Response(ShareSerializer(share, context={"request": request}).data)

    @extend_schema(operation_id="share_delete", responses={204: None})
    def delete(self, request: Request, photo_id: UUID) -> Response:
        """Revokes the link for good; a later one is another."""
        if not sharing.revoke(selectors.photo(request.user, photo_id)):
            raise NotFound
        return Response(status=204)


def chosen(request: Request, ids: list[UUID]) -> PhotoQuerySet:
    """Some of the asker's own photos; 404 where one of them is not there."""
    found = selectors.photos(request.user).filter(public_id__in=ids)
    if found.count() < len(set(ids)):
        raise Http404
    return found


def photo_data(request: Request, photo_id: UUID) -> dict[str, Any]:
    """One of the asker's own photos as it is now, else 404."""
    card = selectors.card(request.user, photo_id)
    return PhotoSerializer(card.photo, context={"request": request, "queue": card.queue}).data


def fetched(request: Request, url: str) -> Upload:
    """The photo at an address."""
    try:
        return accept(fetching.fetch(url))
    except fetching.NotAllowedError as error:
        raise Problem("url_not_allowed", str(error)) from error
    except fetching.NotFetchedError as error:
        raise Problem("url_not_fetched", str(error)) from error
    except fetching.TooLargeError as error:
        raise Problem("too_large", f"A photo can be up to {MAX_BYTES // 2**20} MB.") from error
    except PhotoError as error:
        raise ValidationError({"url": ErrorDetail(error.message, error.code)}) from error


@contextmanager
def ready_photo() -> Iterator[None]:
    """Turns a service's GoneError, that there is no scene or result, into a problem."""
    try:
        yield
    except GoneError as error:
        raise Problem("not_ready", "Wait until the photo's first job has succeeded.") from error
