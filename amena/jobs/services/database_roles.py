"""What each process may do in the database.

Migrations run as the owner of all tables, and nothing else does. Web and housekeeping read and
write rows, of every table. A worker, which opens strangers' files, may do what a job needs: take
one, say how it went, note the results, and give its place to the owner's next one; it sees no
account, session, token or webhook.

Rights hang on two roles that nobody signs in as. Those that sign in come and go: a new password
comes with a new name, so that processes with the old one go on until they have the new one.
"""

from __future__ import annotations

import re
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from amena.accounts.models import Quota
from amena.jobs.models import Artifact, Job, Photo
from amena.metrics.models import Tally

GROUPS: Final = {"web": "amena_web", "worker": "amena_worker"}

#: What a worker changes of a job. Not whose it is, what it is of and what was wished.
JOB_COLUMNS: Final = (
    "state",
    "stage",
    "progress",
    "attempts",
    "attempts_left",
    "lease_token",
    "lease_expires_at",
    "preview",
    "dispatch_at",
    "queued_at",
    "error_code",
    "error_message",
    "staff_reason",
    "unannounced",
    "email_due",
    "letter_due",
    "started_at",
    "finished_at",
)

_MIGRATIONS: Final = "django_migrations"


def apply(logins: dict[str, tuple[str, str]]) -> list[str]:
    """Makes the roles and gives them their rights, all or nothing; again changes nothing.

    Args:
        logins: for `web` and `worker` the name and the password to sign in with.

    Returns:
        Roles that were dropped: all but the new one and the one before.

    Raises:
        ValueError: a name is not the group's with a number.
    """
    dropped: list[str] = []
    with transaction.atomic(), connection.cursor() as cursor:
        for who, group in GROUPS.items():
            _ensure(cursor, group, "NOLOGIN")
            name, password = logins[who]
            if not re.fullmatch(rf"{group}_\d+", name):
                raise ValueError(f"“{name}” is not a name like {group}_1.")
            _ensure(cursor, name, "LOGIN")
            _run(cursor, "ALTER ROLE {} PASSWORD {}", sql.Identifier(name), sql.Literal(password))
            _run(cursor, "GRANT {} TO {}", sql.Identifier(group), sql.Identifier(name))
            dropped += _drop_old(cursor, group, name)
        _grant(cursor)
    return dropped


def _run(cursor: CursorWrapper, statement: str, *parts: sql.Composable) -> None:
    # Names and passwords cannot be parameters of such statements; psycopg quotes them.
    cursor.execute(sql.SQL(statement).format(*parts).as_string(None))


def _ensure(cursor: CursorWrapper, role: str, login: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    _run(cursor, f"{verb} ROLE {{}} {login}", sql.Identifier(role))


def _drop_old(cursor: CursorWrapper, group: str, current: str) -> list[str]:
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname ~ %s", [rf"^{group}_\d+$"])
    others = sorted(
        (name for (name,) in cursor.fetchall() if name != current),
        key=lambda name: int(name.rpartition("_")[2]),
    )
    for name in others[:-1]:
        _run(cursor, "DROP ROLE {}", sql.Identifier(name))
    return others[:-1]


def _grant(cursor: CursorWrapper) -> None:
    web, worker = (sql.Identifier(GROUPS[who]) for who in ("web", "worker"))
    for what in ("TABLES", "SEQUENCES"):
        _run(cursor, f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM {{}}, {{}}", web, worker)
    _run(
        cursor,
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
        web,
    )
    _run(cursor, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {}", web)
    _run(cursor, "REVOKE INSERT, UPDATE, DELETE ON {} FROM {}", sql.Identifier(_MIGRATIONS), web)

    tables = {
        model: sql.Identifier(model._meta.db_table) for model in (Photo, Job, Artifact, Tally)
    }
    # Of the migrations to see whether all have run.
    for table in (sql.Identifier(_MIGRATIONS), *tables.values()):
        _run(cursor, "GRANT SELECT ON {} TO {}", table, worker)
    columns = sql.SQL(", ").join(map(sql.Identifier, JOB_COLUMNS))
    _run(cursor, "GRANT UPDATE ({}) ON {} TO {}", columns, tables[Job], worker)
    _run(cursor, "GRANT INSERT ON {} TO {}", tables[Artifact], worker)
    # A job that ends makes room for its owner's next one, under the lock of their row of quotas. To
    # lock a row a role must be allowed to change some column: one that nothing is counted by.
    quota = sql.Identifier(Quota._meta.db_table)
    _run(cursor, "GRANT SELECT ON {} TO {}", quota, worker)
    _run(cursor, "GRANT UPDATE (id) ON {} TO {}", quota, worker)
    _run(cursor, "GRANT INSERT, UPDATE ON {} TO {}", tables[Tally], worker)
