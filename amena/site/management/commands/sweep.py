"""`manage.py sweep`: the service's housekeeper."""

from __future__ import annotations

import json
import logging
import signal
import threading
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, connection

from amena.notifications import sending
from amena.site import housekeeping
from amena.webhooks import delivering

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    """Reaps jobs, fills places, sends messages, purges photos; for ever also tells webhooks and
    people.
    """

    # They would load every page; manage.py has looked at the settings of a deployment.
    requires_system_checks = ()
    help = (
        "Reap lost jobs, fill free places, send due messages, purge deleted photos. Once, or "
        "every N seconds, then webhooks are delivered and emails sent too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--interval` makes the command a service that goes on for ever."""
        parser.add_argument(
            "--interval",
            type=float,
            default=None,
            metavar="SECONDS",
            help="go on for ever, with this pause between two sweeps, until SIGTERM",
        )
        parser.add_argument(
            "--heartbeat",
            type=Path,
            default=None,
            metavar="FILE",
            help="touch this file after every sweep, for whoever must know that it does not hang",
        )

    def handle(
        self,
        *_args: Any,
        interval: float | None,
        heartbeat: Path | None = None,
        **_options: Any,
    ) -> None:
        """Without an interval prints what was done as JSON."""
        if interval is None:
            self.stdout.write(json.dumps(asdict(housekeeping.sweep())))
            return
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        logger.info("Sweeping every %g seconds.", interval)
        # In a thread: slow receivers of webhooks must not hold up the jobs.
        webhooks = threading.Thread(target=delivering.run, args=(ended, interval), name="webhooks")
        # Nor must the mail server.
        emails = threading.Thread(target=sending.run, args=(ended, interval), name="emails")
        webhooks.start()
        emails.start()
        while not ended.wait(interval):
            self._sweep_and_go_on()
            if heartbeat:
                heartbeat.touch()
        webhooks.join()
        emails.join()

    def _sweep_and_go_on(self) -> None:
        try:
            swept = housekeeping.sweep()
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database does not answer: %s", type(error).__name__)
            connection.close()
            return
        except Exception:
            # One broken row must not end the housekeeping of all others.
            logger.exception("A sweep failed")
            return
        done = asdict(swept)
        if any(done.pop("reaped").values()) or any(done.values()):
            logger.info("Swept: %s", json.dumps(asdict(swept)))
