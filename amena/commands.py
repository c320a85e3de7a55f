"""What the housekeeping commands share: `--dry-run`, and an answer in JSON."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand


class JsonCommand(BaseCommand):
    """A command that prints one JSON object."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Gives every command `--dry-run`."""
        parser.add_argument("--dry-run", action="store_true", help="say what would be done")

    def handle(self, *_args: Any, dry_run: bool, **options: Any) -> None:
        """Does the work, or says what it would do, and prints that."""
        found = self.would(**options) if dry_run else self.do(**options)
        self.stdout.write(json.dumps({"dry_run": dry_run, **found}))

    def do(self, **options: Any) -> dict[str, Any]:
        """Does it, and says what was done."""
        raise NotImplementedError

    def would(self, **options: Any) -> dict[str, Any]:
        """Says the same without doing it."""
        raise NotImplementedError
