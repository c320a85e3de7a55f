"""Requests that only somebody hostile sends, to any page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

pytestmark = pytest.mark.django_db

CHARSETS = [
    "hex", "zlib", "rot13", "base64", "idna", "punycode", "undefined", "utf-16", "unicode_escape",
    "nonsense", "x" * 5000, "\x00", "\xff",
]  # fmt: skip
BROKEN = [
    "text/html; charset*=nonsense''utf-8",
    "text/html; x*=\xff''y",
    ";;;",
    "\x00/\xff; =;*=''",
]


def answered(method: str, path: str, content_type: str, body: bytes = b"") -> int:
    """The status of a request as the server itself asks for it: below all of Django."""
    from amena.wsgi import application

    request = RequestFactory().generic(method, path, body, SERVER_NAME="localhost")
    environ = request.environ | {"CONTENT_TYPE": content_type}
    told: list[str] = []

    def start(status: str, _headers: Any, _failed: Any = None) -> None:
        told.append(status)

    answer = application(environ, start)
    b"".join(answer)
    answer.close()  # type: ignore[attr-defined]
    return int(told[0].split()[0])


@pytest.mark.attack(
    "a `Content-Type` of characters that no text is in, or a broken one (an anonymous 500 before "
    "any page of ours)",
    "the address is UTF-8 whatever is said; such a body is some bytes",
)
@pytest.mark.parametrize(
    "content_type", [*(f"text/html; charset={each}" for each in CHARSETS), *BROKEN]
)
def test_characters_that_nobody_reads_are_no_error(content_type: str) -> None:
    assert answered("GET", "/help/?lang=ja&x=%ff", content_type) == 200
    assert answered("GET", "/api/v1/photos?state=queued", content_type) == 401
    form = content_type.replace("text/html", "application/x-www-form-urlencoded")
    assert answered("POST", "/language/", form, b"language=ja") in (400, 403)
    assert (
        answered("POST", "/api/v1/webhooks", form.replace("x-www-form-urlencoded", "json"), b"{}")
        == 401
    )
