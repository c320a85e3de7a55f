"""What the client makes of answers that are not Amena's."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from amena.client import Client, NoAnswerError
from amena.client.types import Artifact

PAGE = "text/html; charset=utf-8", b"<html>Welcome to our hotel. Please sign in.</html>"
PROBLEM = "application/problem+json"


class Other(BaseHTTPRequestHandler):
    """Answers everything alike."""

    answer = 200, *PAGE

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, content_type, body = self.answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = _answer  # noqa: N815  the base's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base's name
        """Nothing is said."""


@pytest.fixture
def client() -> Iterator[Client]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with Client(f"http://127.0.0.1:{server.server_port}", "amena_x") as client:
            yield client
        server.shutdown()
        thread.join()


def artifact(client: Client, folder: Path) -> Path:
    read = {
        "id": str(uuid.uuid4()), "job": str(uuid.uuid4()), "kind": "video", "size": 1,
        "filename": "holiday.mp4",
        "content_type": "video/mp4", "content_url": f"{client.url}/api/v1/artifacts/x/content",
    }  # fmt: skip
    return client.download(Artifact.read(read), folder)


ANSWERS = [
    (200, *PAGE),
    (200, "application/json", b"[]"),
    (200, "application/json", b"no"),
    (400, PROBLEM, b"<html>"),
    (400, PROBLEM, b"{}"),
    (400, PROBLEM, b"[1]"),
    (502, *PAGE),
]
DONE: dict[str, Callable[[Client, Path], Any]] = {
    "look": lambda client, _: client.me(),
    "list": lambda client, _: list(client.photos()),
    "delete": lambda client, _: client.delete("x"),
    "rename": lambda client, _: client.rename("x", "y"),
    "download": artifact,
}


@pytest.mark.attack(
    "the client in a hotel's network, whose sign-in page answers everything with 200; another "
    "service at Amena's address (a deletion counted as done, the page was kept as the video)",
    "“answers, but not as Amena does”; nothing is kept",
)
@pytest.mark.parametrize(
    ("what", "answer"),
    [
        (what, answer)
        for what, answer in itertools.product(DONE, ANSWERS)
        if what != "download" or answer[1] != "application/json"  # any bytes may be a file
    ],
)
def test_what_is_not_amena_is_said(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Any, what: str
) -> None:
    monkeypatch.setattr(Other, "answer", answer)
    monkeypatch.setattr("amena.client.connection._RETRIES.total", 0)
    with pytest.raises(NoAnswerError, match="not as Amena does"):
        DONE[what](client, tmp_path)
    assert not list(tmp_path.iterdir())
