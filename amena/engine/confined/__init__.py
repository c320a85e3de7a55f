"""Work on strangers' files in a child process of few rights and bounded time and memory.

A picture of a few bytes can take gigabytes or minutes to decode, and a decoder can have faults that
whoever makes the file knows how to use. `Confinement` has such work done by a child of a small
server (`confined.server`) that knows no secret of this process: it has an environment of its own,
and the child forked from it gives up its rights before it looks at the file
(`confined.limits`). What it answers are sizes, words and raw bytes, nothing that this process
would run.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from amena.engine.errors import PhotoError, TooLittleMemoryError
from amena.engine.photo.kinds import broken

logger = logging.getLogger(__name__)

#: What the server is given of this process's environment.
_ENVIRONMENT: Final = (
    "PATH", "LD_LIBRARY_PATH", "PHOTO_MAX_MEGABYTES", "PHOTO_MAX_MEGAPIXELS",
    "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip
#: Seconds between two looks at whether the work is still wanted.
_LOOK_SECONDS: Final = 0.2
#: How long the server may take to start, and a child to end once it has said all.
_PATIENCE_SECONDS: Final = 60.0
_MOMENT_SECONDS: Final = 5.0
#: Bytes of an answer's words.
_MOST_WORDS: Final = 2**16
#: How a child ends that has used up its memory.
OUT_OF_MEMORY: Final = 77
_CRASHES: Final = {signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT}


@dataclass(frozen=True)
class Limits:
    """What a child may use.

    Attributes:
        cpu_seconds: of processor time.
        wall_seconds: in all, on a busy machine.
        memory: bytes beyond what the interpreter and its decoders take themselves.
        answer: bytes of what it may send.
    """

    cpu_seconds: int
    wall_seconds: float
    memory: int
    answer: int


Answer = tuple[dict[str, Any], list[bytearray]]


class Confinement:
    """Children for work on strangers' files, one at a time.

    A process has one for each kind of work; threads may share it. The server starts with the first
    call, or by `start`, and ends with this process.
    """

    def __init__(self, function: str, limits: Limits) -> None:
        """Args:
        function: `module:name` of what a child does with an open file and further arguments; it
            yields pairs of a dict that JSON can hold and a list of buffers.
        limits: of each child.
        """
        self.function, self.limits = function, limits
        self._one_at_a_time = threading.Lock()
        self._idle: _Server | None = None

    def start(self) -> None:
        """Starts the server now, so that the first file need not wait for it."""
        with self._one_at_a_time:
            self._idle = self._take()

    def ask(
        self,
        source: Path | BinaryIO | bytes,
        arguments: dict[str, Any],
        tell: Callable[[], None] | None = None,
    ) -> Iterator[Answer]:
        """What a child says of a file, as it says it.

        Args:
            source: the file, of the system's where it is open; it is only read.
            arguments: for the function; JSON must be able to hold them.
            tell: called five times a second; whatever it raises ends the child.

        Raises:
            PhotoError: the child says so; `too_complex` where it has used up its time or memory;
                `broken` where a decoder has crashed.
            TooLittleMemoryError: it was ended from outside, which is what the system does when its
                memory is used up.
        """
        with self._one_at_a_time, _opened(source) as file:
            # An exception may strike at any line: only a server that is done is kept.
            server, self._idle = self._take(), None
            try:
                ours, theirs = socket.socketpair()
                with ours:
                    with theirs:
                        server.order(self._order(arguments), file.fileno(), theirs.fileno())
                    answers = _Answers(ours, self.limits, tell)
                    yield from answers
                ending = server.ending(patiently=not answers.timed_out)
            except BaseException:
                server.end()
                raise
            self._idle = server
        _judge(ending, timed_out=answers.timed_out)

    def _order(self, arguments: dict[str, Any]) -> str:
        limits = {"cpu_seconds": self.limits.cpu_seconds, "memory": self.limits.memory}
        return json.dumps({"arguments": arguments, **limits})

    def _take(self) -> _Server:
        """The server; a new one the first time, after a fork, and when it is dead."""
        if self._idle is not None and self._idle.alive():
            return self._idle
        return _Server(self.function)


class _Server:
    """The process that forks children, of one process that it was started by.

    Attributes:
        end: ends it, and thereby its child; at the latest when nobody refers to it any more.
    """

    def __init__(self, function: str) -> None:
        self._lobby, theirs = socket.socketpair()
        self._lobby.settimeout(_PATIENCE_SECONDS)
        path = [each for each in sys.path if each] or [str(Path.cwd())]
        script = (
            f"import sys; sys.path[:] = {path!r}; "
            f"from amena.engine.confined.server import serve; serve({function!r})"
        )
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603, ours alone
                [sys.executable, "-c", script],
                stdin=theirs,
                stdout=subprocess.DEVNULL,
                env={**kept, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
                start_new_session=True,  # Ctrl-C is for this process, whose end ends the server
            )
        self._owner = os.getpid()
        self.end = weakref.finalize(self, _end, self._lobby, self._process, self._owner)
        self._line()

    def alive(self) -> bool:
        """Whether it runs and is this process's own."""
        return self._owner == os.getpid() and self._process.poll() is None

    def order(self, order: str, file: int, connection: int) -> None:
        """Has it fork a child for the file that talks on the connection."""
        socket.send_fds(self._lobby, [f"{order}\n".encode()], [file, connection])

    def ending(self, *, patiently: bool) -> int:
        """How the child has ended, as `waitstatus_to_exitcode` has it; one that goes on is killed,
        at once or after a moment.
        """
        line = b""
        if patiently:
            self._lobby.settimeout(_MOMENT_SECONDS)
            with suppress(TimeoutError):
                line = self._line()
            self._lobby.settimeout(_PATIENCE_SECONDS)
        self._lobby.sendall(b"\n")
        return int(line or self._line())

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self._lobby.recv(1)
            if not byte:
                raise RuntimeError("The server for strangers' files has ended.")
            line += byte
        return line


def _end(lobby: socket.socket, process: subprocess.Popen[bytes], owner: int) -> None:
    """Ends a server, and thereby its child; not in a process that was forked from its owner."""
    lobby.close()
    if owner == os.getpid():
        process.kill()
        process.wait()
    else:
        process.returncode = 0  # it is nobody's that this process could wait for


class _Answers:
    """What comes from a child, until it closes its end or has used up its time.

    Attributes:
        timed_out: its time is over.
    """

    def __init__(
        self, connection: socket.socket, limits: Limits, tell: Callable[[], None] | None
    ) -> None:
        self._connection, self._tell = connection, tell
        self._left = limits.answer
        self._until = time.monotonic() + limits.wall_seconds
        self.timed_out = False
        connection.settimeout(_LOOK_SECONDS)

    def __iter__(self) -> Iterator[Answer]:
        with suppress(EOFError):
            while True:
                words = json.loads(self._read(int.from_bytes(self._read(4)), _MOST_WORDS))
                if refusal := words.get("refused"):
                    self._drain()
                    raise PhotoError(str(refusal[0]), code=str(refusal[1]))
                yield words, [self._read(int(size)) for size in words.get("sizes", [])]

    def _drain(self) -> None:
        with suppress(EOFError):
            while True:
                self._read(1)

    def _read(self, size: int, most: int | None = None) -> bytearray:
        """Exactly so many bytes.

        Raises:
            EOFError: it has ended before.
        """
        self._left -= size
        if self._left < 0 or size < 0 or (most is not None and size > most):
            raise broken()
        data = bytearray(size)
        view = memoryview(data)
        while view:
            if time.monotonic() > self._until:
                self.timed_out = True
                raise EOFError
            try:
                got = self._connection.recv_into(view)
            except TimeoutError:
                if self._tell is not None:
                    self._tell()
                continue
            if not got:
                raise EOFError
            view = view[got:]
        return data


def _judge(ending: int, *, timed_out: bool) -> None:
    """Raises what the way in which a child has ended asks for."""
    if ending == 0:
        return
    if timed_out or ending in (OUT_OF_MEMORY, -signal.SIGXCPU):
        raise PhotoError(
            "This file takes too much work to read. Save it again as a JPEG, and send that.",
            code="too_complex",
        )
    if ending == -signal.SIGKILL:
        raise TooLittleMemoryError("This needs more memory than there is. Try again later.")
    if -ending in _CRASHES:
        logger.error("A file has made its decoder crash (%s).", signal.Signals(-ending).name)
        raise broken()
    raise RuntimeError(f"The child that reads strangers' files has ended with {ending}.")


@contextmanager
def _opened(source: Path | BinaryIO | bytes) -> Iterator[BinaryIO]:
    """The source as an open file of the system's."""
    if isinstance(source, Path):
        try:
            file = source.open("rb")
        except OSError as error:
            reason = error.strerror or "it cannot be read"
            raise PhotoError(f"Cannot open {source.name}: {reason}.", code="unreadable") from error
        with file:
            yield file
        return
    if not isinstance(source, bytes):
        yield source
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(source)
        copy.flush()
        yield copy
