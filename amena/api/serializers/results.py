"""Photos, jobs and files, as they are told of."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from amena.api.serializers.base import StrictSerializer, TextField, address
from amena.api.serializers.options import OptionsSerializer
from amena.engine.photo.kinds import KINDS
from amena.jobs.cards import card_of
from amena.jobs.files import UNLISTED
from amena.jobs.models import Artifact, Job, Photo, Share, State
from amena.jobs.queue_positions import QueuePositions


class ArtifactSerializer(serializers.ModelSerializer[Artifact]):
    """One file that a job has made."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    job = serializers.UUIDField(source="job.public_id", read_only=True)
    filename = serializers.CharField(read_only=True, help_text="What to call it.")
    content_url = serializers.SerializerMethodField(help_text="The file itself.")

    class Meta:
        model = Artifact
        fields = ("id", "job", "kind", "filename", "content_type", "size", "content_url")
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_content_url(self, artifact: Artifact) -> str:
        """Redirects to the storage where that is a bucket."""
        return address(self.context, "artifact-content", artifact.public_id)


class FailureSerializer(serializers.Serializer):
    """Why a job has failed."""

    code = serializers.CharField(source="error_code", help_text="Stable, for programs.")
    detail = serializers.CharField(source="error_message", help_text="One line for people.")


class PreviewSerializer(serializers.Serializer):
    """The 3D view of a running job, which can be shown while its film is made."""

    glb_url = serializers.SerializerMethodField(
        help_text="The scene: its artifact once the job succeeds, gone if it does not. Of a draft: "
        "gone once the job has ended."
    )
    draft = serializers.BooleanField(
        default=False,
        help_text="Whether it is a first draft, without anything behind what is near. The scene "
        "takes its place within seconds, at another address.",
    )
    amplitude = serializers.FloatField(help_text="The film's.")
    focus = serializers.FloatField(help_text="The film's.")
    # Workers of the version before do not say it.
    frame = serializers.ListField(
        child=serializers.FloatField(),
        min_length=3,
        max_length=3,
        default=(1.0, 0.0, 0.0),
        help_text="The part of the view that the film shows: magnification, and where its middle "
        "lies from the view's, in units of the long side.",
    )

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_glb_url(self, preview: dict[str, Any]) -> str:
        """Redirects to the storage where that is a bucket."""
        return address(self.context, "artifact-content", preview["glb"])


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of work on a photo."""

    # The context's `queue` is the queue as the jobs see it; docstrings are for the API's readers.
    id = serializers.UUIDField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    photo = serializers.UUIDField(source="photo.public_id", read_only=True)
    source = serializers.UUIDField(
        source="source.public_id",
        read_only=True,
        allow_null=True,
        help_text="The job that an export belongs to; null for all others.",
    )
    options = OptionsSerializer(read_only=True)
    stage = serializers.CharField(read_only=True, help_text="What is being done; may be empty.")
    progress = serializers.IntegerField(read_only=True, min_value=0, max_value=100)
    ahead = serializers.SerializerMethodField(
        help_text="Queued jobs before this one; for a held one, one's own held jobs before it."
    )
    expected_wait = serializers.SerializerMethodField(
        help_text="Seconds until work begins, roughly; null where nothing is known."
    )
    failure = serializers.SerializerMethodField(help_text="Null unless the job has failed.")
    preview = serializers.SerializerMethodField(
        help_text="Null unless the job runs and its scene stands."
    )
    artifacts = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "url", "photo", "kind", "source", "options", "state", "stage", "progress",
            "ahead", "expected_wait", "cancel_requested", "failure", "created_at", "started_at",
            "finished_at", "preview", "artifacts", "name",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, job: Job) -> str:
        """Where to ask again."""
        return address(self.context, "job", job.public_id)

    def get_ahead(self, job: Job) -> int:
        """The number of jobs before this one, see `QueuePositions.ahead`."""
        return self._queue.ahead(job)

    @extend_schema_field({"type": ["integer", "null"], "minimum": 0})
    def get_expected_wait(self, job: Job) -> int | None:
        """The seconds until work begins, see `QueuePositions.expected_wait`."""
        wait = self._queue.expected_wait(job, self._queue.ahead(job))
        return None if wait is None else math.ceil(wait.total_seconds())

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, job: Job) -> dict[str, str] | None:
        """Why the job failed; null unless it has."""
        return self._failures.to_representation(job) if job.state == State.FAILED else None

    @extend_schema_field(PreviewSerializer(allow_null=True))
    def get_preview(self, job: Job) -> dict[str, Any] | None:
        """The scene before the film, see `Job.preview`."""
        if job.preview is None or job.state != State.RUNNING:
            return None
        return PreviewSerializer(job.preview, context=self.context).data

    @extend_schema_field(ArtifactSerializer(many=True))
    def get_artifacts(self, job: Job) -> list[dict[str, Any]]:
        """All but the scene, which is the engine's own, and the still that our pages show."""
        given = (each for each in job.artifacts.all() if each.kind not in UNLISTED)
        return [self._files.to_representation(each) for each in given]

    # One of each for all jobs: their fields are costly to make.
    @cached_property
    def _failures(self) -> FailureSerializer:
        return FailureSerializer(context=self.context)

    @cached_property
    def _files(self) -> ArtifactSerializer:
        return ArtifactSerializer(context=self.context)

    @property
    def _queue(self) -> QueuePositions:
        return self.context["queue"]


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """One upload, with the newest job on it, its newest result, and further files of that."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    format = serializers.ChoiceField(tuple(KINDS), read_only=True)
    thumbnail_url = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField(help_text="The newest, exports apart.")
    result = serializers.SerializerMethodField(
        help_text="The version that counts: the newest that has succeeded, exports apart, or one "
        "that was chosen since; null while there is none."
    )
    exports = serializers.SerializerMethodField(
        help_text="Jobs that make or have made further files of the result, newest first."
    )
    share_url = serializers.SerializerMethodField(
        help_text="Where everybody may look at it; null unless it is shared."
    )

    class Meta:
        model = Photo
        fields = (
            "id", "url", "name", "format", "width", "height", "size", "created_at",
            "thumbnail_url", "job", "result", "exports", "share_url",
        )  # fmt: skip
        read_only_fields = fields

    def to_representation(self, instance: Photo) -> dict[str, Any]:
        """Looks at the photo's jobs once for all fields, and tells of each job once: as a rule the
        newest is the result.
        """
        self._card = card_of(instance, self.context["queue"])
        self._known: dict[int, dict[str, Any]] = {}
        told: dict[str, Any] = super().to_representation(instance)
        return told

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, photo: Photo) -> str:
        """Where to ask again."""
        return address(self.context, "photo", photo.public_id)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_thumbnail_url(self, photo: Photo) -> str:
        """A small JPEG without metadata."""
        return address(self.context, "thumbnail", photo.public_id)

    @extend_schema_field(JobSerializer)
    def get_job(self, _photo: Photo) -> dict[str, Any]:
        """The newest job that makes a 3D photo, exports apart."""
        return self._told(self._card.job)

    @extend_schema_field(JobSerializer(allow_null=True))
    def get_result(self, _photo: Photo) -> dict[str, Any] | None:
        """The job whose version counts; null while there is none."""
        return self._told(self._card.result) if self._card.result else None

    @extend_schema_field(JobSerializer(many=True))
    def get_exports(self, _photo: Photo) -> list[dict[str, Any]]:
        """The jobs that make, or have made, further files of the result."""
        return [self._told(each) for each in self._card.exports]

    @extend_schema_field({"type": ["string", "null"], "format": "uri"})
    def get_share_url(self, _photo: Photo) -> str | None:
        """The page that is shared."""
        share = self._card.share
        return share and self.context["request"].build_absolute_uri(share.get_absolute_url())

    @cached_property
    def _jobs(self) -> JobSerializer:
        return JobSerializer(context=self.context)  # one for all: its fields are costly to make

    def _told(self, job: Job) -> dict[str, Any]:
        if job.pk not in self._known:
            self._known[job.pk] = self._jobs.to_representation(job)
        return self._known[job.pk]


class RenamePhotoSerializer(StrictSerializer):
    """What a photo is called."""

    name = TextField(max_length=120)


@extend_schema_field({"type": "boolean", "const": True})
class ChosenField(serializers.BooleanField):
    """True: what was chosen is given up by choosing another."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuses false, which says nothing of which other one counts."""
        if data is not True:
            raise serializers.ValidationError("Must be true.", code="invalid")
        return True


class VersionSerializer(StrictSerializer):
    """What is to change of a version: a job that has made a 3D photo."""

    name = TextField(
        max_length=60, required=False, allow_blank=True, help_text="Empty: what it was made with."
    )
    chosen = ChosenField(
        required=False,
        help_text="It counts as the photo's `result` and in links that follow the newest, until "
        "another is chosen or made.",
    )


class ShareSerializer(serializers.ModelSerializer[Share]):
    """A link by which everybody may look at the photo's newest 3D photo."""

    photo = serializers.UUIDField(source="photo.public_id", read_only=True)
    url = serializers.SerializerMethodField(help_text="The page.")
    embed_url = serializers.SerializerMethodField(help_text="The page for a frame in another.")

    class Meta:
        model = Share
        fields = ("photo", "url", "embed_url", "created_at")
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, share: Share) -> str:
        """The address of the page that people open."""
        return self.context["request"].build_absolute_uri(share.get_absolute_url())

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_embed_url(self, share: Share) -> str:
        """Nothing but the picture."""
        return self.get_url(share) + "embed"
