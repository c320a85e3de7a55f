"""The command `manage.py purge_expired`."""

from dataclasses import asdict
from typing import Any

from amena.commands import JsonCommand
from amena.site import housekeeping


class Command(JsonCommand):
    """Removes files of photos that were deleted, kept for `RETENTION_DAYS`, or never recorded."""

    help = (
        "Remove the files of deleted photos, of those past their retention, and of uploads that "
        "were cut off; and what deleted accounts and old sessions leave. Prints JSON."
    )

    def do(self, **_options: Any) -> dict[str, Any]:
        """Removes what has been kept for as long as was promised."""
        return asdict(housekeeping.purge())

    def would(self, **_options: Any) -> dict[str, Any]:
        """Counts what has been kept for as long as was promised."""
        return asdict(housekeeping.purgeable())
