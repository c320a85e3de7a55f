"""Keeps a running job's lease alive and carries news both ways while the engine works."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType
from typing import Final, Self

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from amena.engine.errors import Cancelled
from amena.engine.progress import Overall
from amena.jobs import states

logger = logging.getLogger(__name__)

_leaving = threading.Event()


def leave() -> None:
    """This process must end soon: its job is queued again at the next report."""
    _leaving.set()


#: Seconds. A worker asked to stop learns so after this time and one frame; two are promised.
INTERVAL: Final = 0.5


class Heartbeat:
    """Renews a lease twice a second in a thread of its own, also while the engine computes.

    The engine calls `report` between frames; it notes the progress and raises `Cancelled` when the
    owner asked to stop or the lease is lost. Only the thread talks to the database.

    Attributes:
        lost: the lease is gone; another worker may be on the job, so nothing may be written.
        leaving: the process must end; the lease still holds.
    """

    def __init__(self, lease: states.Lease) -> None:
        self._lease = lease
        self._stage = ""
        self._overall = Overall()
        self._ended = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self.lost = self.leaving = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def report(self, stage: str, fraction: float) -> None:
        """The engine's progress callback.

        Raises:
            Cancelled: stop now.
        """
        self._overall.tell(stage, fraction)
        self._stage = stage
        if self._stop.is_set():
            raise Cancelled("The job was stopped.")
        if _leaving.is_set():
            self.leaving = True
            raise Cancelled("The worker must go.")

    def _run(self) -> None:
        renewed = time.monotonic()
        try:
            while not self._ended.wait(INTERVAL):
                try:
                    beat = states.beat(self._lease, self._stage, round(self._overall.percent))
                    renewed = time.monotonic()
                except (DatabaseError, InterfaceError):
                    connection.close()
                    # Without the database the lease runs out, and somebody else may take over.
                    expired = time.monotonic() - renewed > settings.JOB_LEASE_SECONDS
                    beat = states.Beat.LOST if expired else states.Beat.HELD
                if beat is not states.Beat.HELD:
                    self.lost = beat is states.Beat.LOST
                    self._stop.set()
                    return
        finally:
            connection.close()
