"""`manage.py purge_expired`."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from amena.jobs.services import retention


class Command(BaseCommand):
    """Removes the files of photos that have been kept for `RETENTION_DAYS`."""

    help = "Remove the files of photos past their retention. Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--dry-run` only counts."""
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        """Once."""
        found = {"due": retention.due().count()} if dry_run else {"expired": retention.purge()}
        self.stdout.write(json.dumps(found))
