"""How long a job will wait, from how things stand in the queue now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

from django.db.models import Count, F, Func, IntegerField, Max, Value
from django.utils import timezone

from amena.jobs.models import Job, State

_RECENT_JOBS: Final = 50
#: Beyond what a job takes as a rule; a start is promised "within a minute".
_PATIENCE: Final = timedelta(minutes=1)


class QueuePositions:
    """One look at the queue on behalf of some jobs. Each number is asked for at most once.

    A held job stands in its owner's own line, a queued one in the line of everybody.
    """

    def __init__(self, jobs: Iterable[Job]) -> None:
        jobs = list(jobs)
        self._times = sorted({job.queued_at for job in jobs if job.state == State.QUEUED})
        self._owners = {job.photo.owner_id for job in jobs if job.state == State.HELD}

    @cached_property
    def _ahead(self) -> dict[datetime, int]:
        """Queued jobs that are older than each of the times.

        The database counts those between each two of them: a long queue is never fetched.
        """
        between = Func(
            F("queued_at"),
            Value(self._times),
            function="width_bucket",
            output_field=IntegerField(),
        )
        older = Job.objects.filter(state=State.QUEUED, queued_at__lt=self._times[-1])
        counts = dict(older.values_list(between).annotate(Count("pk")))
        totals = accumulate(counts.get(place, 0) for place in range(len(self._times)))
        return dict(zip(self._times, totals, strict=True))

    @cached_property
    def _held(self) -> dict[int, int]:
        """Key of each held job → how many of its owner's are before it; there is a limit."""
        held = Job.objects.held().filter(owner__in=self._owners, photo__deleted_at=None)
        places: defaultdict[int, int] = defaultdict(int)
        found = {}
        for key, owner in held.values_list("pk", "owner"):
            found[key] = places[owner]
            places[owner] += 1
        return found

    @cached_property
    def _work(self) -> dict[str, Any]:
        """How many jobs run, and since when no further one has been started."""
        running = Job.objects.filter(state=State.RUNNING)
        return running.aggregate(count=Count("pk"), last=Max("started_at"))

    @property
    def running(self) -> int:
        """Jobs that workers are on: as many as there are workers, once jobs wait."""
        return int(self._work["count"])

    @cached_property
    def typical(self) -> timedelta | None:
        """How long a job takes, on average of the last ones; None where none has succeeded yet."""
        ended = Job.objects.filter(state=State.SUCCEEDED).order_by("-pk")
        times = ended.annotate(took=F("finished_at") - F("started_at"))
        recent = [took for took in times.values_list("took", flat=True)[:_RECENT_JOBS] if took]
        return sum(recent, timedelta()) / len(recent) if recent else None

    def ahead(self, job: Job) -> int:
        """Queued jobs of everybody whose turn is before a queued one's; for a held one, held jobs
        of its owner before it. 0 for all others.
        """
        if job.state == State.HELD:
            return self._held.get(job.pk, 0)
        return self._ahead[job.queued_at] if job.state == State.QUEUED else 0

    def expected_wait(self, job: Job, ahead: int) -> timedelta | None:
        """Until a worker takes it up: with n workers, one gets free every nth of a job's time.

        None where the job waits for nothing or nothing is known.
        """
        if job.state != State.QUEUED or self.typical is None:
            return None
        before = ahead + (1 if self.running else 0)
        return self.typical * before / max(self.running, 1)

    def stands(self, job: Job) -> bool:
        """Whether a queued job has waited for long in a queue that does not move: no worker runs,
        or what they are on takes much longer than jobs do as a rule.
        """
        if job.state != State.QUEUED:
            return False
        since = max(job.queued_at, self._work["last"] or job.queued_at)
        return timezone.now() - since > (self.typical or _PATIENCE) + _PATIENCE
