"""What goes in and out. Serializers only check and shape; services and selectors do the work."""

from __future__ import annotations

import math
from pathlib import PurePosixPath
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from amena.api.longpoll import LONGEST_WAIT
from amena.engine.errors import PhotoError
from amena.engine.options import EASINGS, MOTIONS, SIZES
from amena.jobs.models import Artifact, Job, Photo, State
from amena.jobs.selectors import Card, card_of
from amena.jobs.uploads import Upload, accept
from amena.jobs.waiting import Line


class StrictSerializer(serializers.Serializer):
    """Refuses fields it does not know: a slip in a name must not pass for a wish granted."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values."""
        if hasattr(data, "keys") and (unknown := sorted(set(data.keys()) - set(self.fields))):
            known = ", ".join(self.fields)
            raise serializers.ValidationError(
                dict.fromkeys(unknown, f"There is no such field. Known: {known}."),
                code="unknown_field",
            )
        return super().to_internal_value(data)


class OptionsSerializer(StrictSerializer):
    """How the 3D photo shall be made. What is left out is decided by the photo."""

    motion = serializers.ChoiceField(MOTIONS, required=False, help_text="How the camera moves.")
    easing = serializers.ChoiceField(EASINGS, required=False, help_text="How evenly it moves.")
    duration = serializers.FloatField(
        min_value=1, max_value=10, required=False, help_text="Seconds of one loop."
    )
    fps = serializers.IntegerField(
        min_value=24, max_value=60, required=False, help_text="Frames per second."
    )
    size = serializers.ChoiceField(
        SIZES, required=False, help_text="Long side of the video in pixels."
    )
    amplitude = serializers.FloatField(
        min_value=0.002,
        max_value=0.1,
        required=False,
        help_text="How far near and far move against each other, as a share of the long side.",
    )
    focus = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="What stays still: 0 far, 1 near."
    )
    depth_of_field = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="0: all is sharp; 1: a wide aperture."
    )
    vignette = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="0: none; 1: dark corners."
    )


OPTIONS: Final = tuple(OptionsSerializer().fields)


class UploadSerializer(OptionsSerializer):
    """A photo file and how to make it a 3D photo."""

    photo = serializers.FileField(help_text="JPEG, PNG, WebP or HEIC, up to 20 MB.")

    def validate_photo(self, file: UploadedFile) -> Upload:
        """The file, checked by its content."""
        try:
            return accept(file)
        except PhotoError as error:
            raise serializers.ValidationError(error.message, code=error.code) from error

    def options(self) -> dict[str, Any]:
        """Keyword arguments for `amena.engine.options.Options`."""
        return {name: self.validated_data[name] for name in OPTIONS if name in self.validated_data}


class ArtifactSerializer(serializers.ModelSerializer[Artifact]):
    """One file that a job has made."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    job = serializers.UUIDField(source="job.public_id", read_only=True)
    filename = serializers.SerializerMethodField(help_text="What to call it.")
    content_url = serializers.SerializerMethodField(help_text="The file itself.")

    class Meta:
        model = Artifact
        fields = ("id", "job", "kind", "filename", "content_type", "size", "content_url")
        read_only_fields = fields

    def get_filename(self, artifact: Artifact) -> str:
        """Another for each result of a job."""
        return filename(artifact)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_content_url(self, artifact: Artifact) -> str:
        """Redirects to the storage where that is a bucket."""
        return address(self.context, "artifact-content", artifact.public_id)


class FailureSerializer(serializers.Serializer):
    """Why a job has failed."""

    code = serializers.CharField(source="error_code", help_text="Stable, for programs.")
    detail = serializers.CharField(source="error_message", help_text="One line for people.")


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of work on a photo."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    photo = serializers.UUIDField(source="photo.public_id", read_only=True)
    options = OptionsSerializer(read_only=True)
    stage = serializers.CharField(read_only=True, help_text="What is being done; may be empty.")
    progress = serializers.IntegerField(read_only=True, min_value=0, max_value=100)
    ahead = serializers.SerializerMethodField(help_text="Queued jobs before this one.")
    expected_wait = serializers.SerializerMethodField(
        help_text="Seconds until work begins, roughly; null where nothing is known."
    )
    failure = serializers.SerializerMethodField(help_text="Null unless the job has failed.")
    artifacts = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id", "url", "photo", "kind", "options", "state", "stage", "progress", "ahead",
            "expected_wait", "cancel_requested", "failure", "created_at", "started_at",
            "finished_at", "artifacts",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, job: Job) -> str:
        """Where to ask again."""
        return address(self.context, "job", job.public_id)

    def get_ahead(self, job: Job) -> int:
        """See `Line.ahead`."""
        return self._line.ahead(job)

    @extend_schema_field({"type": ["integer", "null"], "minimum": 0})
    def get_expected_wait(self, job: Job) -> int | None:
        """See `Line.expected_wait`."""
        wait = self._line.expected_wait(job, self._line.ahead(job))
        return None if wait is None else math.ceil(wait.total_seconds())

    @extend_schema_field(FailureSerializer(allow_null=True))
    def get_failure(self, job: Job) -> dict[str, str] | None:
        """Code and message."""
        return FailureSerializer(job).data if job.state == State.FAILED else None

    @extend_schema_field(ArtifactSerializer(many=True))
    def get_artifacts(self, job: Job) -> list[dict[str, Any]]:
        """All but the scene, which is the engine's own."""
        given = [each for each in job.artifacts.all() if each.kind != "scene"]
        return ArtifactSerializer(given, many=True, context=self.context).data

    @property
    def _line(self) -> Line:
        return self.context.setdefault("line", Line())


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """One upload, with its newest job and its newest result."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    url = serializers.SerializerMethodField()
    format = serializers.ChoiceField(("JPEG", "PNG", "WEBP", "HEIF"), read_only=True)
    thumbnail_url = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField(help_text="The newest.")
    result = serializers.SerializerMethodField(
        help_text="The newest job that has succeeded; null while there is none."
    )

    class Meta:
        model = Photo
        fields = (
            "id", "url", "name", "format", "width", "height", "size", "created_at",
            "thumbnail_url", "job", "result",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, photo: Photo) -> str:
        """Where to ask again."""
        return address(self.context, "photo", photo.public_id)

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_thumbnail_url(self, photo: Photo) -> str:
        """A small JPEG without metadata."""
        return address(self.context, "thumbnail", photo.public_id)

    @extend_schema_field(JobSerializer)
    def get_job(self, photo: Photo) -> dict[str, Any]:
        """What happened last."""
        return JobSerializer(card_of(photo).job, context=self.context).data

    @extend_schema_field(JobSerializer(allow_null=True))
    def get_result(self, photo: Photo) -> dict[str, Any] | None:
        """What there is to show."""
        card: Card = card_of(photo)
        return JobSerializer(card.result, context=self.context).data if card.result else None


class PhotoQuery(serializers.Serializer):
    """Which photos."""

    state = serializers.ChoiceField(
        State.choices, required=False, help_text="State of the newest job."
    )


class JobsQuery(serializers.Serializer):
    """Which jobs."""

    state = serializers.ChoiceField(State.choices, required=False)
    kind = serializers.ChoiceField(Job.Kind.choices, required=False)
    photo = serializers.UUIDField(required=False)


class JobQuery(serializers.Serializer):
    """How long to wait for news."""

    wait = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_WAIT,
        default=0,
        help_text="Answer when the job has ended, or after so many seconds. With If-None-Match: "
        "answer as soon as anything about it has changed.",
    )


class QuotaSerializer(serializers.Serializer):
    """What one has used, beside what one may use."""

    active = serializers.IntegerField(help_text="Queued and running jobs.")
    active_limit = serializers.IntegerField()
    today = serializers.IntegerField(help_text="Jobs ordered since midnight (UTC).")
    daily_limit = serializers.IntegerField()


class MeSerializer(serializers.Serializer):
    """Whose token it is, and how much they may still do."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)
    quota = QuotaSerializer()


class MotionSerializer(serializers.Serializer):
    """A way to move the camera."""

    name = serializers.CharField(help_text="For `motion`.")
    title = serializers.CharField(help_text="For people.")


class MotionsSerializer(serializers.Serializer):
    """All ways to move the camera."""

    results = MotionSerializer(many=True)


class InputFormatSerializer(serializers.Serializer):
    """A kind of file that may be uploaded."""

    format = serializers.CharField()
    content_type = serializers.CharField()


class OutputFormatSerializer(serializers.Serializer):
    """A kind of file that a job makes."""

    kind = serializers.CharField()
    content_type = serializers.CharField()


class FormatsSerializer(serializers.Serializer):
    """What may come in, and what comes out."""

    max_bytes = serializers.IntegerField(help_text="Largest file that is taken.")
    inputs = InputFormatSerializer(many=True)
    outputs = OutputFormatSerializer(many=True)


def filename(artifact: Artifact) -> str:
    """The photo's name and what the file is: `holiday-video.mp4`."""
    return f"{PurePosixPath(artifact.job.photo.name).stem}-{PurePosixPath(artifact.key).name}"


def address(context: dict[str, Any], name: str, *ids: Any) -> str:
    """The whole address of a resource."""
    return reverse(f"api:{name}", args=ids, request=context["request"])
