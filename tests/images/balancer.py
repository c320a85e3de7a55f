"""A load balancer that does what AWS's does while pods come and go, and not more.

It keeps connections to its targets, never asks a second time, and cuts what is still under way when
the time of a target that has been taken out is over.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

#: Of one connection alone, which nobody hands on.
_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


class Balancer(ThreadingHTTPServer):
    """Listens on a free port of this machine; `targets` are ports of it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.targets: list[int] = []
        self.served: Counter[int] = Counter()
        self._idle: dict[int, list[http.client.HTTPConnection]] = defaultdict(list)
        self._busy: dict[int, set[http.client.HTTPConnection]] = defaultdict(set)
        self._turn, self._lock = count(), threading.Lock()

    def take_out(self, port: int, delay: float) -> None:
        """No new request for a target; what it works on has `delay` seconds."""
        with self._lock:
            self.targets.remove(port)
        timer = threading.Timer(delay, self._cut, (port,))
        timer.daemon = True
        timer.start()

    def _cut(self, port: int) -> None:
        with self._lock:
            for connection in (*self._idle.pop(port, ()), *self._busy[port]):
                if connection.sock is not None:
                    connection.sock.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def connection(self) -> Iterator[http.client.HTTPConnection]:
        """One to the next target, an old one where there is one.

        Raises:
            http.client.HTTPException: there is no target.
        """
        with self._lock:
            if not self.targets:
                raise http.client.HTTPException("503")
            port = self.targets[next(self._turn) % len(self.targets)]
            idle = self._idle[port]
            found = idle.pop() if idle else http.client.HTTPConnection("127.0.0.1", port, 400)
            self._busy[port].add(found)
            self.served[port] += 1
        try:
            if found.sock is None:
                found.connect()
                found.auto_open = 0  # one that is broken stays so
            yield found
            with self._lock:
                self._idle[port].append(found)
        finally:
            with self._lock:
                self._busy[port].discard(found)


class _Handler(BaseHTTPRequestHandler):
    """One client's connection."""

    server: Balancer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Hands the request on as it comes, and the answer back."""
        try:
            with self.server.connection() as target:
                target.putrequest(self.command, self.path, skip_host=True)
                for name, value in self.headers.items():
                    if name.lower() not in _HOP:
                        target.putheader(name, value)
                target.putheader("X-Forwarded-Proto", "https")
                target.putheader("X-Forwarded-For", self.client_address[0])
                target.endheaders()
                left = int(self.headers.get("Content-Length", 0))
                while left and (part := self.rfile.read1(min(left, 2**16))):
                    left -= len(part)
                    target.send(part)
                answer = target.getresponse()
                body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.send_error(502, explain=repr(error))
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815, the name is the library's

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def balancing() -> Iterator[Balancer]:
    """Serves until the block ends."""
    with Balancer() as balancer:
        thread = threading.Thread(target=balancer.serve_forever, daemon=True)
        thread.start()
        yield balancer
        balancer.shutdown()
