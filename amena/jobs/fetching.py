"""Photos fetched from an address, from the hosts alone that `UPLOAD_URL_HOSTS` names."""

from __future__ import annotations

import io
import threading
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile

from amena import outbound
from amena.outages import BusyError

_SECONDS: Final = 20.0
#: Fetches that one process does at a time: each holds a thread while its host is slow.
_places: Final = threading.BoundedSemaphore(2)


class NotAllowedError(Exception):
    """Photos are not fetched from there. The message is one line."""


class NotFetchedError(Exception):
    """The host did not give the file. The message is one line."""


class TooLargeError(Exception):
    """The file has more bytes than a photo may have."""


def fetch(url: str) -> InMemoryUploadedFile:
    """The file at an address, as if it had been uploaded. Its content is not checked yet.

    Redirects are not followed, also not within the same host.

    Raises:
        NotAllowedError: the address is not one of the hosts', or leads into a private network.
        NotFetchedError: nothing came, or not in time.
        TooLargeError: more came than `UPLOAD_MAX_BYTES`.
        BusyError: this process fetches as many as it may.
    """
    try:
        target = outbound.parse(url)
        if target.host not in settings.UPLOAD_URL_HOSTS:
            raise NotAllowedError(f"Photos are not fetched from {target.host}. Upload the file.")
        content = io.BytesIO()
        answer = _asked(url, content)
    except outbound.TargetError as error:
        raise NotAllowedError(str(error)) from error
    except outbound.UnansweredError as error:
        raise NotFetchedError(f"The photo could not be fetched: {error}.") from error
    if answer.status != 200:
        raise NotFetchedError(f"The photo could not be fetched: HTTP status {answer.status}.")
    if not answer.whole:
        raise TooLargeError
    size = content.tell()
    content.seek(0)
    kind = "application/octet-stream"  # what it is, its content says
    return InMemoryUploadedFile(content, None, _name(target.path), kind, size, None)


def _asked(url: str, into: io.BytesIO) -> outbound.Answer:
    if not _places.acquire(blocking=False):
        raise BusyError
    try:
        return outbound.request(
            "GET", url, {"Accept": "image/*"}, None, into,
            room=settings.UPLOAD_MAX_BYTES, seconds=_SECONDS,
        )  # fmt: skip
    finally:
        _places.release()


def _name(path: str) -> str:
    """The last part of the address, or something to stand for it."""
    return PurePosixPath(unquote(path.partition("?")[0])).name or "photo"
