"""The command `manage.py send_emails`."""

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from amena.commands import JsonCommand
from amena.notifications import batches, sending


class Command(JsonCommand):
    """Tells people by email of what is done, once."""

    help = "Send the emails that are due. Prints JSON."

    def do(self, **_options: Any) -> dict[str, Any]:
        """Once; `manage.py sweep --interval` does the same all the time."""
        try:
            return asdict(sending.send_due())
        except sending.UnreachableError as error:
            raise CommandError(f"The mail server does not answer: {error}") from error

    def would(self, **_options: Any) -> dict[str, Any]:
        """Counts the people for whom an email is due."""
        return {"due": batches.due().count()}
