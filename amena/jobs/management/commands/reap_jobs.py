"""`manage.py reap_jobs`."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from amena.jobs import states


class Command(BaseCommand):
    """Takes running jobs whose lease has run out from their lost workers."""

    help = "Return or fail running jobs whose worker is lost. Prints JSON."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Once."""
        self.stdout.write(json.dumps(asdict(states.reap())))
