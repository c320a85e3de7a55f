"""What must happen even when nobody asks: lost leases, places, what was not sent, deletions."""

from __future__ import annotations

from dataclasses import dataclass

from amena.accounts import housekeeping
from amena.jobs.services import (
    dead_letters,
    deletion,
    dispatch,
    orphans,
    places,
    reaping,
    retention,
)
from amena.jobs.states import Reaped
from amena.site.deletion import deleted_accounts, purge_accounts


@dataclass(frozen=True)
class Swept:
    """What one sweep has done."""

    reaped: Reaped
    released: int
    dispatched: int
    reported: int
    purged: int
    accounts: int


@dataclass(frozen=True)
class Purged:
    """How many were removed by one purge, or would be.

    Attributes:
        deleted: photos that were deleted.
        accounts: accounts that were deleted and whose photos are gone.
        expired: photos whose results were kept for `RETENTION_DAYS`.
        orphans: uploads that were cut off before they were recorded.
        strays: files that killed attempts have left beside the results.
    """

    deleted: int
    accounts: int
    expired: int
    orphans: int
    strays: int


def sweep() -> Swept:
    """Everything that is urgent, in the order in which one feeds the next."""
    reaped, released = reaping.reap(), places.fill_all()
    dispatched, reported = dispatch.send_due(), dead_letters.send_due()
    purged = deletion.purge_deleted()
    return Swept(reaped, released, dispatched, reported, purged, _tidy_accounts())


def purge() -> Purged:
    """Removes files that nobody may want any more. Deleted ones first: people wait for those."""
    return Purged(
        deleted=deletion.purge_deleted(),
        accounts=_tidy_accounts(),
        expired=retention.purge(),
        orphans=orphans.purge(),
        strays=orphans.delete(orphans.strays()),
    )


def purgeable() -> Purged:
    """Counts what `purge` would remove."""
    return Purged(
        deleted=deletion.deleted().count(),
        accounts=deleted_accounts().count(),
        expired=retention.due().count(),
        orphans=sum(1 for _ in orphans.find()),
        strays=len(orphans.strays()),
    )


def _tidy_accounts() -> int:
    housekeeping.tidy()
    return purge_accounts()
