"""What must happen even when nobody asks: lost leases, unsent messages, what is deleted."""

from __future__ import annotations

from dataclasses import dataclass

from amena.accounts import housekeeping
from amena.jobs import states
from amena.jobs.services import deletion, dispatch


@dataclass(frozen=True)
class Swept:
    """What one sweep has done."""

    reaped: states.Reaped
    dispatched: int
    purged: int
    accounts: int


def sweep() -> Swept:
    """Everything once, in the order in which one feeds the next."""
    reaped = states.reap()
    dispatched, purged = dispatch.send_due(), deletion.purge_deleted()
    return Swept(reaped, dispatched, purged, housekeeping.tidy())
