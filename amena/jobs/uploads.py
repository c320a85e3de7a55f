"""What may come in: the limit on bytes while they arrive, and the check of what has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from amena import words
from amena.engine.errors import PhotoError
from amena.jobs import sandbox, thumbnails
from amena.metrics import counters

DEPTH_FORMATS = ("PNG", "JPEG")
_NAME_LENGTH = 120


class LimitedUploadHandler(FileUploadHandler):
    """Stops keeping a file at the limit, so that no upload fills memory or disk.

    The rest of the request is read and dropped, because a browser whose connection is cut shows an
    error of its own instead of our page; far beyond the limit it is cut all the same.
    """

    def handle_raw_input(
        self,
        _input: Any,
        _meta: dict[str, Any],
        content_length: int,
        *_args: Any,
        **_kwargs: Any,
    ) -> None:
        """Notes how much the request announces."""
        self._announced = content_length

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Starts counting; cuts off a request that announces far more than any photo."""
        super().new_file(*args, **kwargs)
        if self._announced > 10 * settings.UPLOAD_MAX_BYTES:
            self._stop(connection_reset=True)
        self._received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Passes the data on to the handlers that keep it, up to the limit."""
        self._received += len(raw_data)
        if self._received > settings.UPLOAD_MAX_BYTES:
            self._stop(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leaves the file to the handlers that keep it."""

    def _stop(self, *, connection_reset: bool) -> None:
        if self.request is not None:
            self.request.upload_too_large = True  # type: ignore[attr-defined]
        counters.uploads_refused.labels("file_too_large").inc()
        raise StopUpload(connection_reset=connection_reset)


def was_too_large(request: HttpRequest) -> bool:
    """Whether the request's file went over the limit. Reads the body."""
    request.POST  # noqa: B018 (parsing the body is what sets the mark)
    return getattr(request, "upload_too_large", False)


@dataclass(frozen=True)
class Upload:
    """A file that has passed the checks.

    Attributes:
        file: the uploaded bytes.
        name: for display: no folders, no control characters, at most 120 characters.
        format, width, height: what the content says.
        thumbnail: a small JPEG without metadata.
    """

    file: UploadedFile
    name: str
    format: str
    width: int
    height: int
    thumbnail: bytes


@counters.counting_refusals(PhotoError)
def accept(file: UploadedFile) -> Upload:
    """Checks a file by its content.

    Raises:
        PhotoError: it is no photo that we take; the message says why.
        BusyError: too many others are being looked at.
    """
    info, small = sandbox.look(file, thumbnails.SIDE)
    small = small or thumbnails.placeholder(info.width, info.height)
    return Upload(file, clean_name(file.name), info.format, info.width, info.height, small)


@dataclass(frozen=True)
class DepthPicture:
    """A depth picture that has passed the checks."""

    file: UploadedFile


def accept_depth(file: UploadedFile) -> DepthPicture:
    """Checks a depth picture by its content, as strictly as a photo; PNG and JPEG alone.

    Raises:
        PhotoError: it cannot be used; the message says why.
    """
    if sandbox.look(file, thumbnails.SIDE).info.format not in DEPTH_FORMATS:
        raise PhotoError("Send the depth picture as PNG or JPEG.", code="depth_format")
    return DepthPicture(file)


def clean_name(name: str | None, otherwise: str = "photo") -> str:
    """What is left of a file's name when it is for display only."""
    last = PurePosixPath((name or "").replace("\\", "/")).name
    return words.printable(last)[:_NAME_LENGTH] or otherwise
