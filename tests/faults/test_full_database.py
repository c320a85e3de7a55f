"""The database's disk is full: the site says so, nothing is lost, and with room it goes on."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from amena.local.postgres import THROWAWAY, database_url, ensure_database, prepared
from amena.local.process import Child
from tests.faults.observing import wait_until
from tests.faults.test_web import Person
from tests.fixtures.service import ROOT, Service

pytestmark = [
    pytest.mark.service,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk"),
]
#: Room for the tables of an empty service and PostgreSQL's least log, and little more.
DISK = "160m"


class Database:
    """A server of the test's own, whose whole data folder is a disk that can be filled."""

    def __init__(self, server: Child, sockets: Path, disk: Path) -> None:
        self.server, self.sockets, self.disk = server, sockets, disk

    @property
    def url(self) -> str:
        """For the service."""
        return database_url(self.sockets)

    def fill(self) -> None:
        """To the last byte."""
        with (self.disk / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def empty(self) -> None:
        """What `fill` took is free again."""
        (self.disk / "filler").unlink()

    def ask(self, query: str) -> list[tuple[object, ...]]:
        """Rows, past the service."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(query.encode())
            return cursor.fetchall() if cursor.description else []


@pytest.fixture
def database(service: Service, tmp_path: Path) -> Iterator[Database]:
    """It runs, migrated, and the service is told of it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-o", f"size={DISK}", "-t", "tmpfs", "tmpfs", disk], check=True)
    child = None
    try:
        # A checkpoint every few megabytes keeps the log as short as it can be.
        options = {**THROWAWAY, "max_wal_size": "32MB", "min_wal_size": "32MB"}
        with prepared(disk / "data", tmp_path / "postgres.log", options) as (program, sockets):
            child = Child(program)
            child.wait_ready(60)
            ensure_database(sockets)
            made = Database(child, sockets, disk)
            service.environment["DATABASE_URL"] = made.url
            command = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity=0"]
            subprocess.run(command, env=service.environment, check=True)
            # A page that takes a tenth of its rows asks the disk for the next one the sooner.
            for table in ("jobs_photo", "jobs_job"):
                made.ask(f"ALTER TABLE {table} SET (fillfactor = 10)")
            yield made
            service.end()
            made.server.stop()
    finally:
        if child is not None:
            child.kill()
        subprocess.run(["umount", "--lazy", disk], check=True)


def jobs(database: Database) -> list[str]:
    return [str(state) for (state,) in database.ask("SELECT state FROM jobs_job ORDER BY id")]


def until_refused(person: Person) -> tuple[int, str]:
    """Uploads until one is refused: how many were taken, and what the last one was told.

    Rows fit into pages that are there already, so that a few still go through.
    """
    for taken in range(50):
        answer = person.upload(uuid.uuid4())
        if not answer.ok:
            assert answer.status_code == 503
            return taken, answer.text
    raise AssertionError("a full disk took fifty photos")


def audit(service: Service) -> dict[str, object]:
    """What `manage.py audit_storage` finds: files without rows, rows without files."""
    command = [sys.executable, str(ROOT / "manage.py"), "audit_storage"]
    run = subprocess.run(command, env=service.environment, capture_output=True, check=True)
    found: dict[str, object] = json.loads(run.stdout)
    return found


@pytest.mark.fault(
    "the database's disk is full while a job is made and others are sent",
    "503 page, what is there can be looked at; with room all goes on by itself, no file "
    "without a row and no row without its file",
)
def test_a_full_disk_refuses_changes_and_all_goes_on_by_itself_with_room(
    service: Service, database: Database, gate: Path, media: Path
) -> None:
    # The disk refuses somebody, before any limit does.
    plenty = {f"LIMIT_UPLOAD_{who}": "1000/60" for who in ("PERSON", "ADDRESS")}
    plenty |= {f"QUOTA_{name}_JOBS": "1000" for name in ("DAILY", "HELD", "SYSTEM")}
    service.environment.update(plenty)
    service.start("queue", "web", "sweeper")
    service.start("worker")
    (gate / "render").touch()
    person = Person(service.address)
    person.sign_in()
    first = person.upload(uuid.uuid4())
    assert first.ok
    wait_until(lambda: jobs(database) == ["running"])
    database.fill()
    taken, told = until_refused(person)
    assert "try again in a minute" in told
    # What is there can still be looked at.
    assert person.session.get(first.url).ok
    assert database.server.alive
    # The engine's work ends while nothing can be written down.
    (gate / "render").unlink()
    database.empty()
    wait_until(lambda: jobs(database) == ["succeeded"] * (taken + 1))
    assert person.upload(uuid.uuid4()).ok
    wait_until(lambda: jobs(database) == ["succeeded"] * (taken + 2))
    found = audit(service)
    assert (found["files_without_row"], found["rows_without_file"]) == ([], [])


@pytest.mark.fault(
    "the database's disk is full so that its log finds no room",
    "PostgreSQL ends itself; 503 page; started again with room, it has all it had",
)
def test_a_log_without_room_stops_the_server_and_it_recovers_with_all_it_had(
    service: Service, database: Database, media: Path
) -> None:
    """PostgreSQL ends itself rather than go on unlogged; whoever runs it starts it again."""
    service.start("queue", "web", ENGINE="tests.faults.engines.QuickEngine")
    person = Person(service.address)
    person.sign_in()
    assert person.upload(uuid.uuid4()).ok
    database.fill()

    def ended() -> bool:
        """Once the log's next file finds no room; before that, other files may find none."""
        with contextlib.suppress(psycopg.Error):
            database.ask("SELECT pg_switch_wal(), pg_logical_emit_message(true, '', 'more')")
        return not database.server.alive

    wait_until(ended)
    answer = person.session.get(f"{service.address}/photos/")
    assert answer.status_code == 503
    assert "try again in a minute" in answer.text
    database.empty()
    database.server = Child(database.server.program)
    database.server.wait_ready(60)
    assert jobs(database) == ["queued"]
    service.start("sweeper", "worker", ENGINE="tests.faults.engines.QuickEngine")
    wait_until(lambda: jobs(database) == ["succeeded"])
    assert person.session.get(f"{service.address}/photos/").ok
