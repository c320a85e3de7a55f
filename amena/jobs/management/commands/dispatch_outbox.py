"""`manage.py dispatch_outbox`."""

from typing import Any

from amena.commands import JsonCommand
from amena.jobs.services import dispatch


class Command(JsonCommand):
    """Sends the messages of queued jobs that were never sent or may be lost."""

    help = "Send messages for queued jobs whose message is due. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """As the sweeper does."""
        return {"dispatched": dispatch.send_due()}

    def would(self, **_options: Any) -> dict[str, Any]:
        """Only counts."""
        return {"dispatched": dispatch.due().count()}
