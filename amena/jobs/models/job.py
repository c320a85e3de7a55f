"""Work on photos, and where it stands."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now

from amena.jobs.models.photo import Photo

if TYPE_CHECKING:
    from amena.accounts.models import User
    from amena.jobs.models.artifact import Artifact


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
            models.Index(
                fields=["photo", "-created_at", "-id"],
                condition=~Q(kind="export"),
                name="job_newest_of_photo",
            ),
            # In the order of photos, for the wall's filters.
            models.Index(
                fields=["owner", "-photo"],
                condition=Q(state="succeeded") & ~Q(kind="export"),
                name="job_made",
            ),
            models.Index(
                fields=["owner", "-photo"],
                condition=Q(state__in=("failed", "cancelled")) & ~Q(kind="export"),
                name="job_setback",
            ),
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

    @property
    def still(self) -> Artifact | None:
        """The 3D photo at rest, as small as there is; the first ones had only a poster."""
        files = self.artifacts_by_kind
        return files.get("card") or files.get("poster")
