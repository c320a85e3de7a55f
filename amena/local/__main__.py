"""Runs Amena on this machine: `python -m amena.local [--port 8000] [--var var]`.

PostgreSQL, the SQS server, the web server, one worker and the sweeper, until Ctrl-C. All data lie
in the folder given by `--var`.
"""

from __future__ import annotations

import argparse
import fcntl
import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from amena.local import aws
from amena.local.environment import environment
from amena.local.postgres import database_url, ensure_database, prepared
from amena.local.process import NotReadyError, Program, free_port, port_is_free
from amena.local.supervisor import Supervisor, say

ROOT = Path(__file__).resolve().parent.parent.parent


class CannotRunError(RuntimeError):
    """What keeps Amena from running, in one line for a person."""


class AlreadyRunning(Exception):
    """Another process runs Amena on the same data; its note says where."""


def main() -> int:
    """The exit status: 0 after a clean stop or where Amena runs already, 1 where it cannot."""
    parser = argparse.ArgumentParser(prog="python -m amena.local", description="Run Amena here.")
    parser.add_argument("--port", type=_port, default=os.environ.get("PORT") or "8000")
    parser.add_argument("--var", type=Path, default=ROOT / "var", help="folder for all data")
    arguments = parser.parse_args()
    var = arguments.var.resolve()
    os.chdir(ROOT)
    try:
        with _only_one(var) as note:
            run(var, arguments.port, note)
    except AlreadyRunning as running:
        say(f"Amena is already {running}.")
    except (CannotRunError, NotReadyError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:  # before there was anything to stop
        return 130
    return 0


def run(var: Path, port: int, note: Path) -> None:
    """Starts everything in order, prints the address, and keeps it up until a signal."""
    if not port_is_free(port):
        raise CannotRunError(
            f"Port {port} is in use by another program. Take another one: PORT={port + 1} make run"
        )
    _have_models()
    logs = var / "log"
    for log in logs.glob("*.log"):
        log.unlink()
    say("Starting Amena …")
    supervisor = Supervisor()
    with prepared(var / "postgres", logs / "postgres.log") as (database, sockets):
        server = aws.AwsServer(free_port())
        env = environment(var, port, database_url(sockets), server)
        with supervisor.stoppable():
            supervisor.start(database)
            ensure_database(sockets)
            supervisor.start(aws.program(server, logs / "sqs.log"))
            web, worker, sweeper = programs(port, env, logs)
            # It loads longer than all else takes, and touches no table before its first message.
            supervisor.begin(worker)
            _migrate(env, logs / "migrate.log")
            for program in (web, worker, sweeper):
                supervisor.start(program, ready_seconds=120)
            address = f"http://localhost:{port}"
            note.write_text(f"running at {address} (process {os.getpid()})")
            say(f"Amena runs at {address}\nCtrl-C stops it. Data and logs are in {var}.")
            supervisor.run()
    say("Stopped.")


def programs(port: int, env: Mapping[str, str], logs: Path) -> Iterator[Program]:
    """What runs beside the two servers, in the order of starting."""

    def python(name: str, *arguments: str) -> tuple[str, ...]:
        return (sys.executable, "-m", name, *arguments)

    bind = f"127.0.0.1:{port}"
    # Threads, not more processes: the web only moves bytes, the cores belong to the worker.
    gunicorn = python(
        "gunicorn", "amena.wsgi", "--bind", bind, "--threads", "8", "--no-control-socket"
    )
    celery = python("celery", "-A", "amena", "worker", "--concurrency", "1", "-l", "INFO")
    worker_log = logs / "worker.log"

    def is_warm() -> bool:
        """Whether the first photo need not wait for the engine, or gets its error."""
        text = worker_log.read_text(errors="replace")
        return "The engine is ready." in text or "The engine cannot start:" in text

    yield Program("web", gunicorn, logs / "web.log", env, ready=lambda: _is_healthy(port))
    yield Program(
        "worker",
        celery,
        worker_log,
        env,
        ready=is_warm,
        grace=30.0,  # enough for the photo in hand; a job cut short is made again at the next start
    )
    sweep = (sys.executable, "manage.py", "sweep", "--interval", "5")
    # Its standard output is the emails; all else of it goes to the log.
    yield Program("sweeper", sweep, logs / "sweeper.log", env, is_heard=True)


def _have_models() -> None:
    """Fetches what `DEPTH_ESTIMATOR` and `DEPTH_ESTIMATORS` name, where it is not here yet."""
    names = f"{os.environ.get('DEPTH_ESTIMATOR', '')} {os.environ.get('DEPTH_ESTIMATORS', '')}"
    for name in names.split():
        if name == "compact":
            continue
        say(f"Looking for the depth model {name} …")
        done = subprocess.run(  # noqa: S603  a fixed command, no shell
            [sys.executable, "-m", "amena.engine.depth.hub", name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotRunError(done.stderr.strip())


@contextmanager
def _only_one(var: Path) -> Iterator[Path]:
    """Holds the data folder; gives the file for a note to a second process.

    The kernel drops the lock with the process, however that ends, so no stale one is ever met.
    """
    var.mkdir(parents=True, exist_ok=True)
    note = var / "running"
    with note.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(note.read_text() or "starting") from None
        note.write_text("")
        yield note
        note.write_text("")


def _migrate(env: Mapping[str, str], log: Path) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input"]
    done = subprocess.run(  # noqa: S603  a fixed command, no shell
        command,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        process_group=0,  # a Ctrl-C waits for the migration to end
        check=False,
    )
    log.write_bytes(done.stdout + done.stderr)
    if done.returncode:
        raise CannotRunError(
            f"The database could not be brought up to date:\n{done.stderr.decode(errors='replace')}"
        )


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” is no port: give a number from 1 to 65535")


if __name__ == "__main__":
    sys.exit(main())
