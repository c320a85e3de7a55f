"""Looking into strangers' files, in a child process that may use only so much time and memory.

A picture of a few bytes can take gigabytes or minutes to decode, and no check of headers finds all
that do. So the web process decodes nothing itself. One file at a time is looked at, by a child that
dies when it has used up its share; a request that comes meanwhile waits in a short line.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from amena.engine.confined import Confinement, Limits
from amena.engine.errors import PhotoError, TooLittleMemoryError
from amena.engine.photo.decode import PhotoInfo
from amena.engine.photo.kinds import KINDS, broken
from amena.engine.photo.limits import MAX_PIXELS
from amena.outages import BusyError

#: For one file; the memory is what comes on top of the interpreter and its decoders.
LIMITS: Final = Limits(
    cpu_seconds=2, wall_seconds=20.0, memory=300 * 1024 * 1024, answer=8 * 1024 * 1024
)
#: Files that may wait in one web process; its other threads go on serving pages.
LONGEST_LINE: Final = 4
WAIT_SECONDS: Final = 20.0

_children = Confinement("amena.engine.reading:look", LIMITS)
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


def start() -> None:
    """Starts the server of the children, which the first file would wait for."""
    _children.start()


def look(file: UploadedFile, side: int | None = None) -> Seen:
    """Checks a photo, and makes a thumbnail of `side` pixels where one is given.

    Raises:
        PhotoError: it is no photo that we take; `too_complex` where finding out takes too much.
        BusyError: too many others wait.
    """
    source: Path | bytes
    if isinstance(file, TemporaryUploadedFile):
        file.flush()
        source = Path(file.temporary_file_path())
    else:
        file.seek(0)
        source = file.read()
        file.seek(0)
    info, small = None, None
    with _in_line():
        try:
            for words, buffers in _children.ask(source, {"side": side}):
                if buffers:
                    small = bytes(buffers[0])
                else:
                    info = _info(words)
        except PhotoError as error:
            # What the header says stands where the pixels take too much: the worker has more.
            if info is None or error.code != "too_complex":
                raise
        except TooLittleMemoryError as error:
            raise BusyError from error
    if info is None:
        raise broken()
    return Seen(info, small)


def _info(words: dict[str, Any]) -> PhotoInfo:
    """What a child says of a header, believed as little as the file."""
    kind, width, height = words.get("format"), words.get("width"), words.get("height")
    if not (isinstance(kind, str) and isinstance(width, int) and isinstance(height, int)):
        raise broken()
    if kind not in KINDS or min(width, height) < 1 or width * height > MAX_PIXELS:
        raise broken()
    return PhotoInfo(kind, width, height)


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
