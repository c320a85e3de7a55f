"""Reads for pages and API. Each starts from `for_user`, so that nobody sees what is not theirs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from amena.accounts.models import User
from amena.engine.progress import DRAFT, SCENE
from amena.jobs import pages, storage, wording
from amena.jobs.error_texts import PASSING, error_text
from amena.jobs.files import FILE_TYPES, INTERNAL
from amena.jobs.models import ACTIVE, Artifact, Job, JobQuerySet, Photo, PhotoQuerySet, Share, State
from amena.jobs.queue_positions import QueuePositions


@dataclass(frozen=True)
class Card:
    """A photo as the pages show it.

    Attributes:
        photo: the photo.
        job: the newest job that makes a 3D photo from it; exports are no such jobs.
        result: of these the version that counts, see `JobQuerySet.by_standing`; None while none has
            succeeded.
        exports: jobs that make, or have made, further files of the result, newest first.
        queue: where the number of jobs before it is asked for, once a page needs it.
    """

    photo: Photo
    job: Job
    result: Job | None
    exports: tuple[Job, ...]
    queue: QueuePositions

    @property
    def shown(self) -> Job:
        """The job that says where the photo stands: a photo with a result is ready, whatever has
        become of a later wish, unless something is being made right now.
        """
        return self.result if self.result and not self.job.is_active else self.job

    @property
    def preview(self) -> dict[str, Any] | None:
        """The scene of the first 3D photo while its film is being made, see `Job.preview`."""
        return self.job.preview if not self.result and self.job.state == State.RUNNING else None

    @property
    def is_imminent(self) -> bool:
        """Whether there may be something to see in less than a second, where nothing is yet."""
        if self.result or (self.preview and not self.preview.get("draft")):
            return False
        waiting = self.job.state == State.QUEUED and not self.ahead
        return waiting or self.job.state == State.RUNNING

    @property
    def setback(self) -> Job | None:
        """The newest job, where it has left the photo with the result that there was before."""
        if not self.result or self.job.dismissed or self.job.state not in SETBACKS:
            return None
        return self.job

    @property
    def share(self) -> Share | None:
        """The link by which everybody may look at it, if there is one."""
        return next(iter(self.photo.live_shares), None)

    @property
    def kept_until(self) -> datetime | None:
        """When everything made from it is deleted, as things stand; None while work goes on."""
        ended = [job.finished_at for job in self.photo.jobs.all()]
        known = [each for each in ended if each is not None]
        if self.result is None or len(known) < len(ended):
            return None
        return max(known) + timedelta(days=settings.RETENTION_DAYS)

    @property
    def files(self) -> dict[str, Artifact]:
        """The result's files by kind, exported ones too; empty without a result."""
        found: dict[str, Artifact] = {}
        for job in (*self.exports, *([self.result] if self.result else ())):
            found |= job.artifacts_by_kind
        return found

    @cached_property
    def ahead(self) -> int:
        """How many jobs are before the newest one, see `QueuePositions.ahead`."""
        return self.queue.ahead(self.job)

    @property
    def turn(self) -> int:
        """Degrees by which the photo was turned clockwise for the newest result; so is the
        thumbnail.
        """
        turned: int = self._read_as("rotate", 0)
        return turned

    @property
    def stereo(self) -> str:
        """Where the photo's two views were said to be for the newest result; empty where nothing
        was said, or that there is one.
        """
        layout: str = self._read_as("stereo", "auto")
        return "" if layout in ("auto", "none") else layout

    @property
    def version(self) -> str:
        """Makes the thumbnail's address another one where the photo was read in another way."""
        return f"{self.turn or ''}{self.stereo}"

    @property
    def layouts(self) -> list[tuple[str, wording.Text]]:
        """Where two views may be in a picture of this shape; empty for most photos."""
        return wording.layouts(self.photo.width, self.photo.height)

    def _read_as(self, option: str, default: Any) -> Any:
        """An option by which the file was read for the newest result."""
        made = (job for job in self.photo.jobs.all() if job.kind == Job.Kind.CREATE)
        values = (job.options.get(option, default) for job in made if job.state == State.SUCCEEDED)
        return next(values, default)

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the photo as it stands now."""
        return self.photo.turned(self.turn, self.stereo)

    @property
    def status(self) -> str:
        """In a few words, where the newest job stands."""
        return wording.status(self.job, self.ahead, late=self.is_late)

    @cached_property
    def is_late(self) -> bool:
        """Whether the newest job waits in a queue that does not move."""
        return self.queue.stands(self.job)

    @property
    def may_take_long(self) -> bool:
        """Whether others are before the newest job, or it is late: its owner need not stay."""
        return self.job.state == State.HELD or bool(self.ahead) or self.is_late

    @property
    def wait(self) -> str:
        """Roughly how long the newest job will wait; may be empty."""
        expected = self.queue.expected_wait(self.job, self.ahead)
        return wording.wait(expected, late=self.is_late)

    @property
    def may_pass(self) -> bool:
        """Whether the newest job is worth another try: a file that cannot be read stays so."""
        return self.job.state != State.FAILED or self.job.error_code in PASSING

    @property
    def problem(self) -> str:
        """Why the newest job failed, and what to do; empty unless it has."""
        return error_text(self.job.error_code, self.job.error_message)


SETBACKS: Final = (State.FAILED, State.CANCELLED)

#: What the wall can be narrowed to, by where a photo stands. The same as `Card.shown` says.
FILTERS: Final = ("working", "ready", "failed")


def whose_newest_is_in(user: User, *states: str) -> JobQuerySet:
    """Those of a person's jobs that are the newest to make a 3D photo of their photo, and stand in
    one of these states.
    """
    of_photo = Job.objects.motions().filter(photo=OuterRef("photo"))
    newest = of_photo.order_by("-created_at", "-pk").values("pk")[:1]
    # Not “there is no newer one”: for that PostgreSQL would rather look at all of their photos.
    found = Job.objects.for_user(user).motions().filter(state__in=states)
    return found.filter(pk=Subquery(newest))


def keys(user: User, show: str = "", name: str = "") -> QuerySet[Any, int]:
    """Primary keys of the photos that `wall` shows, the last that came first.

    Filters go through jobs in the order of their photos, which indexes have: they stop where enough
    have been found, however many photos there are.
    """
    if show not in FILTERS:
        found = Photo.objects.for_user(user)
        if name:
            found = found.filter(name__icontains=name)
        return found.order_by("-pk").values_list("pk", flat=True)
    if show == "ready":
        made = Job.objects.for_user(user).motions().filter(state=State.SUCCEEDED)
        working = whose_newest_is_in(user, *ACTIVE).values("photo")
        jobs = made.exclude(photo__in=working).distinct()
    elif show == "failed":
        made = Job.objects.motions().filter(owner=user, state=State.SUCCEEDED)
        jobs = whose_newest_is_in(user, *SETBACKS)
        jobs = jobs.exclude(Exists(made.filter(photo=OuterRef("photo"))))
    else:
        jobs = whose_newest_is_in(user, *ACTIVE)
    if name:
        jobs = jobs.filter(photo__name__icontains=name)
    return jobs.order_by("-photo_id").values_list("photo_id", flat=True)


def narrowed(user: User, show: str = "", name: str = "") -> PhotoQuerySet:
    """A person's photos as `wall` narrows them, newest first."""
    return photos(user).filter(pk__in=keys(user, show, name))


def wall(
    user: User, page: int | str = 1, show: str = "", name: str = ""
) -> tuple[pages.Page, list[Card]]:
    """One page of a person's photos, newest first. The number of queries does not grow with it.

    Args:
        user: whose.
        page: counts from 1; the nearest one where there is no such page.
        show: one of `FILTERS`; anything else: all.
        name: only photos whose name has this in it; empty: all.
    """
    # Few of a photo's files are shown, and no link to it.
    rows = _with_jobs(Photo.objects.for_user(user), only=("video", "poster"), shares=False)
    shown = pages.page(rows.order_by("-pk"), keys(user, show, name), page)
    queue = queue_of(shown.photos)
    return shown, [card_of(photo, queue) for photo in shown.photos]


def photos(user: User) -> PhotoQuerySet:
    """A person's photos with their jobs, the last that came first."""
    return _with_jobs(Photo.objects.for_user(user)).order_by("-pk")


def jobs(user: User) -> JobQuerySet:
    """A person's jobs with their results, newest first."""
    found = Job.objects.for_user(user).select_related("photo")
    # Not by a join: that makes each row twice as wide, and only exports have one.
    sources = Prefetch("source", queryset=Job.objects.only("public_id"))
    found = found.prefetch_related("artifacts", sources)
    return found.order_by("-created_at", "-pk")


def photo(user: User, public_id: UUID) -> Photo:
    """One of the person's own photos, else 404."""
    return get_object_or_404(Photo.objects.for_user(user), public_id=public_id)


def card(user: User, public_id: UUID) -> Card:
    """One photo with its jobs, else 404."""
    found = get_object_or_404(_with_jobs(Photo.objects.for_user(user)), public_id=public_id)
    return card_of(found)


def job(user: User, public_id: UUID) -> Job:
    """One of the person's own jobs, else 404."""
    found = Job.objects.for_user(user).select_related("photo__owner", "source")
    return get_object_or_404(found, public_id=public_id)


def artifact(user: User, public_id: UUID) -> Artifact:
    """One of the person's own results, or the preview of one, else 404. The scene is the engine's
    own, not for people.
    """
    artifacts = Artifact.objects.for_user(user).exclude(kind__in=INTERNAL)
    found = artifacts.select_related("job__photo").filter(public_id=public_id)
    # A preview may have become a result between the first two questions.
    return found.first() or _preview(user, public_id) or get_object_or_404(found)


def _preview(user: User, public_id: UUID) -> Artifact | None:
    """What a running job shows, see `Job.preview`, as the artifact that its scene will be."""
    jobs = Job.objects.for_user(user).filter(state=State.RUNNING, preview__glb=str(public_id))
    job = jobs.select_related("photo").first()
    if job is None or job.preview is None:
        return None
    prefix = storage.attempt_prefix(job.photo.public_id, job.public_id, job.attempts)
    name = DRAFT if job.preview.get("draft") else SCENE
    return Artifact(
        public_id=public_id,
        job=job,
        kind=FILE_TYPES[SCENE].kind,
        key=f"{prefix}/{name}",
        size=job.preview["size"],
        content_type=FILE_TYPES[SCENE].content_type,
    )


def _with_jobs(
    photos: PhotoQuerySet, *, only: tuple[str, ...] = (), shares: bool = True
) -> PhotoQuerySet:
    """`only`: the kinds of artifacts that are read; empty: all."""
    artifacts = Artifact.objects.filter(kind__in=only) if only else Artifact.objects.all()
    jobs = Job.objects.order_by("-created_at", "-pk")
    jobs = jobs.prefetch_related(Prefetch("artifacts", queryset=artifacts))
    photos = photos.prefetch_related(Prefetch("jobs", queryset=jobs))
    if not shares:
        return photos
    live = Share.objects.filter(revoked_at=None)
    return photos.prefetch_related(Prefetch("shares", queryset=live, to_attr="live_shares"))


def card_of(found: Photo, queue: QueuePositions | None = None) -> Card:
    """A photo from `photos` or `card`, whose jobs are read already."""
    jobs = list(found.jobs.all())
    known = {each.pk: each for each in jobs}
    for each in jobs:
        if each.source_id is not None:
            each.source = known[each.source_id]  # of the same photo, so it has been read
    motions = [each for each in jobs if each.source_id is None]
    made = [each for each in motions if each.state == State.SUCCEEDED]
    result = max(made, key=lambda each: each.standing, default=None)  # the first of equals
    exports = tuple(each for each in jobs if result and each.source_id == result.pk)
    return Card(found, motions[0], result, exports, queue or queue_of([found]))


def queue_of(found: Iterable[Photo]) -> QueuePositions:
    """The queue as the jobs of these photos see it, which are read already."""
    return QueuePositions(job for photo in found for job in photo.jobs.all())
