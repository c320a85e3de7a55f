"""Every change of a job's state, each one conditional UPDATE.

A caller that loses a race changes no row, is told so, and does nothing. All times are the
database's, so that machines whose clocks differ still agree on leases.

| from \\ to  | held    | queued         | running | succeeded | failed | cancelled | expired |
|------------|---------|----------------|---------|-----------|--------|-----------|---------|
| held       |         | release        |         |           | reject | cancel    |         |
| queued     |         |                | claim   |           | reject | cancel    |         |
| running    |         | retry_later,   |         | succeed   | fail,  | stop,     |         |
|            |         | requeue, reap  |         |           | reject,| reap      |         |
|            |         |                |         |           | reap   |           |         |
| succeeded  |         |                |         |           |        |           | expire  |
| failed     | retry   | retry          |         |           |        |           | expire  |
| cancelled  | retry   | retry          |         |           |        |           | expire  |
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any, Final

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from amena.jobs.models import ACTIVE, Job, Photo, State
from amena.metrics import tallies

TRANSITIONS: Final[dict[State, frozenset[State]]] = {
    State.HELD: frozenset({State.QUEUED, State.FAILED, State.CANCELLED}),
    State.QUEUED: frozenset({State.RUNNING, State.FAILED, State.CANCELLED}),
    State.RUNNING: frozenset({State.QUEUED, State.SUCCEEDED, State.FAILED, State.CANCELLED}),
    State.SUCCEEDED: frozenset({State.EXPIRED}),
    State.FAILED: frozenset({State.HELD, State.QUEUED, State.EXPIRED}),
    State.CANCELLED: frozenset({State.HELD, State.QUEUED, State.EXPIRED}),
    State.EXPIRED: frozenset(),
}

#: Ends that webhooks tell of. The note to do so is made by the UPDATE that ends the job.
ANNOUNCED: Final = frozenset({State.SUCCEEDED, State.FAILED, State.CANCELLED})

#: Ends that an email may tell of, noted likewise; who has stopped a job knows.
EMAILED: Final = frozenset({State.SUCCEEDED, State.FAILED})

#: Codes of failures that an engineer should look at, in a dead letter; noted likewise.
REPORTED: Final = frozenset({"worker_lost", "internal"})

#: Given to the process that has just committed a job to send its message, before the sweeper does.
DISPATCH_GRACE: Final = timedelta(seconds=5)

#: Characters that are kept of a reason.
_REASON: Final = 500

_NO_LEASE: Final[dict[str, Any]] = {
    "lease_token": None,
    "lease_expires_at": None,
    "preview": None,
}


@dataclass(frozen=True)
class Lease:
    """The right to work on a job, until it expires or is taken away.

    Attributes:
        job_id: the job's public id.
        token: proves that the holder is the one who claimed it.
        attempt: counts from 1; names the folder of this attempt's files.
    """

    job_id: uuid.UUID
    token: uuid.UUID
    attempt: int


class Beat(Enum):
    """What a heartbeat learns."""

    HELD = auto()
    CANCEL = auto()
    LOST = auto()


def soon(delay: timedelta = DISPATCH_GRACE) -> Any:
    """A database expression: `delay` from the database's now."""
    return Now() + delay


def _lease_end() -> Any:
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _move(jobs: QuerySet[Job], source: State, target: State, **fields: Any) -> int:
    """Moves those of `jobs` that stand in `source`, and says how many did.

    Raises:
        ValueError: the table above has no such transition.
    """
    if target not in TRANSITIONS[source]:
        raise ValueError(f"A job cannot go from {source} to {target}.")
    if target is not State.RUNNING:
        fields |= _NO_LEASE
    if target not in ACTIVE:
        fields.setdefault("finished_at", Now())
    if target in ANNOUNCED:
        fields["unannounced"] = target
    if target in EMAILED:
        fields["email_due"] = True
    if target is State.FAILED and fields.get("error_code") in REPORTED:
        fields["letter_due"] = True
    moved = jobs.filter(state=source).update(state=target, **fields)
    if target not in ACTIVE:
        tallies.count("jobs_ended", moved, state=target, code=fields.get("error_code", ""))
    return moved


def _job(job_id: uuid.UUID) -> QuerySet[Job]:
    return Job.objects.filter(public_id=job_id)


def _held(lease: Lease) -> QuerySet[Job]:
    return Job.objects.filter(public_id=lease.job_id, lease_token=lease.token)


def release(job_id: uuid.UUID) -> bool:
    """Held → queued: a place has become free for it."""
    return bool(_move(_job(job_id), State.HELD, State.QUEUED, queued_at=Now(), dispatch_at=soon()))


def claim(job_id: uuid.UUID) -> Lease | None:
    """Queued → running, for the worker that got its message first; None for everybody else."""
    token = uuid.uuid4()
    deleted = Photo.objects.filter(pk=OuterRef("photo_id"), deleted_at__isnull=False)
    moved = _move(
        # No join: Django would put all conditions into a subquery, which PostgreSQL does not look
        # at again after waiting for the row, and two workers could both claim the job.
        _job(job_id).filter(~Exists(deleted), attempts_left__gt=0),
        State.QUEUED,
        State.RUNNING,
        lease_token=token,
        lease_expires_at=_lease_end(),
        attempts=F("attempts") + 1,
        attempts_left=F("attempts_left") - 1,
        started_at=Now(),
        stage="",
        progress=0,
        preview=None,
    )
    if not moved:
        return None
    attempt = Job.objects.filter(lease_token=token).values_list("attempts", flat=True).first()
    return Lease(job_id, token, attempt) if attempt else None


def beat(lease: Lease, stage: str, progress: int) -> Beat:
    """Renews the lease and shows how far the work is."""
    renewed = (
        _held(lease)
        .filter(state=State.RUNNING)
        .update(lease_expires_at=_lease_end(), stage=stage, progress=progress)
    )
    if not renewed:
        return Beat.LOST
    stop = _held(lease).values_list("cancel_requested", flat=True).first()
    return Beat.LOST if stop is None else Beat.CANCEL if stop else Beat.HELD


def show(lease: Lease, preview: dict[str, Any]) -> bool:
    """Lets the owner see the scene while the film is made; every end of the lease ends that."""
    held = _held(lease).filter(state=State.RUNNING, cancel_requested=False)
    return bool(held.update(preview=preview))


def succeed(lease: Lease) -> bool:
    """Running → succeeded, if the lease still holds and nobody has asked to stop."""
    return bool(
        _move(
            _held(lease).filter(cancel_requested=False),
            State.RUNNING,
            State.SUCCEEDED,
            progress=100,
            error_code="",
            error_message="",
            staff_reason="",
        )
    )


def fail(lease: Lease, code: str, message: str, reason: str = "") -> bool:
    """Running → failed, for good: the same photo would fail again. `reason`: for staff alone."""
    return bool(
        _move(
            _held(lease),
            State.RUNNING,
            State.FAILED,
            error_code=code[:40],
            error_message=message[:300],
            staff_reason=reason[:_REASON],
        )
    )


def stop(lease: Lease) -> bool:
    """Running → cancelled, by the worker that was asked to."""
    return bool(_move(_held(lease), State.RUNNING, State.CANCELLED))


def retry_later(
    lease: Lease, code: str, message: str, delay: timedelta = timedelta(0), reason: str = ""
) -> bool:
    """Running → queued for another attempt after `delay`, or failed where none is left."""
    held = _held(lease)
    left = held.filter(attempts_left__gt=0)
    return bool(_return(left, delay) or _give_up(held, code, message, reason))


def requeue(lease: Lease) -> bool:
    """Running → queued, by a worker that must go: nobody is to blame, so no attempt is lost."""
    held = _held(lease)
    cancelled = _move(held.filter(cancel_requested=True), State.RUNNING, State.CANCELLED)
    return bool(cancelled or _return(held, timedelta(0), attempts_left=F("attempts_left") + 1))


def cancel(job_id: uuid.UUID) -> bool:
    """Held or queued → cancelled at once; a running job is asked to stop. False where it has ended.

    In the order in which a job goes on, so that none slips through that goes on meanwhile.
    """
    if any(_move(_job(job_id), each, State.CANCELLED) for each in (State.HELD, State.QUEUED)):
        return True
    return bool(_job(job_id).filter(state=State.RUNNING).update(cancel_requested=True))


def reject(job_id: uuid.UUID, code: str, message: str) -> bool:
    """Held, queued or running → failed, by staff; a worker on it finds its lease gone and stops."""
    return any(
        _move(_job(job_id), source, State.FAILED, error_code=code, error_message=message)
        for source in (State.HELD, State.QUEUED, State.RUNNING)
    )


def retry(job_id: uuid.UUID, target: State = State.QUEUED) -> bool:
    """Failed or cancelled → queued or held (`target`) with fresh attempts."""
    fields = {
        "attempts_left": settings.JOB_MAX_ATTEMPTS,
        "cancel_requested": False,
        "error_code": "",
        "error_message": "",
        "staff_reason": "",
        "stage": "",
        "progress": 0,
        "dismissed": False,
        "finished_at": None,
        "email_due": False,
        "letter_due": False,
        "ordered_at": Now(),
        "queued_at": Now(),
        "dispatch_at": soon(),
    }
    return any(
        _move(_job(job_id), source, target, **fields) for source in (State.FAILED, State.CANCELLED)
    )


def expire(jobs: QuerySet[Job]) -> int:
    """Ended → expired: the results have been kept as long as was promised."""
    ended = (State.SUCCEEDED, State.FAILED, State.CANCELLED)
    return sum(_move(jobs, source, State.EXPIRED, finished_at=F("finished_at")) for source in ended)


@dataclass(frozen=True)
class Reaped:
    """How many jobs the reaper took from lost workers, by what became of them."""

    cancelled: int
    returned: int
    failed: int


def lost() -> QuerySet[Job]:
    """Running jobs whose leases have run out."""
    return Job.objects.filter(state=State.RUNNING, lease_expires_at__lte=Now())


def reap(jobs: QuerySet[Job] | None = None) -> Reaped:
    """Ends the leases that have run out, since their workers are gone.

    Args:
        jobs: some of `lost()`; else all of them.
    """
    over = lost() if jobs is None else jobs
    reaped = Reaped(
        cancelled=_move(over.filter(cancel_requested=True), State.RUNNING, State.CANCELLED),
        returned=_return(over.filter(attempts_left__gt=0), timedelta(0)),
        failed=_give_up(
            over,
            "worker_lost",
            "The work stopped several times without an answer. Try again at a smaller size, or "
            "try another photo.",
        ),
    )
    tallies.count("leases_lost", reaped.cancelled + reaped.returned + reaped.failed)
    return reaped


def _return(jobs: QuerySet[Job], delay: timedelta, **fields: Any) -> int:
    """Running → queued for those that were not asked to stop."""
    return _move(
        jobs.filter(cancel_requested=False),
        State.RUNNING,
        State.QUEUED,
        dispatch_at=soon(delay),
        stage="",
        progress=0,
        **fields,
    )


def _give_up(jobs: QuerySet[Job], code: str, message: str, reason: str = "") -> int:
    """Running → failed for those that have none left, or cancelled where that was asked."""
    cancelled = _move(jobs.filter(cancel_requested=True), State.RUNNING, State.CANCELLED)
    failed = _move(
        jobs.filter(attempts_left=0),
        State.RUNNING,
        State.FAILED,
        error_code=code,
        error_message=message,
        staff_reason=reason[:_REASON],
    )
    return cancelled + failed
