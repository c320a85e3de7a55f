"""The command `manage.py redrive_dead_letters`."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.management.base import CommandError

from amena.commands import JsonCommand
from amena.jobs.services import dead_letters


class Command(JsonCommand):
    """Sends dead letters back to work once their cause is mended."""

    help = "Queue the jobs of dead letters again, drop letters of jobs that are gone. Prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Adds the limit on the number of letters."""
        super().add_arguments(parser)
        parser.add_argument("--limit", type=int, default=1000, help="so many at most (1000)")

    def do(self, *, limit: int, **_options: Any) -> dict[str, Any]:
        """Letter by letter: a run cut short leaves the others."""
        return _redrive(limit, dry_run=False)

    def would(self, *, limit: int, **_options: Any) -> dict[str, Any]:
        """Reads the letters and leaves them."""
        return _redrive(limit, dry_run=True)


def _redrive(limit: int, *, dry_run: bool) -> dict[str, Any]:
    if not settings.SQS_DEAD_LETTER_URL:
        raise CommandError("SQS_DEAD_LETTER_URL is not set, so there are no letters to look for.")
    try:
        return asdict(dead_letters.redrive(limit, dry_run=dry_run))
    except (BotoCoreError, ClientError) as error:
        raise CommandError(f"The dead-letter queue does not answer: {error}") from error
