"""A way to a server that can be cut and mended while the server keeps what it has."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from amena.local.process import free_port


class Link:
    """Passes TCP connections to `host` on to a port of this machine, or to a Unix socket."""

    def __init__(self, target: int | Path, host: str = "127.0.0.1") -> None:
        self.target, self.host = target, host
        self.port = free_port()
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self.mend()

    @property
    def address(self) -> str:
        """Where to reach the server by this way."""
        return f"http://{self.host}:{self.port}"

    def mend(self) -> None:
        """Takes connections (again)."""
        self._listener = socket.create_server((self.host, self.port))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Ends all connections and refuses new ones."""
        if self._listener is not None:
            # Closing alone would leave the thread that waits in it.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for end in list(self._open):
            _close(end)

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = self._connect()
            except OSError:
                return
            self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self.target, int):
            return socket.create_connection(("127.0.0.1", self.target))
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.target))
        return connection

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                sink.sendall(data)
        for end in (source, sink):
            _close(end)
            self._open.discard(end)


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
