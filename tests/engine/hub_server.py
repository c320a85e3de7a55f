"""A hub of models on loopback, as far as huggingface_hub asks it for whole files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, and how it misbehaves.

    Attributes:
        models: id → folder.
        gated: ids that it gives to nobody.
        changed: names of files that come with another content than is listed.
        cut: names of files that end half-way.
        large: bytes that are added to every size in its lists.
        asked: paths, in order.
    """

    models: dict[str, Path] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    cut: set[str] = field(default_factory=set)
    large: int = 0
    asked: list[str] = field(default_factory=list)
    address: str = ""


@contextmanager
def running() -> Iterator[Hub]:
    """Serves until the body ends."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, *_: Any) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            hub.asked.append(self.path)
            path = self.path.partition("?")[0]
            if path.startswith("/api/models/"):
                name, _, revision = path.removeprefix("/api/models/").partition("/revision/")
                file = None
            else:
                name, _, rest = path.removeprefix("/").partition("/resolve/")
                revision, _, file = rest.partition("/")
            if name not in hub.models:
                return self._refuse(401, "RepoNotFound")
            if name in hub.gated:
                return self._refuse(403, "GatedRepo")
            if revision not in ("", "main", REVISION):
                return self._refuse(404, "RevisionNotFound")
            if file is None:
                return self._send(json.dumps(self._info(name)).encode(), body=body)
            if not (hub.models[name] / file).is_file():
                return self._refuse(404, "EntryNotFound")
            return self._send_file(hub.models[name] / file, file, body=body)

        def _info(self, name: str) -> dict[str, Any]:
            folder = hub.models[name]
            return {
                "_id": "1",
                "id": name,
                "sha": REVISION,
                "siblings": [
                    _listed(each, each.relative_to(folder).as_posix(), hub.large)
                    for each in sorted(folder.rglob("*"))
                    if each.is_file()
                ],
            }

        def _send_file(self, path: Path, name: str, *, body: bool) -> None:
            data = path.read_bytes()
            entry = _listed(path, name, 0)
            tag = entry["lfs"]["sha256"] if "lfs" in entry else entry["blobId"]
            if name in hub.changed:
                data = data[:-1] + b"?"
            headers = {"ETag": f'"{tag}"', "X-Repo-Commit": REVISION}
            self._send(data, body=body, headers=headers, cut=name in hub.cut)

        def _send(
            self,
            data: bytes,
            *,
            body: bool,
            headers: dict[str, str] | None = None,
            cut: bool = False,
        ) -> None:
            self.send_response(200)
            for key, value in (headers or {}).items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data[: len(data) // 2] if cut else data)

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _listed(path: Path, name: str, more: int) -> dict[str, Any]:
    """A file as the hub lists it: large ones, which are weights here, by their SHA-256."""
    data = path.read_bytes()
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    entry: dict[str, Any] = {"rfilename": name, "size": len(data) + more, "blobId": blob}
    if path.suffix in (".safetensors", ".onnx"):
        digest = hashlib.sha256(data).hexdigest()
        entry["lfs"] = {"sha256": digest, "size": len(data) + more, "pointerSize": 130}
    return entry
