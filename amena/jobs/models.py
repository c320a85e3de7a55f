"""A photo, the jobs that work on it, and the artifacts they leave.

Rows are read through `for_user` and changed by `amena.jobs.states` and `amena.jobs.services` only.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, Now

if TYPE_CHECKING:
    from amena.accounts.models import User

#: Of the names of files made from a photo: what comes after it, and a number, have room, too.
_STEM_BYTES: Final = 200


class State(models.TextChoices):
    """Where a job stands. `amena.jobs.states` says which may follow which."""

    HELD = "held"
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


#: Jobs that cost a place in the works, of which each person has a few.
PLACED = (State.QUEUED, State.RUNNING)
#: Jobs that are still to be done: these, and those that wait for such a place.
ACTIVE = (State.HELD, *PLACED)


class PhotoQuerySet(models.QuerySet["Photo"]):
    """The queries for photos that several callers need."""

    def for_user(self, user: User) -> PhotoQuerySet:
        """What this person may see: their own photos that are not deleted."""
        return self.filter(owner=user, deleted_at=None)

    def newest_job_in(self, *states: str) -> PhotoQuerySet:
        """Those whose newest job that makes a 3D photo is in one of these states."""
        motions = Job.objects.motions()
        newest = motions.filter(photo=OuterRef("pk")).order_by("-created_at", "-pk")
        # Few photos have any job in most states, and to look for these is quick.
        found = self.filter(pk__in=motions.filter(state__in=states).values("photo"))
        found = found.alias(newest=Subquery(newest.values("state")[:1]))
        return found.filter(newest__in=states)


class Photo(models.Model):
    """One upload. Its files lie under `amena.jobs.storage.photo_prefix`.

    Attributes:
        submission: the form's token; the same token twice is one photo.
        name: the file's name as the person knows it, for display alone.
        format: by content, a key of `amena.engine.photo.kinds.KINDS`.
        width, height: pixels, orientation applied.
        size: bytes of the original.
        deleted_at: set: gone for the owner. From this time on, which may lie a little ahead, the
            files are removed; the rows follow when these are gone.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="photos"
    )
    submission = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    format = models.CharField(max_length=8)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "submission"], name="one_photo_per_submission"
            ),
        )
        indexes = (
            models.Index(
                fields=["owner", "-created_at", "-id"],
                condition=Q(deleted_at=None),
                name="photo_newest_first",
            ),
            models.Index(
                fields=["deleted_at"], condition=~Q(deleted_at=None), name="photo_to_purge"
            ),
        )

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def stem(self) -> str:
        """What names of files made from it begin with: its own without the ending."""
        stem = re.sub(r"(?<=.)\.[A-Za-z]\w{1,4}$", "", self.name)
        stem = re.sub(r'[<>:"/\\|?*]', "-", stem)  # what some systems take in no name of a file
        # Their names have 255 bytes at most, of which a kanji takes three and an emoji four.
        return stem.encode()[:_STEM_BYTES].decode(errors="ignore")

    def turned(self, degrees: int, stereo: str = "auto") -> tuple[int, int]:
        """Width and height in pixels once the photo is turned by so many degrees, and cut into two
        views as one of `engine.options.STEREO` says.
        """
        width = self.width // 2 if stereo in ("sbs", "cross-eyed") else self.width
        height = self.height // 2 if stereo == "tab" else self.height
        return (height, width) if degrees % 180 else (width, height)


class JobQuerySet(models.QuerySet["Job"]):
    """The queries for jobs that several callers need."""

    def for_user(self, user: User) -> JobQuerySet:
        """Jobs on this person's own photos that are not deleted."""
        return self.filter(owner=user, photo__deleted_at=None)

    def active(self) -> JobQuerySet:
        """Held, queued and running ones."""
        return self.filter(state__in=ACTIVE)

    def placed(self) -> JobQuerySet:
        """Those that cost a place: queued and running ones."""
        return self.filter(state__in=PLACED)

    def held(self) -> JobQuerySet:
        """Those that wait for a place, in the order in which they get one."""
        return self.filter(state=State.HELD).order_by("created_at", "pk")

    def by_standing(self) -> JobQuerySet:
        """The version that counts first: the newest, or one that was chosen since."""
        return self.order_by(Coalesce("chosen_at", "created_at").desc(), "-pk")

    def motions(self) -> JobQuerySet:
        """Those that make a 3D photo; an export only adds files to one."""
        return self.exclude(kind=Job.Kind.EXPORT)


class Job(models.Model):
    """One piece of work on a photo. A queued row is at once the order to send its message; a held
    one waits until its owner has a place free (`amena.jobs.services.places`).

    Attributes:
        kind: `create` makes everything, which comes first and again for another size; `restyle`
            renders the kept scene with other options; `edit` changes the kept scene's depth;
            `export` makes further files of a finished job.
        owner: the photo's, for lists of very many. A trigger fills it in when the row comes
            (migration 0013), so that a job just made has it only once it is read.
        source: the finished job that an export belongs to; None for all others.
        options: how to make it, read by `amena.jobs.options`.
        depth_edit: for `edit`: `mode` and `near`, as `amena.engine.pipeline.Engine.edit` has them;
            for `create` of a turned photo: the job (`scene`) whose corrected depth is carried over,
            and the degrees (`turn`) by which the photo is turned against it.
        stage, progress: what the engine does now, and how much of all is done (0–100).
        attempts: how often a worker has taken it up, ever; also the name of the files' folder.
        attempts_left: how often it may still be taken up.
        lease_token, lease_expires_at: which worker is on it, and until when that is believed.
        cancel_requested: the worker stops at its next heartbeat.
        preview: while it runs, once a draft or its scene is stored: `glb` and `size`, the id and
            the bytes of the file, `draft`, and the film's `amplitude`, `focus` and `frame`; else
            None. The scene's file will be an artifact of that id.
        ordered_at: when its owner last wished for it: at first, or when it was to be tried again.
        queued_at: when it was last given a place, and so its turn among the jobs of everybody.
        dispatch_at: when the sweeper sends a (further) message if it is still queued then.
        error_code, error_message: why it failed; the message is for people.
        staff_reason: what people cannot mend of that, like a model that is missing; for staff.
        unannounced: the end it came to, while its owner's webhooks have not been told.
        email_due: it has succeeded or failed, and no email has told its owner so, nor has it been
            found that none is wanted (`amena.notifications`).
        letter_due: it was given up though its photo may be fine, and no dead letter says so yet.
        dismissed: its owner does not want to read any more that it has failed or was stopped.
        counts_as, counted_on: what it has used up of its owner's day, and which day
            (`amena.jobs.services.quotas`); empty once that was given back.
        name: what its owner calls the version that it has made; empty: what it was made with.
        chosen_at: when its owner last said that its version counts, though others are newer.
    """

    class Kind(models.TextChoices):
        """What a job does."""

        CREATE = "create"
        RESTYLE = "restyle"
        EDIT = "edit"
        EXPORT = "export"

    class Counted(models.TextChoices):
        """What an order uses up of its owner's day: once for a photo, and for each change of it."""

        PHOTO = "photo"
        CHANGE = "change"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="jobs")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,  # the photo's row holds them
        null=True,
        editable=False,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CREATE)
    source = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, blank=True, related_name="exports"
    )
    options = models.JSONField(default=dict)
    depth_edit = models.JSONField(null=True, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    stage = models.CharField(max_length=16, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_left = models.PositiveSmallIntegerField(default=settings.JOB_MAX_ATTEMPTS)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    preview = models.JSONField(null=True, blank=True)
    # These have their defaults in the database too: web servers of the version before insert jobs
    # meanwhile.
    ordered_at = models.DateTimeField(db_default=Now())
    queued_at = models.DateTimeField(db_default=Now())
    dispatch_at = models.DateTimeField()
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    staff_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    unannounced = models.CharField(max_length=9, blank=True, default="", db_default="")
    email_due = models.BooleanField(default=False, db_default=False)
    letter_due = models.BooleanField(default=False, db_default=False)
    dismissed = models.BooleanField(default=False, db_default=False)
    counts_as = models.CharField(max_length=6, choices=Counted, blank=True, db_default="photo")
    counted_on = models.DateField(null=True, blank=True, editable=False)
    name = models.CharField(max_length=60, blank=True, default="", db_default="")
    chosen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = (
            models.CheckConstraint(name="job_has_owner", condition=Q(owner__isnull=False)),
            models.CheckConstraint(
                name="lease_while_running",
                condition=Q(state=State.RUNNING, lease_token__isnull=False)
                | (~Q(state=State.RUNNING) & Q(lease_token=None)),
            ),
            models.CheckConstraint(
                name="source_of_exports",
                condition=Q(kind="export", source__isnull=False)
                | (~Q(kind="export") & Q(source=None)),
            ),
        )
        indexes = (
            models.Index(
                fields=["dispatch_at"], condition=Q(state=State.QUEUED), name="job_to_dispatch"
            ),
            models.Index(
                fields=["lease_expires_at"], condition=Q(state=State.RUNNING), name="job_lease"
            ),
            models.Index(fields=["created_at"], condition=Q(state=State.HELD), name="job_held"),
            models.Index(fields=["photo", "-created_at"], name="job_of_photo"),
            models.Index(
                fields=["owner", "state"], condition=Q(state__in=ACTIVE), name="job_active_of_owner"
            ),
            models.Index(fields=["owner", "-created_at", "-id"], name="job_newest_first"),
            models.Index(fields=["owner", "state", "-created_at", "-id"], name="job_by_state"),
            models.Index(
                fields=["owner", "kind", "-created_at", "-id"],
                condition=~Q(kind="create"),
                name="job_by_kind",
            ),
            models.Index(
                fields=["finished_at"], condition=~Q(unannounced=""), name="job_to_announce"
            ),
            models.Index(
                fields=["finished_at"], condition=Q(email_due=True), name="job_to_tell_by_email"
            ),
            models.Index(
                fields=["finished_at"], condition=Q(letter_due=True), name="job_to_report"
            ),
        )

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_active(self) -> bool:
        """Whether somebody or something still works on it or will."""
        return self.state in ACTIVE

    @property
    def standing(self) -> datetime:
        """By which the latest of several versions counts, as in `JobQuerySet.by_standing`."""
        return self.chosen_at or self.created_at

    @property
    def artifacts_by_kind(self) -> dict[str, Artifact]:
        """The results by kind; uses the prefetched rows where there are any."""
        return {artifact.kind: artifact for artifact in self.artifacts.all()}


class ArtifactQuerySet(models.QuerySet["Artifact"]):
    """The queries for artifacts that several callers need."""

    def for_user(self, user: User) -> ArtifactQuerySet:
        """Files made from this person's own photos that are not deleted."""
        return self.filter(job__photo__owner=user, job__photo__deleted_at=None)


class Artifact(models.Model):
    """One file that a job has made.

    Attributes:
        kind: one of `amena.jobs.files.FILE_TYPES`; one of each per job.
        key: where it lies in the storage.
        size: bytes.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=200, unique=True)
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=40)

    objects = ArtifactQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["job", "kind"], name="one_artifact_per_kind"),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.job_id}"

    @property
    def filename(self) -> str:
        """What to call it: the photo's name and what the file is, `holiday-video.mp4`."""
        return f"{self.job.photo.stem}-{PurePosixPath(self.key).name}"


class Share(models.Model):
    """A link by which everybody may look at a 3D photo of a photo, until it is revoked.

    Attributes:
        token: unguessable; everybody who has it may look.
        job: the version that it stays at; None: it always shows the newest.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="shares")
    token = models.CharField(max_length=32, unique=True, editable=False)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["photo"], condition=Q(revoked_at=None), name="one_live_share_per_photo"
            ),
        )

    def __str__(self) -> str:
        return f"Share of {self.photo_id}"

    def get_absolute_url(self) -> str:
        """The page to send to others."""
        return f"/s/{self.token}/"
