"""A worker of gunicorn whose threads never wait for a client.

gunicorn keeps the processes. In each of them waitress takes requests in and sends answers out, all
in one thread that waits for no connection in particular. A thread of the pool is given a request
when all of it is there, and is free again when its answer has been written to a buffer. So neither
a body at a byte a second nor a client that does not read holds anything but a connection.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from functools import partial
from typing import Any, ClassVar, Final

from gunicorn.workers.base import Worker
from waitress import receiver, wasyncore
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer, create_server
from waitress.task import ThreadedTaskDispatcher, WSGITask
from waitress.utilities import BadRequest, RequestEntityTooLarge

from amena.addresses import network_of

#: Connections of one process. More wait in the kernel's line.
CONNECTIONS: Final = 1000
#: Bytes that anybody may send; a request with a session's cookie or a token may send more.
ANYBODY: Final = 64 * 1024
#: What a form has besides its file.
BESIDES: Final = 1 << 20
#: Bytes of bodies that one process keeps at a time, on disk; beyond that, large ones are refused.
MOST_KEPT: Final = 384 << 20
#: The share of it that one network may fill, so that no one caller's bodies turn away all others'.
MOST_OF_ONE: Final = MOST_KEPT // 3
#: Bytes of an answer that are written ahead of a client that reads slowly.
AHEAD: Final = 16 << 20
#: Seconds for the head of a request, and for its body beyond what that takes at `SLOWEST`.
HEAD_SECONDS: Final = 20
BODY_SECONDS: Final = 60
#: Bytes a second on average. A telephone at the edge of its network has four times that.
SLOWEST: Final = 4096
#: Where a WSGI environment says why its body is not there: one of `TOO_LARGE` and `BUSY`.
REFUSED: Final = "amena.body_refused"
TOO_LARGE: Final = "too large"
BUSY: Final = "busy"


# Its expressions for the line before a chunk end with `$`, which lets a line feed through: whoever
# ends lines with that alone takes what follows for the chunk.
for _name in ("CHUNK_EXT_RE", "ONLY_HEXDIG_RE"):
    _pattern = getattr(receiver, _name).pattern.removesuffix(b"$")
    setattr(receiver, _name, re.compile(_pattern + rb"\Z"))


class Body(OverflowableBuffer):  # type: ignore[misc]
    """What a request sends: kept while there is room for it, else received and dropped.

    It is received to its end all the same, because a browser whose connection is cut shows an error
    of its own instead of our answer.
    """

    #: Bytes that the bodies of this process hold, by the network that they come from. Only the
    #: thread of the connections changes it.
    kept: ClassVar[Counter[str]] = Counter()

    def __init__(self, room: int, network: str = "unknown") -> None:
        super().__init__(ANYBODY)
        self.room = room
        self.network = network
        self.refused = ""
        self.received = 0
        self._held = 0

    def append(self, data: bytes) -> None:
        """Takes the next piece of the body that has arrived."""
        self.received += len(data)
        if self.refused:
            return
        held = self._held + len(data)
        if held > self.room:
            self.refuse(TOO_LARGE)
        elif held > ANYBODY and not self._has_room(len(data)):
            self.refuse(BUSY)
        else:
            self._held = held
            Body.kept[self.network] += len(data)
            super().append(data)

    def refuse(self, why: str) -> None:
        """Drops what is there and what will come."""
        self.close()
        self.buf, self.strbuf, self.refused = None, b"", why

    def close(self) -> None:
        """Gives the room back. May be called twice."""
        if self._held:
            Body.kept[self.network] -= self._held
            Body.kept += Counter()  # forgets the networks that hold nothing
        self._held = 0
        super().close()

    def _has_room(self, more: int) -> bool:
        of_one, of_all = Body.kept[self.network], Body.kept.total()
        return of_one + more <= MOST_OF_ONE and of_all + more <= MOST_KEPT


class Parser(HTTPRequestParser):  # type: ignore[misc]
    """Decides by a request's head how much of its body is kept."""

    def __init__(self, adjustments: Any, peer: str = "") -> None:
        super().__init__(adjustments)
        self.began = time.monotonic()
        self._peer = peer

    def parse_header(self, header_plus: bytes) -> None:
        """Reads the head, and decides by it how much of the body is kept.

        Raises:
            ParsingError: a proxy may have understood it otherwise.
        """
        _check_plain(header_plus)
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            known = self._shows_who_it_is()
            body = Body(_most_bytes() if known else ANYBODY, self._network())
            if self.content_length > body.room:
                body.refuse(TOO_LARGE)
            self.body_rcv.buf = body

    def received(self, data: bytes) -> int:
        """Takes more bytes; how many of them belong to this request."""
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            # The application says so, in the words and the language of the site.
            self.error = None
            self.headers["CONNECTION"] = "close"
            self.body_rcv.buf.refuse(TOO_LARGE)
        if self.chunked and self.body_rcv is not None and not self.completed:
            self._refuse_tiny_chunks(self.body_rcv.buf.received)
        return consumed

    @property
    def refused(self) -> str:
        """Why the body was dropped, where it was."""
        return self.body_rcv.buf.refused if self.body_rcv is not None else ""

    def is_too_slow(self, now: float) -> bool:
        """Whether it has taken longer than anybody with a photo to send needs."""
        taken = now - self.began
        if not self.headers_finished:
            return taken > HEAD_SECONDS
        return taken > HEAD_SECONDS + BODY_SECONDS + self.body_bytes_received / SLOWEST

    def _refuse_tiny_chunks(self, received: int) -> None:
        """A chunk for each byte costs a hundred times as much as the bytes."""
        if self.body_bytes_received > 2 * received + ANYBODY:
            self.error = BadRequest("The chunks are too small.")
            self.completed = True

    def _network(self) -> str:
        from django.conf import settings

        forwarded = self.headers.get("X_FORWARDED_FOR", "")
        return network_of(forwarded, self._peer, settings.TRUSTED_PROXIES)

    def _shows_who_it_is(self) -> bool:
        from django.conf import settings

        cookie = f"{settings.SESSION_COOKIE_NAME}="
        return "AUTHORIZATION" in self.headers or cookie in self.headers.get("COOKIE", "")


class Task(WSGITask):  # type: ignore[misc]
    """Tells the application where a body was dropped."""

    def get_environment(self) -> dict[str, Any]:
        """The WSGI environment, with `REFUSED` in place of a body that was dropped."""
        environ: dict[str, Any] = super().get_environment()
        if refused := self.request.refused:
            environ["CONTENT_LENGTH"] = "0"
            environ[REFUSED] = refused
        return environ


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection, whose requests are read by `Parser` and answered by `Task`."""

    task_class = Task

    @property
    def parser_class(self) -> partial[Parser]:
        """Makes the parser of the connection's next request."""
        return partial(Parser, peer=str(self.addr[0]) if self.addr else "")

    @property
    def is_idle(self) -> bool:
        """Whether nothing is on its way in either direction."""
        return not (self.requests or self.request or self.total_outbufs_len)


class BufferedWorker(Worker):  # type: ignore[misc]
    """Serves until it is told to stop, then finishes what has begun."""

    def run(self) -> None:
        """Serves all connections in one loop until gunicorn wants the process to end."""
        channels: dict[int, Any] = {}
        pool = ThreadedTaskDispatcher()
        pool.set_thread_count(self.cfg.threads)
        # Waiting requests are counted by the requests' own times; a line for each is noise.
        pool.queue_logger.setLevel("ERROR")
        servers = [self._server(each.sock, channels, pool) for each in self.sockets]
        while self.alive and os.getppid() == self.ppid:
            self._turn(channels, servers)
        for server in servers:
            wasyncore.dispatcher.close(server)  # the socket alone: threads still wake the loop
        until = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < until:
            open_ = [each for each in channels.values() if isinstance(each, Channel)]
            for each in open_:
                if each.is_idle:
                    each.will_close = True
            if not open_:
                break
            self._turn(channels, servers)
        pool.shutdown(timeout=1)
        wasyncore.close_all(channels)

    def _server(self, sock: Any, channels: dict[int, Any], pool: Any) -> TcpWSGIServer:
        server = create_server(
            self.wsgi,
            map=channels,
            _dispatcher=pool,
            _start=False,
            sockets=[sock],
            # Django reads these, and believes as much of them as `TRUSTED_PROXIES` says.
            clear_untrusted_proxy_headers=False,
            ident=None,
            asyncore_use_poll=True,
            connection_limit=CONNECTIONS,
            backlog=self.cfg.backlog,
            channel_timeout=self.cfg.keepalive,
            cleanup_interval=1,
            max_request_header_size=32 * 1024,
            # Far beyond what is kept, the rest is not received either.
            max_request_body_size=10 * _most_bytes(),
            outbuf_overflow=ANYBODY,
            outbuf_high_watermark=AHEAD,
        )
        server.channel_class = Channel
        server.accept_connections()
        return server

    def _turn(self, channels: dict[int, Any], servers: list[TcpWSGIServer]) -> None:
        self.notify()
        wasyncore.loop(timeout=1, use_poll=True, map=channels, count=1)
        now = time.monotonic()
        for server in servers:
            for each in server.active_channels.values():
                request = each.request
                if request is not None and not each.requests and request.is_too_slow(now):
                    each.will_close = True


def _check_plain(head: bytes) -> None:
    """Refuses heads that two servers may cut into requests in two ways, or take for two hosts.

    waitress refuses most of them; these RFC 9112 lets a server take (5.2, 6.1 and 6.3), and where a
    proxy takes them otherwise, a body is the next person's request.

    Raises:
        ParsingError: it is such a head.
    """
    first, *lines = head.split(b"\r\n")
    names = [line.partition(b":")[0].lower() for line in lines]
    if any(line[:1] in (b" ", b"\t") for line in lines):
        raise ParsingError("A header goes on in a second line.")
    if names.count(b"host") > 1:
        raise ParsingError("There are several hosts.")
    if b"transfer-encoding" in names:
        if b"content-length" in names:
            raise ParsingError("There are two lengths.")
        if names.count(b"transfer-encoding") > 1 or not first.rstrip().endswith(b"HTTP/1.1"):
            raise ParsingError("The transfer encoding is not clear.")


def _most_bytes() -> int:
    from django.conf import settings

    return int(settings.UPLOAD_MAX_BYTES) + BESIDES
