"""Programs run as children: in groups of their own, logged to a file, gone when the parent is."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


class NotReadyError(RuntimeError):
    """A program ended, or did not answer in time, before it was ready."""


@dataclass(frozen=True)
class Program:
    """What to run, how to tell that it answers, and how to end it.

    `user` is the system user to become (from root alone). `grace` is how many seconds the program
    has between `stop_signal` and being killed. `log` is appended to. What an
    `is_heard` one prints goes where this process prints, and its errors alone to the log.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    env: Mapping[str, str] | None = None
    user: str | None = None
    ready: Callable[[], bool] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    is_heard: bool = False


class Child:
    """A process that runs a `Program`."""

    def __init__(self, program: Program) -> None:
        """Starts the program, whose log is appended to."""
        self.program = program
        program.log.parent.mkdir(parents=True, exist_ok=True)
        self._popen = self._launch()
        self.started = time.monotonic()

    def _launch(self) -> subprocess.Popen[bytes]:
        """The process itself.

        `setpriv` (util-linux) sends the stop signal should this process die without a word, killed
        for memory for instance: nothing outlives `make run`. The group of its own keeps a Ctrl-C at
        the terminal from reaching the program before the supervisor decides the order.
        """
        program = self.program
        prefix = ["setpriv", "--pdeathsig", program.stop_signal.name.removeprefix("SIG")]
        if program.user:
            prefix += [f"--reuid={program.user}", f"--regid={program.user}", "--init-groups"]
        with program.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  fixed commands, no shell
                [*prefix, "--", *program.command],
                env=dict(program.env) if program.env is not None else None,
                stdin=subprocess.DEVNULL,
                stdout=None if program.is_heard else log,
                stderr=log,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """The process id, also the id of its group."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the program still runs."""
        return self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit status, minus the signal's number where one ended it, None while it runs."""
        return self._popen.poll()

    def wait_ready(self, seconds: float, meanwhile: Callable[[], None] | None = None) -> None:
        """Returns once the program answers.

        `meanwhile` is called between two looks and may raise to end the waiting. Raises
        NotReadyError, with the end of the log, where the program ends or stays mute for `seconds`.
        """
        deadline = time.monotonic() + seconds
        while self.alive:
            if self.program.ready is None or self.program.ready():
                return
            if time.monotonic() > deadline:
                raise NotReadyError(
                    f"{self.program.name} did not answer within {seconds:.0f} s."
                    f"\n{log_tail(self.program.log)}"
                )
            if meanwhile:
                meanwhile()
            time.sleep(0.1)
        raise NotReadyError(
            f"{self.program.name} ended at once (status {self.exit_code})."
            f"\n{log_tail(self.program.log)}"
        )

    def wait(self, seconds: float) -> int:
        """The exit status, waited for. Raises subprocess.TimeoutExpired after `seconds`."""
        return self._popen.wait(seconds)

    def request_stop(self) -> None:
        """Asks the program itself, not its group, to end: it stops its own children in order."""
        if self.alive:
            self._popen.send_signal(self.program.stop_signal)

    def kill(self) -> None:
        """Ends the program and whatever is left of its group, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()

    def stop(self) -> None:
        """Asks, waits for `grace` seconds, then kills."""
        self.request_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(self.program.grace)
        self.kill()


@contextlib.contextmanager
def running(program: Program, ready_seconds: float = 60.0) -> Iterator[Child]:
    """The program, started and answering; stopped on the way out."""
    child = Child(program)
    try:
        child.wait_ready(ready_seconds)
        yield child
    finally:
        child.stop()


def log_tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, indented; empty where there is none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        text = file.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nothing listens on now, and that no program is given by chance:
    those which ask for any port get one from 32768 on.
    """
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False
