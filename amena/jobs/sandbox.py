"""Looking into strangers' files, in a child process that may use only so much time and memory.

A picture of a few bytes can take gigabytes or minutes to decode, and no check of headers finds all
that do. So the web process decodes nothing itself. One file at a time is looked at, by a child that
dies when it has used up its share; a request that comes meanwhile waits in a short line.
"""

from __future__ import annotations

import multiprocessing
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from amena.engine.errors import PhotoError
from amena.engine.photo.decode import PhotoInfo, inspect, thumbnail
from amena.outages import BusyError

#: Seconds of processor time for one file, and seconds that it may take in all on a busy machine.
CPU_SECONDS: Final = 2
WALL_SECONDS: Final = 20.0
#: Bytes beyond what the interpreter and its decoders take themselves.
MEMORY_BYTES: Final = 300 * 1024 * 1024
#: Files that may wait in one web process; its other threads go on serving pages.
LONGEST_LINE: Final = 4
WAIT_SECONDS: Final = 20.0

# Children are forked from a small server that has imported what they need, not from the web process
# with its threads and connections.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["amena.jobs.sandbox"])
_line = threading.BoundedSemaphore(LONGEST_LINE + 1)
_turn = threading.Lock()


class Seen(NamedTuple):
    """What a file shows.

    Attributes:
        info: what its header says.
        thumbnail: a small JPEG without metadata; None where making it would take too much.
    """

    info: PhotoInfo
    thumbnail: bytes | None


def look(file: UploadedFile, side: int | None = None) -> Seen:
    """Checks a photo, and makes a thumbnail of `side` pixels where one is given.

    Raises:
        PhotoError: it is no photo that we take; `too_complex` where finding out takes too much.
        BusyError: too many others wait.
    """
    path = file.temporary_file_path() if isinstance(file, TemporaryUploadedFile) else None
    file.seek(0)
    source = path or file.read()
    file.seek(0)
    with _in_line():
        answers = list(_ask(source, side))
    for kind, answer in answers:
        if kind == "refused":
            raise PhotoError(answer[0], code=answer[1])
    found = dict(answers)
    if "info" not in found:
        raise PhotoError(
            "This file takes too much work to read. Save it again as a JPEG, and send that.",
            code="too_complex",
        )
    return Seen(found["info"], found.get("thumbnail"))


@contextmanager
def _in_line() -> Iterator[None]:
    if not _line.acquire(blocking=False):
        raise BusyError
    try:
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise BusyError
        try:
            yield
        finally:
            _turn.release()
    finally:
        _line.release()


def _ask(source: str | bytes, side: int | None) -> Iterator[tuple[str, Any]]:
    """What a child says of the file, until it is done or has used up its share."""
    ours, theirs = _context.Pipe(duplex=False)
    limits = (CPU_SECONDS, MEMORY_BYTES)
    child = _context.Process(target=_child, args=(theirs, source, side, limits), daemon=True)
    child.start()
    theirs.close()
    try:
        with suppress(EOFError):  # it has ended, by itself or by its limits
            while ours.poll(WALL_SECONDS):
                yield ours.recv()
    finally:
        ours.close()
        child.kill()
        child.join()
        child.close()


def _child(
    answers: Connection, source: str | bytes, side: int | None, limits: tuple[int, int]
) -> None:
    """Runs in the child: says what the file is, then sends the thumbnail."""
    _limit(*limits)
    file = Path(source) if isinstance(source, str) else BytesIO(source)
    try:
        answers.send(("info", inspect(file)))
        if side is not None:
            if isinstance(file, BytesIO):
                file.seek(0)
            answers.send(("thumbnail", thumbnail(file, side)))
    except PhotoError as error:
        answers.send(("refused", (error.message, error.code)))
    except MemoryError:
        pass  # what has been sent stands


def _limit(cpu_seconds: int, memory_bytes: int) -> None:
    """From now on this process may use so much more, and write no file."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    memory = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
