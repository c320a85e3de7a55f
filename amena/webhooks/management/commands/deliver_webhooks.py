"""The command `manage.py deliver_webhooks`."""

from typing import Any

from amena.commands import JsonCommand
from amena.webhooks import delivering, events


class Command(JsonCommand):
    """Tells people's servers of jobs that have ended, for at most 50 seconds."""

    help = "Order and send the webhooks that are due. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """Once; `manage.py sweep --interval` does the same all the time."""
        return {
            "announced": events.announce(),
            "attempts": delivering.deliver_due(),
            "forgotten": delivering.tidy(),
        }

    def would(self, **_options: Any) -> dict[str, Any]:
        """Counts the events and deliveries that are due."""
        return {"unannounced": events.unannounced(), "due": delivering.due()}
