"""`manage.py dispatch_outbox`."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from amena.jobs.services import dispatch


class Command(BaseCommand):
    """Sends the messages of queued jobs that were never sent or may be lost."""

    help = "Send messages for queued jobs whose message is due. Prints JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Once."""
        self.stdout.write(json.dumps({"dispatched": dispatch.send_due()}))
