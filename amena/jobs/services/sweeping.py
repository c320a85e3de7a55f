"""What must happen even when nobody asks: lost leases, unsent messages, what is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from amena.accounts import housekeeping
from amena.jobs import states
from amena.jobs.services import dead_letters, deletion, dispatch


@dataclass(frozen=True)
class Swept:
    """What one sweep has done."""

    reaped: states.Reaped
    dispatched: int
    purged: int
    accounts: int


def lost() -> states.Reaped:
    """What `reap` would do now."""
    found = states.lost()
    wanted = found.filter(cancel_requested=False)
    return states.Reaped(
        cancelled=found.filter(cancel_requested=True).count(),
        returned=wanted.filter(attempts_left__gt=0).count(),
        failed=wanted.filter(attempts_left=0).count(),
    )


def reap() -> states.Reaped:
    """Takes jobs from lost workers, and reports those that are given up by it."""
    last = states.lost().filter(attempts_left=0, cancel_requested=False)
    given_up = list(last.values_list("public_id", flat=True))
    reaped = states.reap()
    for job_id in given_up:
        dead_letters.report(job_id)
    return reaped


def sweep() -> Swept:
    """Everything once, in the order in which one feeds the next."""
    reaped = reap()
    dispatched, purged = dispatch.send_due(), deletion.purge_deleted()
    return Swept(reaped, dispatched, purged, housekeeping.tidy())
