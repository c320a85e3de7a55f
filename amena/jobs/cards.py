"""Photos as the pages show them: where each stands, and what there is of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.conf import settings

from amena.jobs import wording
from amena.jobs.error_texts import PASSING, error_text
from amena.jobs.models import Artifact, Job, Photo, Share, State
from amena.jobs.queue_positions import QueuePositions

SETBACKS: Final = (State.FAILED, State.CANCELLED)


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


def still_there(photos: Iterable[Photo]) -> list[Photo]:
    """Those of the photos that were not deleted while they were read: such a photo has no job any
    more.
    """
    return [photo for photo in photos if photo.jobs.all()]


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
