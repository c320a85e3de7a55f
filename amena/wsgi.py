"""The WSGI application that gunicorn serves."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amena.settings")
_django = get_wsgi_application()

from amena import starting  # noqa: E402, once Django is set up

#: What a request may say that it is written in, as Python names it.
_CHARSETS: Final = frozenset({"utf-8", "ascii", "iso8859-1"})

starting.refuse_to_start(starting.WEB)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers one request.

    Django reads the address too in the characters that `Content-Type` names, and does so before it
    can catch an error: Python's codecs include some that read no text (`hex`) and some that read
    nothing (`undefined`), and the header itself may be broken. A body in characters that nobody
    here reads is some bytes.

    HEAD is answered by the heads alone: neither Django nor gunicorn leaves the body away, and what
    comes next on the same connection would be read from the middle of it.
    """
    if not _is_read(environ.get("CONTENT_TYPE", "")):
        environ["CONTENT_TYPE"] = "application/octet-stream"
    answer = _django(environ, start_response)
    if environ["REQUEST_METHOD"] == "HEAD":
        answer.close()
        return ()
    return answer


def _is_read(content_type: str) -> bool:
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name in _CHARSETS
    except (LookupError, ValueError):
        return False
