"""The command `manage.py audit_storage`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from amena.jobs.services import orphans


class Command(BaseCommand):
    """Says what lies in the storage without a row, and which rows lack their file."""

    help = (
        "List files without a row and rows without their file. Prints JSON. Files younger than a "
        "day are passed over: they may be on their way into a row."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--delete` removes the files; rows without a file stay."""
        parser.add_argument("--delete", action="store_true", help="delete the files without a row")

    def handle(self, *_args: Any, delete: bool, **_options: Any) -> None:
        """Looks through everything that is stored."""
        found = orphans.audit()
        deleted = 0
        if delete:
            deleted = orphans.delete(found.files_without_row) + orphans.purge()
        self.stdout.write(json.dumps({**asdict(found), "deleted": deleted}))
