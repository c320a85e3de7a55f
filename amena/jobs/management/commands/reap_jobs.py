"""The command `manage.py reap_jobs`."""

from dataclasses import asdict
from typing import Any

from amena.commands import JsonCommand
from amena.jobs.services import reaping


class Command(JsonCommand):
    """Takes running jobs whose lease has run out from their lost workers."""

    help = "Return or fail running jobs whose worker is lost. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """Takes jobs from lost workers, as the sweeper does."""
        return asdict(reaping.reap())

    def would(self, **_options: Any) -> dict[str, Any]:
        """Counts the jobs whose worker is lost."""
        return asdict(reaping.lost())
