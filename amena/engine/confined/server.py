"""The process from which the children for strangers' files are forked.

It has imported what they need, so that a child is there within milliseconds. Orders come on its
standard input, one line each, with the file and the child's connection beside it. It answers with
how the child has ended. Every order is followed by one empty line: nobody needs the child any more.
Where that comes first, or nobody is left who could send it, the child is killed.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import traceback
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from amena.engine.confined import OUT_OF_MEMORY
from amena.engine.confined.limits import confine, keep_threads_small
from amena.engine.errors import EngineError

_LONGEST_ORDER: Final = 2**16
#: Seconds between two looks at a child where the system does not tell.
_LOOK_SECONDS: Final = 0.05


def serve(function: str) -> None:
    """Carries out orders until nobody can give any."""
    lobby = socket.socket(fileno=os.dup(0))
    module, name = function.split(":")
    work: Callable[..., Any] = getattr(importlib.import_module(module), name)
    keep_threads_small()
    lobby.sendall(b"ready\n")
    while True:
        line, fds, *_ = socket.recv_fds(lobby, _LONGEST_ORDER, 2)
        if not line:
            return
        while not line.endswith(b"\n"):
            line += lobby.recv(_LONGEST_ORDER)
        child = os.fork()
        if child == 0:
            lobby.close()
            os.close(0)
            _work(work, json.loads(line), *fds)
        for each in fds:
            os.close(each)
        status, killed = _watch(child, lobby)
        lobby.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
        if not killed:
            lobby.recv(1)


def _watch(child: int, lobby: socket.socket) -> tuple[int, bool]:
    """How a child has ended, and whether it was killed here, where it is no longer wanted."""
    ending = [os.pidfd_open(child)] if hasattr(os, "pidfd_open") else []
    try:
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return status, False
            ready, _, _ = select.select([lobby.fileno(), *ending], [], [], _LOOK_SECONDS)
            if lobby.fileno() in ready:
                lobby.recv(1)
                os.kill(child, signal.SIGKILL)
                return os.waitpid(child, 0)[1], True
    finally:
        for each in ending:
            os.close(each)


def _work(work: Callable[..., Any], order: dict[str, Any], file: int, connection: int) -> None:
    """Runs in the child, and ends it."""
    ending = 1
    try:
        with socket.socket(fileno=connection) as answers, open(file, "rb") as stream:
            confine(order["cpu_seconds"], order["memory"])
            stream.seek(0)
            source = BytesIO(stream.read())
            try:
                for words, buffers in work(source, **order["arguments"]):
                    _send(answers, words, buffers)
            except EngineError as error:
                _send(answers, {"refused": (error.message, error.code)}, [])
        ending = 0
    except MemoryError:
        ending = OUT_OF_MEMORY
    except BrokenPipeError:
        ending = 0  # nobody listens any more
    except Exception:  # noqa: BLE001, whatever it is, this process ends
        traceback.print_exc()
    finally:
        os._exit(ending)


def _send(answers: socket.socket, words: dict[str, Any], buffers: list[Any]) -> None:
    views = [memoryview(each).cast("B") for each in buffers]
    header = json.dumps({**words, "sizes": [len(each) for each in views]}).encode()
    answers.sendall(len(header).to_bytes(4) + header)
    for each in views:
        answers.sendall(each)
