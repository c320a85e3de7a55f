"""A real kube-apiserver with its etcd, on loopback, for as long as a test needs it.

Both come from the folder that `KUBEBUILDER_ASSETS` names, as controller-runtime's envtest has it.
There are no controllers and no kubelet: what is applied is judged and kept, and nothing runs.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

ASSETS = os.environ.get("KUBEBUILDER_ASSETS", "")
SECONDS_TO_START = 120


class Refused(Exception):
    """The server's own words, with the status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Server:
    """One running API server, asked over HTTPS as its administrator."""

    def __init__(self, host: str, token: str, certificate: Path) -> None:
        self.host = host
        self.url = f"https://{host}"
        self.token = token
        self.certificate = certificate
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> dict[str, Any]:
        """The answer as JSON. Raises Refused for what the server does not take."""
        return self.ask_and_hear(method, path, body, kind)[0]

    def ask_and_hear(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[dict[str, Any], list[str]]:
        """The answer, and the warnings that came with it."""
        context = ssl.create_default_context(cafile=self.certificate)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        with closing(HTTPSConnection(self.host, timeout=60, context=context)) as connection:
            sent = None if body is None else json.dumps(body).encode()
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            warnings = answer.headers.get_all("Warning") or []
        said = json.loads(text) if text.startswith("{") else {"message": text}
        if answer.status >= 400:
            raise Refused(answer.status, said["message"])
        return said, warnings

    def path_of(self, item: dict[str, Any], namespace: str) -> str:
        """Where the collection of `item`'s kind is, in `namespace` unless it has none."""
        version, kind = item["apiVersion"], item["kind"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, kind) not in self._kinds:
            for resource in self.ask("GET", root)["resources"]:
                if "/" not in resource["name"]:
                    found = (resource["name"], resource["namespaced"])
                    self._kinds[version, resource["kind"]] = found
        name, namespaced = self._kinds[version, kind]
        return f"{root}/namespaces/{namespace}/{name}" if namespaced else f"{root}/{name}"

    def apply(self, item: dict[str, Any], namespace: str) -> tuple[dict[str, Any], list[str]]:
        """Server-side apply, with fields that the kind does not know refused."""
        query = "?fieldManager=test&fieldValidation=Strict&force=true"
        path = f"{self.path_of(item, namespace)}/{item['metadata']['name']}{query}"
        return self.ask_and_hear("PATCH", path, item, "application/apply-patch+yaml")


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """An API server that answers, with its files in `folder`.

    Raises RuntimeError with the end of its log where it does not start.
    """
    token = secrets.token_hex(16)
    # Tokens of ServiceAccounts are signed with it; an API server does not start without.
    key = folder / "service-accounts.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True, capture_output=True)
    (folder / "tokens.csv").touch(mode=0o600)
    (folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n", "utf-8")
    client, peer, port = (_free_port() for _ in range(3))
    etcd = [
        f"{ASSETS}/etcd",
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls=http://127.0.0.1:{client}",
        f"--advertise-client-urls=http://127.0.0.1:{client}",
        f"--listen-peer-urls=http://127.0.0.1:{peer}",
        "--unsafe-no-fsync",
    ]
    api = [
        f"{ASSETS}/kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{client}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        f"--cert-dir={folder / 'certificates'}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--allow-privileged=true",  # as in EKS: PodSecurity is what refuses
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
    ]
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_running(etcd, folder / "etcd.log")),
            stack.enter_context(_running(api, folder / "kube-apiserver.log")),
        ]
        server = Server(f"127.0.0.1:{port}", token, folder / "certificates" / "apiserver.crt")
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                if server.ask("GET", "/readyz")["message"] == "ok":
                    break
            except (Refused, OSError):
                pass
            stopped = [process.args[0] for process in processes if process.poll() is not None]
            if stopped or time.monotonic() > deadline:
                logs = [
                    (folder / f"{n}.log").read_text()[-3000:] for n in ("etcd", "kube-apiserver")
                ]
                raise RuntimeError(f"no API server ({stopped} stopped):\n" + "\n".join(logs))
            time.sleep(0.3)
        yield server
