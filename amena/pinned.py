"""HTTP connections to addresses that were checked, which another thread can end at any moment."""

from __future__ import annotations

import io
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any, Final

#: Closing resets the connection. After a shutdown alone, a sender whose window was full when it
#: came is held by both systems for another minute.
_RESET: Final = struct.pack("ii", 1, 0)


class _Watched(io.RawIOBase):
    """What arrives, until somebody has had enough: a socket that is shut down still gives what a
    quick sender goes on sending, and the standard library reads “100 Continue” without end.
    """

    def __init__(self, raw: io.RawIOBase, has_ended: Callable[[], bool]) -> None:
        self._raw, self._has_ended = raw, has_ended

    def readable(self) -> bool:
        """True, which `io.BufferedReader` asks for before it reads."""
        return True

    def readinto(self, room: Any) -> int | None:
        """Puts what has arrived into `room` and returns its length; TimeoutError once aborted."""
        if self._has_ended():
            raise TimeoutError
        return self._raw.readinto(room)

    def close(self) -> None:
        """Closes the file of the socket, too."""
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    """An answer that is read through a `_Watched`, so that `abort` ends it."""

    def __init__(self, has_ended: Callable[[], bool], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp = io.BufferedReader(_Watched(self.fp.detach(), has_ended))


class Pinned(HTTPConnection):
    """Connects to one of given addresses instead of asking for the host's once more."""

    def __init__(self, host: str, port: int, addresses: list[str], timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._addresses = addresses
        self.aborted = False
        self.response_class = partial(_Response, lambda: self.aborted)

    def connect(self) -> None:
        """Connects to the first checked address that answers."""
        last: OSError = TimeoutError()
        for address in self._addresses:
            if self.aborted:
                break
            try:
                self.sock = socket.create_connection((address, self.port), self.timeout)
            except OSError as error:
                last = error
            else:
                break
        if self.sock is None:
            raise last
        if self.aborted:  # before there was anything to shut down
            raise TimeoutError

    def abort(self) -> None:
        """From another thread: whatever goes on fails at once."""
        self.aborted = True
        sock = self.sock
        if sock is not None:
            with suppress(OSError):  # it may have just ended by itself
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                sock.shutdown(socket.SHUT_RDWR)


class PinnedTls(Pinned, HTTPSConnection):
    """The same with TLS; the certificate must be the host's, as always."""

    def connect(self) -> None:
        """The handshake comes after `sock` is there, so that `abort` can end it too."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()
