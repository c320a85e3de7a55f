"""The command `manage.py dispatch_outbox`."""

from typing import Any

from amena.commands import JsonCommand
from amena.jobs.services import dispatch, places


class Command(JsonCommand):
    """Gives free places to held jobs, and sends messages that were never sent or may be lost."""

    help = "Fill free places, then send messages for queued jobs where due. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """Sends the messages of jobs whose own has been lost, as the sweeper does."""
        return {"released": places.fill_all(), "dispatched": dispatch.send_due()}

    def would(self, **_options: Any) -> dict[str, Any]:
        """Counts the people with free places, and the messages that are due."""
        return {"people_to_fill_for": places.missed().count(), "dispatched": dispatch.due().count()}
