"""ZIP archives that are made while they are sent."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from django.core.files import File
from django.core.files.storage import default_storage
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from zipstream import ZIP_STORED, ZipStream

from amena.outages import BusyError

Row = TypeVar("Row")
#: Name in the archive, and the bytes of the file, which are asked for when their turn comes.
Member = tuple[str, Iterator[bytes]]

_CHUNK: Final = 1 << 18
_BATCH: Final = 200
#: Archives that one process sends at a time: each holds a thread while its reader is slow.
_places: Final = threading.BoundedSemaphore(2)


class Archive:
    """Iterating gives the ZIP's bytes.

    Nothing is read before it is sent, so that the memory is the same for one photo and for ten
    thousand, but for the names in the ZIP's own list.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        """Takes one of the process's places, until `close`.

        Raises:
            BusyError: all are taken.
        """
        if not _places.acquire(blocking=False):
            raise BusyError
        self._open = True
        self._bytes = _zipped(members)

    def __iter__(self) -> Iterator[bytes]:
        return self._bytes

    def close(self) -> None:
        """Gives the place back; whoever sends the archive calls it, however that ended."""
        if self._open:
            self._open = False
            self._bytes.close()
            _places.release()


def respond(members: Iterable[Member], filename: str) -> StreamingHttpResponse:
    """The archive as a download.

    Raises:
        BusyError: this process sends as many as it may.
    """
    headers = {
        "Content-Disposition": content_disposition_header(True, filename) or "attachment",
        "Cache-Control": "private, no-store",
    }
    return StreamingHttpResponse(Archive(members), content_type="application/zip", headers=headers)


def stored(key: str) -> Iterator[bytes] | None:
    """The content of a stored file; None where it is gone."""
    try:
        file = default_storage.open(key)
    except FileNotFoundError:
        return None
    return _chunks(file)


def batched(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yields the rows in batches, so that few are in memory at once."""
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]


def _zipped(members: Iterable[Member]) -> Generator[bytes]:
    # Photos, videos and meshes are compressed already.
    stream = ZipStream(compress_type=ZIP_STORED)
    for name, content in members:
        stream.add(content, name)
        yield from stream.all_files()
    yield from stream.finalize()


def _chunks(file: File) -> Iterator[bytes]:
    with file:
        yield from file.chunks(_CHUNK)
