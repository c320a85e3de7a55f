"""What children of `confined` do in tests: whatever a file might make its decoder do."""

from __future__ import annotations

import ctypes
import os
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from amena.engine.errors import PhotoError


def behave(file: BinaryIO, how: str, **rest: Any) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """Says how many bytes the file has, then does what `how` names."""
    yield {"bytes": len(file.read())}, []
    yield {"found": _WAYS[how](**rest)}, []


def _spin() -> None:
    while True:
        pass


def _sleep() -> None:
    time.sleep(600)


def _fill() -> int:
    return len(bytes(2**30))


def _crash() -> None:
    ctypes.string_at(0)


def _escape(path: str, port: int, parent: int) -> dict[str, str]:
    """Each way out, and what the system says to it."""

    def connect() -> None:
        socket.create_connection(("127.0.0.1", port), timeout=1)

    ways: dict[str, Callable[[], object]] = {
        "read a file": lambda: os.open(path, os.O_RDONLY),
        "write a file": lambda: os.open(path, os.O_WRONLY),
        "remove a file": lambda: Path(path).unlink(),
        "list a folder": lambda: list(Path("/proc/self/fd").iterdir()),
        "connect": connect,
        "run a program": lambda: subprocess.run(["/bin/true"], check=False),
        "become a program": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606
        "fork": os.fork,
        "kill": lambda: os.kill(parent, 0),
        "change its limits": lambda: resource.setrlimit(resource.RLIMIT_CPU, (1, 1)),
        "become root": lambda: os.setuid(0),
    }
    return {name: _tried(way) for name, way in ways.items()}


def _tried(way: Callable[[], object]) -> str:
    try:
        way()
    except (OSError, ValueError) as error:
        return type(error).__name__
    return "done"


def _thread() -> str:
    said: list[str] = []
    thread = threading.Thread(target=said.append, args=("heard",))
    thread.start()
    thread.join()
    return said[0]


def _crowd() -> int:
    """Twelve threads at once, each with a little memory; then most of what may be used."""
    allocate = ctypes.CDLL(None).malloc
    all_there = threading.Barrier(12)

    def work() -> None:
        for _ in range(100):
            allocate(ctypes.c_size_t(1000))
        all_there.wait()

    threads = [threading.Thread(target=work) for _ in range(all_there.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(bytes(200 * 2**20))


def _say(words: str) -> None:
    """Says so in place of what the server would have it say; a page of zeros more."""
    data = words.encode()
    for each in range(3, 64):
        with suppress(OSError):
            os.write(each, len(data).to_bytes(4) + data + bytes(4096))
            os._exit(0)


def _write(path: str) -> str:
    file = os.open(path, os.O_WRONLY | os.O_CREAT)
    return _tried(lambda: os.write(file, b"x"))


def _refuse() -> None:
    raise PhotoError("This is too small.", code="too_small")


_WAYS: dict[str, Callable[..., Any]] = {
    "nothing": lambda: None,
    "spin": _spin,
    "sleep": _sleep,
    "fill": _fill,
    "abort": os.abort,
    "crash": _crash,
    "bug": lambda: 1 // 0,
    "escape": _escape,
    "thread": _thread,
    "crowd": _crowd,
    "environment": lambda: dict(os.environ),
    "say": _say,
    "write": _write,
    "refuse": _refuse,
    "shout": lambda: "x" * 60_000,
}
