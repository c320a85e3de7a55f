"""`manage.py purge_expired`."""

from typing import Any

from amena.jobs.management.commands._json import JsonCommand
from amena.jobs.services import deletion, retention


class Command(JsonCommand):
    """Removes the files of photos that were deleted or kept for `RETENTION_DAYS`."""

    help = "Remove the files of deleted photos and of those past their retention. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """Deleted ones first: people wait for those."""
        return {"deleted": deletion.purge_deleted(), "expired": retention.purge()}

    def would(self, **_options: Any) -> dict[str, Any]:
        """Only counts."""
        return {"deleted": deletion.deleted().count(), "expired": retention.due().count()}
