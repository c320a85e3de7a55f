"""Handing files out: from a bucket by a link that soon expires, from a disk in ranges."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from amena.jobs.links import signed

_CHUNK: Final = 1 << 18
# Longer numbers are no places in a file.
_RANGE: Final = re.compile(r"bytes=([0-9]{0,19})-([0-9]{0,19})")


def respond(
    request: HttpRequest, key: str, content_type: str, filename: str, *, download: bool
) -> HttpResponseBase:
    """The stored file `key`. Check before whether this person may have it.

    Args:
        request: may ask for one range of bytes, as players do.
        key: where the file lies.
        content_type: what it is.
        filename: what the browser calls it.
        download: save it rather than show it.
    """
    disposition = content_disposition_header(download, filename) or "inline"
    if settings.STORAGE == "s3":
        try:
            link = signed(key, content_type, disposition)
        except (BotoCoreError, ClientError) as error:
            raise Http404 from error
        response: HttpResponseBase = redirect(link)
        response["Cache-Control"] = "private, no-store"
        return response
    response = _from_disk(request, key, content_type)
    response["Content-Disposition"] = disposition
    # Results never change under their address, and nobody else may keep them.
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def _from_disk(request: HttpRequest, key: str, content_type: str) -> HttpResponseBase:
    try:
        file = default_storage.open(key)
    except FileNotFoundError as error:
        raise Http404 from error
    size = file.size
    wanted = _wanted_range(request.headers.get("Range", ""), size)
    if wanted is not None and wanted[0] >= wanted[1]:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, end = wanted or (0, size)
    content: Iterable[bytes] = _chunks(file, start, end)
    if request.method == "HEAD":
        file.close()
        content = ()
    response = StreamingHttpResponse(
        content, status=206 if wanted else 200, content_type=content_type
    )
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(end - start)
    if wanted:
        response["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return response


def _wanted_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None: all. A header we do not read is ignored, as
    RFC 9110 allows; an empty range cannot be satisfied.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(size - int(last), 0) if int(last) else size, size
    start = int(first)
    if last and int(last) < start:
        return None
    return start, min(int(last) + 1, size) if last else size


def _chunks(file: IO[Any], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(_CHUNK, left))):
            left -= len(chunk)
            yield chunk
