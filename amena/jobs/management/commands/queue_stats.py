"""The command `manage.py queue_stats`."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand

from amena.jobs.services import queue_stats


class Command(BaseCommand):
    """Shows how the queue stands, in the database and in SQS."""

    help = "Show how the queue stands: jobs, oldest age, failures, messages. Prints JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Prints the statistics, and changes nothing."""
        self.stdout.write(json.dumps(queue_stats.collect(), indent=2))
