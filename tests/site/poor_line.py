"""A line on which documents come in pieces and fonts and pictures come late, before a server."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

#: Bytes of a document that come at once, or fewer, and seconds until the next.
PIECE, PAUSE = 800, 0.03
#: Seconds by which a font or a picture is late: browsers have painted without it by then.
LATE = 0.6
#: Of this server alone.
OWN_HEADERS = {"transfer-encoding", "content-length", "connection", "date", "server"}


def pieces(document: bytes) -> Iterator[bytes]:
    """A document's pieces. Each ends with a tag: a centred word that is cut in two moves when its
    end comes, which no page can help.
    """
    while document:
        end = document.rfind(b">", 0, PIECE) + 1 or PIECE
        yield document[:end]
        document = document[end:]


class _Line(BaseHTTPRequestHandler):
    """Passes on what is asked for with GET."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        connection = http.client.HTTPConnection(self.server.behind, timeout=60)
        # Uncompressed, so that pieces are pieces of what is parsed.
        headers = {name: value for name, value in self.headers.items() if name != "Accept-Encoding"}
        connection.request("GET", self.path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        kind = answer.getheader("Content-Type", "")
        if kind.startswith(("font/", "image/")):
            time.sleep(LATE)
        document = kind.startswith("text/html")
        try:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in OWN_HEADERS:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            for piece in pieces(content) if document else [content]:
                self.wfile.write(piece)
                if document:
                    time.sleep(PAUSE)
        except OSError:
            self.close_connection = True  # the page is closed

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.behind = behind

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up is no error."""


@contextmanager
def poor_line(url: str) -> Iterator[str]:
    """The address at which the server at `url` is reached over such a line."""
    server = _Server(urlsplit(url).netloc)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = urlsplit(url).hostname
    yield f"http://{host}:{server.server_port}"
    server.shutdown()
    server.server_close()
