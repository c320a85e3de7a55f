"""`manage.py purge_expired`."""

from typing import Any

from amena.accounts import deletion as accounts
from amena.accounts import housekeeping
from amena.jobs.management.commands._json import JsonCommand
from amena.jobs.services import deletion, orphans, retention


class Command(JsonCommand):
    """Removes files of photos that were deleted, kept for `RETENTION_DAYS`, or never recorded."""

    help = (
        "Remove the files of deleted photos, of those past their retention, and of uploads that "
        "were cut off; and what deleted accounts and old sessions leave. Prints JSON."
    )

    def do(self, **_options: Any) -> dict[str, Any]:
        """Deleted ones first: people wait for those."""
        return {
            "deleted": deletion.purge_deleted(),
            "accounts": housekeeping.tidy(),
            "expired": retention.purge(),
            "orphans": orphans.purge(),
        }

    def would(self, **_options: Any) -> dict[str, Any]:
        """Only counts."""
        return {
            "deleted": deletion.deleted().count(),
            "accounts": accounts.deleted().count(),
            "expired": retention.due().count(),
            "orphans": sum(1 for _ in orphans.find()),
        }
