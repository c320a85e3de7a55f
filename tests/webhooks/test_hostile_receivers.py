"""Receivers whose answers hurt: each costs an attempt, and nobody else anything."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat

import pytest
from django.db.models.functions import Now

from amena.webhooks import delivering, endpoints
from amena.webhooks.models import Delivery, Endpoint
from tests.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)

OK = b"HTTP/1.1 200 OK\r\n"
#: What is sent, piece by piece, until the other end has had enough.
ANSWERS: dict[str, tuple[bytes, Iterator[bytes] | list[bytes]]] = {
    "go on, without end": (b"", repeat(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)),
    "a header without end": (OK + b"X: ", repeat(b"a" * 9000)),
    "headers without end": (OK, repeat(b"X: a\r\n" * 1000)),
    "no line's end": (b"", repeat(b"a" * 9000)),
    "a status beyond all": (b"HTTP/1.1 99999 Much\r\n\r\n", []),
    "no status": (b"HTTP/1.1 two hundred\r\n\r\n", []),
    "nothing but noughts": (b"\0" * 9000, []),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\nabc", []),
    "a length beyond all": (OK + b"Content-Length: " + b"9" * 4000 + b"\r\n\r\nabc", []),
    "a chunk beyond all": (OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 4000 + b"\r\n", []),
    "a chunk of minus one": (OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc", []),
    "chunks without end": (OK + b"Transfer-Encoding: chunked\r\n\r\n", repeat(b"1\r\na\r\n" * 999)),
    "a body without end": (OK + b"\r\n", repeat(b"a" * 9000)),
    "text that is none": (OK + b"Content-Length: 9\r\n\r\n\0\xff\xfe\0\xed\xa0\x80\0\n", []),
    "a packed bomb": (OK + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", repeat(b"\0" * 9000)),
    "a header of noughts": (OK + b"X\0: \0\r\n\r\n", []),
    "another protocol": (b"SSH-2.0-OpenSSH_9.2p1\r\n", []),
}


@contextmanager
def raw(first: bytes, more: Iterator[bytes] | list[bytes]) -> Iterator[int]:
    """Answers one connection; gives the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as one, suppress(OSError):
                one.recv(65536)
                for piece in chain([first], more):
                    one.sendall(piece)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        # On a busy machine an attempt's time may be over before it has connected.
        socket.create_connection(server.getsockname(), 60).close()
        thread.join(60)
        assert not thread.is_alive(), "Somebody still reads."


@pytest.mark.attack(
    "receivers of webhooks whose answers never end, are no HTTP, lie about their length or are no "
    "text (“100 Continue” without end held a place for ever)",
    "an attempt that ends at its time at the latest, noted in words; the next event goes out",
)
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_hurts_is_an_attempt_like_others(
    name: str, endpoint: Endpoint, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "_SECONDS", 2)
    with raw(*ANSWERS[name]) as port:
        Endpoint.objects.filter(pk=endpoint.pk).update(url=f"http://127.0.0.1:{port}/")
        endpoint.refresh_from_db()
        hurt = endpoints.ping(endpoint)
        assert delivering.deliver_due() == 1
    hurt.refresh_from_db()
    assert hurt.attempts == 1
    assert hurt.error or hurt.status == 200
    assert len(hurt.response) <= 500
    Endpoint.objects.filter(pk=endpoint.pk).update(url=receiver.url)
    Delivery.objects.filter(pk=hurt.pk).update(state="failed")
    Delivery.objects.create(endpoint=endpoint, event="ping", body="{}", deliver_at=Now())
    assert delivering.deliver_due() == 1
    assert len(receiver.requests) == 1
