"""The server that forks children for strangers' files, as the process sees it that needs them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Final

#: What the server is given of this process's environment.
_ENVIRONMENT: Final = (
    "PATH", "LD_LIBRARY_PATH", "PHOTO_MAX_MEGABYTES", "PHOTO_MAX_MEGAPIXELS",
    "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip
#: A forked process has no memory yet, and asking for it page by page takes a child up to a quarter
#: of a second for twelve megapixels: it gets larger pages, where the system has them. And all its
#: threads take memory from one place: places of their own hold a gigabyte of addresses for them,
#: which counts as used, so that some photos of a telephone could be read one time in two.
_OF_ITS_OWN: Final = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1",
}  # fmt: skip
#: How long the server may take to start, and a child to end once it has said all.
_PATIENCE_SECONDS: Final = 60.0
_MOMENT_SECONDS: Final = 5.0


class Server:
    """The process that forks children, of one process that it was started by.

    Attributes:
        end: ends it, and thereby its child; at the latest when nobody refers to it any more.
    """

    def __init__(self, function: str) -> None:
        self._lobby, theirs = socket.socketpair()
        self._lobby.settimeout(_PATIENCE_SECONDS)
        path = [each or str(Path.cwd()) for each in sys.path]
        script = (
            f"import sys; sys.path[:] = {path!r}; "
            f"from amena.engine.confined.server import serve; serve({function!r})"
        )
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603, ours alone
                [sys.executable, "-c", script],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                env=kept | _OF_ITS_OWN,
                start_new_session=True,  # Ctrl-C is for this process, whose end ends the server
            )
        self._owner = os.getpid()
        self.end = weakref.finalize(self, _end, self._lobby, self._process, self._owner)
        self._line()

    def alive(self) -> bool:
        """Whether it runs and is this process's own."""
        return self._owner == os.getpid() and self._process.poll() is None

    def order(self, order: str, file: int, connection: int) -> None:
        """Has it fork a child for the file that talks on the connection."""
        socket.send_fds(self._lobby, [f"{order}\n".encode()], [file, connection])

    def ending(self, *, patiently: bool) -> int:
        """How the child has ended, as `waitstatus_to_exitcode` has it; one that goes on is killed,
        at once or after a moment.
        """
        line = b""
        if patiently:
            self._lobby.settimeout(_MOMENT_SECONDS)
            with suppress(TimeoutError):
                line = self._line()
            self._lobby.settimeout(_PATIENCE_SECONDS)
        self._lobby.sendall(b"\n")
        return int(line or self._line())

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = self._lobby.recv(1)
            if not byte:
                raise RuntimeError("The server for strangers' files has ended.")
            line += byte
        return line


def _end(lobby: socket.socket, process: subprocess.Popen[bytes], owner: int) -> None:
    """Ends a server, and thereby its child; not in a process that was forked from its owner."""
    lobby.close()
    if owner == os.getpid():
        process.kill()
        process.wait()
    else:
        process.returncode = 0  # it is nobody's that this process could wait for
