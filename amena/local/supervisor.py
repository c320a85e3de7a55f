"""Keeps programs running until told to stop.

Small on purpose: the kept libraries for this either never restart a program (honcho) or bring a
daemon and a configuration language of their own (supervisor, circus).
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from amena.local.process import Child, NotReadyError, Program, log_tail

# Seconds before the first restart; doubled with each that follows, up to the longest.
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# A program that ran so long was well: its next end starts from the first pause again.
_WELL_AFTER = 60.0
_TICK = 0.2
# Before another try to start what ended at once.
_START_AGAIN_AFTER = 2.0


def say(text: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Stopped(Exception):
    """Ctrl-C or SIGTERM arrived while something was being waited for."""


class Supervisor:
    """Starts programs one after the other, restarts those that end, stops all in reverse order."""

    def __init__(self) -> None:
        self._watched: list[_Watched] = []
        self._stop = threading.Event()

    @contextmanager
    def stoppable(self) -> Iterator[None]:
        """Ends everything on the way out: by Ctrl-C, SIGTERM, SIGHUP or an error inside.

        A second Ctrl-C while programs are still ending kills them.
        """
        signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in signals}
        try:
            yield
        except Stopped:
            pass
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def begin(self, program: Program) -> None:
        """Starts a program that `start` will wait for, so that others come up meanwhile."""
        self._watched.append(_Watched(program))

    def start(self, program: Program, ready_seconds: float = 60.0) -> None:
        """Starts a program, or goes on with one that has begun, and returns once it answers.

        One that ends before is started again, twice: what an earlier run left behind may still be
        on its way out. Raises NotReadyError where it does not come up, Stopped on a signal.
        """
        for attempts_left in (2, 1, 0):
            self._raise_if_stopped()
            watched = self._begun(program) or _Watched(program)
            self._watched.append(watched)  # the last that was ready is the first to stop
            try:
                watched.child.wait_ready(ready_seconds, self._raise_if_stopped)
            except NotReadyError:
                watched.child.stop()
                self._watched.remove(watched)
                if not attempts_left:
                    raise
                self._stop.wait(_START_AGAIN_AFTER)
            else:
                return

    def run(self) -> None:
        """Restarts what ends, with growing pauses, until a signal arrives."""
        while not self._stop.wait(_TICK):
            for watched in self._watched:
                watched.look()

    def _begun(self, program: Program) -> _Watched | None:
        """A program that has begun, no longer in its place."""
        for watched in self._watched:
            if watched.program is program:
                self._watched.remove(watched)
                return watched
        return None

    def _raise_if_stopped(self) -> None:
        if self._stop.is_set():
            raise Stopped

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            for watched in self._watched:
                watched.child.kill()
        self._stop.set()

    def _stop_all(self) -> None:
        """Last started, first stopped: the database outlives the programs that write to it."""
        self._stop.set()
        if any(watched.child.alive for watched in self._watched):
            say("\nStopping. Another Ctrl-C does not wait for a photo in the making.")
        for watched in reversed(self._watched):
            watched.child.stop()


class _Watched:
    """A program that is to run, its present child, and when to start the next."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.child = Child(program)
        self._pause = _FIRST_PAUSE
        self._start_at: float | None = None

    def look(self) -> None:
        """Starts the program again where it has ended and its pause is over."""
        if self.child.alive:
            return
        now = time.monotonic()
        if self._start_at is None:
            if now - self.child.started > _WELL_AFTER:
                self._pause = _FIRST_PAUSE
            self.child.kill()  # what it may have left of its group
            say(
                f"{self.program.name} ended (status {self.child.exit_code}) and is started again "
                f"in {self._pause:g} s. Last lines of {self.program.log}:\n"
                f"{log_tail(self.program.log, 5)}"
            )
            self._start_at = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif now >= self._start_at:
            self._start_at = None
            self.child = Child(self.program)
