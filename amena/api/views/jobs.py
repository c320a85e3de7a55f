"""Jobs: followed, stopped, tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from amena.api import longpoll
from amena.api.idempotency import idempotent
from amena.api.pagination import NewestFirst
from amena.api.parsers import BoundedJSONParser
from amena.api.serializers.options import ExportSerializer
from amena.api.serializers.queries import JobQuery, JobsQuery
from amena.api.serializers.results import ArtifactSerializer, JobSerializer, VersionSerializer
from amena.api.views.base import ASK_AGAIN, Resource, checked, etag, has, queried
from amena.gone import GoneError
from amena.jobs import selectors
from amena.jobs.models import ACTIVE
from amena.jobs.queue_positions import QueuePositions
from amena.jobs.services import exports, places, submission, versions
from amena.problems import Problem


class Jobs(Resource):
    """One's jobs, of all photos."""

    pagination_class = NewestFirst

    @extend_schema(operation_id="jobs_list", parameters=[JobsQuery],
                   responses=JobSerializer(many=True))  # fmt: skip
    def get(self, request: Request) -> Response:
        """Lists one's jobs, newest first."""
        jobs = selectors.jobs(request.user)
        wanted = queried(JobsQuery, request)
        for name in ("photo", "source"):
            if name in wanted:
                jobs = jobs.filter(**{f"{name}__public_id": wanted.pop(name)})
        pages = self.pagination_class()
        page = pages.paginate_queryset(jobs.filter(**wanted), request, self)
        context = {"request": request, "queue": QueuePositions(page)}
        data = JobSerializer(page, many=True, context=context).data
        return pages.get_paginated_response(data)


class Job(Resource):
    """A job, which a program may follow until it ends."""

    parser_classes = (BoundedJSONParser,)

    @extend_schema(operation_id="jobs_read", parameters=[JobQuery], responses=JobSerializer)
    def get(self, request: Request, job_id: UUID) -> Response:
        """Reads one job: its stage, progress, place in the queue and results."""
        seconds = queried(JobQuery, request)["wait"]
        data = job_data(request, job_id)

        def there_is_news() -> bool:
            nonlocal data
            data = job_data(request, job_id)
            if "If-None-Match" in request.headers:
                return not has(request, etag(data))
            return data["state"] not in ACTIVE

        if seconds and not there_is_news():
            longpoll.wait_until(there_is_news, seconds)
        headers = {"Retry-After": ASK_AGAIN} if data["state"] in ACTIVE else None
        return Response(data, headers=headers)

    @extend_schema(operation_id="jobs_change", request=VersionSerializer, responses=JobSerializer)
    def patch(self, request: Request, job_id: UUID) -> Response:
        """Names the version that a job has made, or chooses it as the one that counts."""
        job = selectors.job(request.user, job_id)
        wanted = checked(VersionSerializer, request.data)
        with version():
            if "name" in wanted:
                versions.rename(job, wanted["name"])
            if "chosen" in wanted:
                versions.choose(job)
        return Response(job_data(request, job_id))

    @extend_schema(operation_id="jobs_delete", responses={204: None})
    def delete(self, request: Request, job_id: UUID) -> Response:
        """Deletes the version that a job has made, with its exports and the link that stays at it.
        A photo keeps one version.
        """
        job = selectors.job(request.user, job_id)
        try:
            with version():
                versions.delete(job)
        except versions.OnlyVersionError as error:
            raise Problem("only_version", "Delete the photo to delete its last one.") from error
        except versions.BusyPhotoError as error:
            raise Problem("photo_busy", "Wait until no job of this photo is active.") from error
        return Response(status=204)


class JobArtifacts(Resource):
    """What a job has made."""

    @extend_schema(operation_id="artifacts_list", responses=ArtifactSerializer(many=True))
    def get(self, request: Request, job_id: UUID) -> Response:
        """Lists the files that a job has made; none before it has succeeded."""
        return Response(job_data(request, job_id)["artifacts"])


class JobExports(Resource):
    """Further files of a finished job."""

    @extend_schema(operation_id="exports_create", request=ExportSerializer,
                   responses={202: JobSerializer})  # fmt: skip
    @idempotent
    def post(self, request: Request, job_id: UUID) -> Response:
        """Orders further files of a job's 3D photo. Location is the job that makes them; where one
        does so, or has done so already, it is that one.
        """
        job = selectors.job(request.user, job_id)
        asked = dict(checked(ExportSerializer, request.data))
        try:
            export = exports.order(job, asked.pop("outputs"), asked)
        except GoneError as error:
            raise Problem("not_ready", "Export from a job that has made a 3D photo.") from error
        return accepted(request, export.public_id)


class JobCancel(Resource):
    """The order to stop a job."""

    @extend_schema(operation_id="jobs_cancel", request=None, responses={202: JobSerializer})
    @idempotent
    def post(self, request: Request, job_id: UUID) -> Response:
        """Stops a job: one that waits at once, a running one within seconds."""
        job = selectors.job(request.user, job_id)
        if not places.cancel(job.public_id):
            raise Problem("job_ended", "It had ended before it could be stopped.")
        return accepted(request, job_id)


class JobRetry(Resource):
    """The order to try a job again."""

    @extend_schema(operation_id="jobs_retry", request=None, responses={202: JobSerializer})
    @idempotent
    def post(self, request: Request, job_id: UUID) -> Response:
        """Orders a failed or cancelled job once more."""
        try:
            ordered = submission.retry(selectors.job(request.user, job_id))
        except GoneError as error:  # deleted at this very moment
            raise NotFound from error
        if not ordered:
            raise Problem("not_retryable", "Only a failed or cancelled job can be tried again.")
        return accepted(request, job_id)


@contextmanager
def version() -> Iterator[None]:
    """Turns a service's GoneError, that the job has made no version, into a problem."""
    try:
        yield
    except GoneError as error:
        raise Problem("not_ready", "Only a job that has made a 3D photo is a version.") from error


def job_data(request: Request, job_id: UUID) -> dict[str, Any]:
    """One of the asker's own jobs as it is now, else 404."""
    job = selectors.job(request.user, job_id)
    return JobSerializer(job, context={"request": request, "queue": QueuePositions([job])}).data


def accepted(request: Request, job_id: UUID) -> Response:
    """202: the work is ordered; Location says where to follow it."""
    data = job_data(request, job_id)
    headers = {"Location": data["url"], "Retry-After": ASK_AGAIN}
    return Response(data, status=202, headers=headers)
