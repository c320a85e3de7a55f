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
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from amena.engine.confined.launch import Server
from amena.engine.confined.limits import system_calls_are_filtered
from amena.engine.errors import PhotoError, TooLittleMemoryError
from amena.engine.photo.kinds import broken

logger = logging.getLogger(__name__)

#: Seconds between two looks at whether the work is still wanted.
_LOOK_SECONDS: Final = 0.2
#: Bytes of an answer's words.
_MOST_WORDS: Final = 2**16
#: Letters of a refusal's message and code.
_LONGEST_MESSAGE: Final = 500
_LONGEST_CODE: Final = 40
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
        self._idle: Server | None = None

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
        if answers.refusal is not None:
            raise answers.refusal
        _judge(ending, timed_out=answers.timed_out)

    def _order(self, arguments: dict[str, Any]) -> str:
        limits = {"cpu_seconds": self.limits.cpu_seconds, "memory": self.limits.memory}
        return json.dumps({"arguments": arguments, **limits})

    def _take(self) -> Server:
        """The server; a new one the first time, after a fork, and when it is dead."""
        if self._idle is not None and self._idle.alive():
            return self._idle
        if not system_calls_are_filtered():
            logger.warning(
                "Without libseccomp, or a kernel that takes a filter, decoders of strangers' files "
                "are bound in time, memory and files written, but not kept from opening files and "
                "connections."
            )
        return Server(self.function)


class _Answers:
    """What comes from a child, until it closes its end or has used up its time.

    Attributes:
        timed_out: its time is over.
        refusal: what it says of a file that cannot be used.

    Raises:
        PhotoError: what it says cannot be what a sound child would say.
    """

    def __init__(
        self, connection: socket.socket, limits: Limits, tell: Callable[[], None] | None
    ) -> None:
        self._connection, self._tell = connection, tell
        self._left = limits.answer
        self._until = time.monotonic() + limits.wall_seconds
        self.timed_out = False
        self.refusal: PhotoError | None = None
        connection.settimeout(_LOOK_SECONDS)

    def __iter__(self) -> Iterator[Answer]:
        with suppress(EOFError):
            while True:
                words = _words(self._read(int.from_bytes(self._read(4)), _MOST_WORDS))
                if "refused" in words:
                    self.refusal = _refusal(words["refused"])
                    return
                yield words, [self._read(size) for size in _sizes(words)]

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


def _words(data: bytearray) -> dict[str, Any]:
    try:
        words = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise broken() from error
    if not isinstance(words, dict):
        raise broken()
    return words


def _sizes(words: dict[str, Any]) -> list[int]:
    sizes = words.get("sizes")
    if not isinstance(sizes, list) or not all(isinstance(each, int) for each in sizes):
        raise broken()
    return sizes


def _refusal(said: Any) -> PhotoError:
    """In words that a page can show and a database keep."""
    try:
        message, code = said
        sound = message.isprintable() and len(message) <= _LONGEST_MESSAGE
        if sound and code.isidentifier() and len(code) <= _LONGEST_CODE:
            return PhotoError(message, code=code)
    except (TypeError, ValueError, AttributeError):
        pass
    return broken()


def _judge(ending: int, *, timed_out: bool) -> None:
    """Raises what the way in which a child has ended asks for."""
    if ending == 0 and not timed_out:
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
