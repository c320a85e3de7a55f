"""Requests that only somebody hostile sends, to any page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client, RequestFactory

from tests.fixtures.programs import token

if TYPE_CHECKING:
    from amena.accounts.models import User

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


def answered(
    method: str, path: str, content_type: str = "", body: bytes = b"", **heads: str
) -> int:
    """The status of a request as the server itself asks for it: below all of Django."""
    from amena.wsgi import application

    where, _, query = path.partition("?")
    request = RequestFactory().generic(method, "/", body, SERVER_NAME="localhost")
    heads |= {"CONTENT_TYPE": content_type, "PATH_INFO": where, "QUERY_STRING": query}
    environ = request.environ | heads
    told: list[str] = []

    def start(status: str, _headers: Any, _failed: Any = None) -> None:
        told.append(status)

    answer = application(environ, start)
    b"".join(answer)
    answer.close()
    return int(told[0].split()[0])


def test_who_asks_for_heads_gets_no_body() -> None:
    """What comes next on the connection would be read from the middle of it (RFC 9110, 9.3.2)."""
    from amena.wsgi import application

    told: dict[str, dict[str, str]] = {}
    bodies = {}
    for method in ("GET", "HEAD"):

        def start(status: str, headers: Any, _failed: Any = None, at: str = method) -> None:
            told[at] = {"status": status} | dict(headers)

        environ = RequestFactory().generic(method, "/help/", SERVER_NAME="localhost").environ
        bodies[method] = b"".join(application(environ, start))
    assert bodies["HEAD"] == b""
    for name in ("status", "Content-Length", "Content-Type"):
        assert told["HEAD"][name] == told["GET"][name]
    assert int(told["HEAD"]["Content-Length"]) == len(bodies["GET"]) > 1000


@pytest.fixture
def rights(user: User) -> list[dict[str, str]]:
    """Nobody's heads, those of a browser, and those of a program."""
    client = Client()
    client.force_login(user)
    cookies = "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())
    return [{}, {"HTTP_COOKIE": cookies}, {"HTTP_AUTHORIZATION": f"Bearer {token(user)}"}]


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


NONE = "00000000-0000-0000-0000-000000000000"
ADDRESSES = [
    "*", "http://evil.example/", "//evil.example/", "", "/\0", "/photos/\0/", "/../../etc/passwd",
    "/static/../../manage.py", "/static//etc/passwd", "/static/\0", f"/static/{'a' * 4000}",
    "/s/\xff\xfe/", f"/{'a' * 30000}", f"/photos/?page={'9' * 5000}", "/photos/?page=-1",
    "/photos/?show=%00", f"/photos/?q={'x' * 8000}", "/help/?lang=%00", "/?lang[]=a&lang=%F0%9F",
    "/oembed?url=http://[::1/&maxwidth=1e9", "/oembed?url=%00", "/oembed?maxwidth=%ff&url=http://x",
    "/login/?next=%00", "/login/?next=%0d%0aSet-Cookie:a=b", "/robots.txt?%00", "/offline/?lang=xx",
    f"/email/off/{'a:b:c' * 500}/", f"/api/v1/photos?cursor={'A' * 7000}",
    "/api/v1/photos?page_size=-1", f"/api/v1/photos?page_size={'9' * 400}",
    "/api/v1/photos?state=%00", "/api/v1/jobs?photo=%00", f"/api/v1/jobs?photo={'a' * 5000}",
    f"/api/v1/jobs/{NONE}?wait=nan", f"/api/v1/jobs/{NONE}?wait={'9' * 400}", "/api/v1/me?%00=%00",
    f"/api/v1/photos/archive?{f'photo={NONE}&' * 700}", "/api/v1/photos/archive?files=%00",
    "/api/v1/openapi.yaml?version=%00&lang=ja", "/api/docs?x=%00", "/api/v1/formats?format=%00",
]  # fmt: skip
HEADS = {
    "ACCEPT": ["a/b;q=0.1," * 2000, "\x80", "application/json; version=9" + "9" * 400, ";;;;"],
    "ACCEPT_LANGUAGE": ["ja-" * 2000, "x-1;q=0.9," * 600, "\0", "*;q=nan"],
    "ACCEPT_ENCODING": ["gzip;q=nan, " + "br," * 1000],
    "IF_NONE_MATCH": ['"a",' * 2000, 'W/"\xff', "*, *"],
    "IF_MODIFIED_SINCE": ["Sat, 99 Foo 99999 99:99:99 GMT", "Thu, 01 Jan 9999999 00:00:00 GMT"],
    "RANGE": ["bytes=" + "0-1," * 1000, "bytes=-", "bytes=5-1", "x=1-"],
    "COOKIE": ["a=b;" * 2000, "timezone=America", "timezone=../../etc/passwd", "timezone=\xff",
               "language=\0; sessionid=\0; csrftoken=\x01", "messages=W1siX19qc29u"],
    "X_FORWARDED_FOR": ["1.2.3.4," * 900, "[::1", "\0", "unknown"],
    "X_FORWARDED_PROTO": ["https,http", "\xff"],
    "HOST": ["a@b", "[::1", "localhost:99999999", "a" * 8000, "", "\0"],
    "AUTHORIZATION": ["Bearer " + "a" * 7000, "Bearer \xff\xfe", "Basic !!!!", "Bearer",
                      "Bearer a b"],
    "HX_CURRENT_URL": ["javascript:alert(1)", "http://[::1/", "\0"],
    "REFERER": ["http://[::1/", "\xff\xfe"],
    "ORIGIN": ["null", "http://[", "\xff"],
    "IDEMPOTENCY_KEY": ["\xff", "a" * 256, "", "\0"],
}  # fmt: skip


def part(heads: str, content: str = "a") -> bytes:
    return f"--b\r\nContent-Disposition: {heads}\r\n\r\n{content}\r\n--b--\r\n".encode("latin-1")


PARTS = [
    part("form-data; name*=nonsense''x"), part("form-data; name=photo; filename*=utf-8''%ff%00"),
    part(f'form-data; name="photo"; filename="{"a" * 200_000}"'), part('form-data; name="\xff"'),
    part('form-data; name="photo"; filename="a\0b"'), part("attachment; name=photo"), part(""),
    part("form-data; name=photo; filename=x\r\nContent-Transfer-Encoding: base64", "!!!!"),
    part("form-data; name=photo; filename=x\r\nContent-Type: multipart/mixed; boundary=b"),
    part("form-data; name=photo; filename=x\r\nContent-Length: -1"),
    part(f"form-data; name=motion; {'x;' * 50_000}"),
    part("form-data; name=keyframes", "[" * 50_000),
    part("form-data; name=keyframes", '[{"t": NaN, "x": Infinity}]'),
    part("form-data; name=photo; filename=x").removesuffix(b"--\r\n") * 500,
    part("form-data; name=x").removesuffix(b"--\r\n") * 5000,
    b" ", b"--", b"--b", b"--b--", b"--b\r\n", b"\r\n--b\r\n\r\n\r\n--b--",
]  # fmt: skip
BODIES = [
    b"null", b"[]", b"1", b'"x"', b"{}", b'{"url":null}', b'{"url":[]}', b'{"url":{"a":1}}',
    b'{"url":1e400}', b'{"url":"https://8.8.8.8/","events":null}', b'{"name":null}', b'{"name":[]}',
    b'{"url":"https://8.8.8.8/","events":[[]]}', b'{"url":"https://8.8.8.8/","events":[{}]}',
    b'{"url":"https://8.8.8.8\\u0000/"}', b'{"url":"https://8.8.8.8/\\r\\nX: y"}',
    b'{"url":"https://8.8.8.8:443:443/"}', b'{"url":"https://xn--a/"}', b'{"url":"https://a\xff/"}',
    b'{"url":"https://' + b"a" * 300 + b'.com/"}', b'{"a":' + b"1" * 5000 + b"}", b'{"chosen":[]}',
    b'{"name":"\\u0000"}', b'{"name":"\\u202e"}', b'{"name":"' + b"a" * 100_000 + b'"}',
]  # fmt: skip

ODD = pytest.mark.attack(
    "odd addresses, heads, forms and bodies, each as nobody, by a browser and by a program",
    "an answer that is no failure of ours",
    rounds=3,
)


def refused(rights: list[dict[str, str]], rounds: int, *asked: Any, **heads: str) -> None:
    """Nobody gets a bug's answer."""
    statuses = [answered(*asked, **(each | heads)) for each in rights]
    assert len(statuses) == rounds
    assert all(each < 500 or each == 503 for each in statuses), statuses


@ODD
@pytest.mark.parametrize("address", ADDRESSES, ids=range(len(ADDRESSES)))
def test_odd_addresses(rights: list[dict[str, str]], rounds: int, address: str) -> None:
    refused(rights, rounds, "GET", address)


@ODD
@pytest.mark.parametrize(
    ("head", "value"), [(name, each) for name in HEADS for each in HEADS[name]]
)
def test_odd_heads(rights: list[dict[str, str]], rounds: int, head: str, value: str) -> None:
    for address in ("/photos/", "/login/", "/api/v1/photos"):
        refused(rights, rounds, "GET", address, **{f"HTTP_{head}": value})


@ODD
@pytest.mark.parametrize("body", PARTS, ids=range(len(PARTS)))
def test_odd_forms(
    rights: list[dict[str, str]], rounds: int, sent: list[str], body: bytes
) -> None:  # fmt: skip
    for address in ("/api/v1/photos", f"/api/v1/photos/{NONE}/depth", "/photos/", "/share-target/"):
        refused(rights, rounds, "POST", address, "multipart/form-data; boundary=b", body)


@ODD
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_odd_bodies(rights: list[dict[str, str]], rounds: int, body: bytes) -> None:
    for method, address in (("POST", "/api/v1/webhooks"), ("PATCH", f"/api/v1/photos/{NONE}")):
        refused(rights, rounds, method, address, "application/json", body)
