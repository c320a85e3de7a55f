"""Web and worker sign in to a real PostgreSQL as the roles that production gives them."""

from __future__ import annotations

import contextlib
import io
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import ProgrammingError, connection

from amena.accounts.models import Token, User
from amena.jobs.models import Job, Photo, State
from amena.jobs.services import deletion, running, submission
from amena.jobs.uploads import accept
from tests.faults import engines
from tests.jobs.samples import uploaded

pytestmark = pytest.mark.django_db(transaction=True)

LOGINS = {who: (f"amena_{who}_1", f'{who}\'s "own"') for who in ("web", "worker")}


def roles() -> Any:
    out = io.StringIO()
    call_command("database_roles", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture(autouse=True)
def prepared(settings: Any) -> Iterator[None]:
    """The roles, which belong to the server and not to the test's database, go afterwards."""
    settings.DATABASE_ROLES = LOGINS
    assert roles() == {"roles": ["amena_web_1", "amena_worker_1"], "dropped": []}
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname ~ '^amena_(web|worker)'")
        names = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
        cursor.execute(f"DROP OWNED BY {names}")
        cursor.execute(f"DROP ROLE {names}")


@contextlib.contextmanager
def signed_in_as(who: str) -> Iterator[None]:
    """All of this process's connections are this role's."""
    owner = {key: connection.settings_dict[key] for key in ("USER", "PASSWORD")}
    user, password = LOGINS[who]
    connection.close()
    connection.settings_dict.update(USER=user, PASSWORD=password)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(owner)


def refused(statement: str) -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute(statement)
        except ProgrammingError as error:
            return "permission denied" in str(error)
    return False


@pytest.mark.parametrize("engine", ["QuickEngine", "RefusingEngine", "BuggyEngine"])
def test_a_worker_can_do_all_that_a_job_needs(
    user: User, sent: list[str], use_engine: Callable[[type], None], engine: str
) -> None:
    use_engine(getattr(engines, engine))
    photo = submission.submit(user, accept(uploaded()), {"motion": "swing"}, uuid.uuid4())
    job = photo.jobs.get()
    with signed_in_as("worker"):
        call_command("migrate", "--check", stdout=io.StringIO())
        running.run(job.public_id)
    job.refresh_from_db()
    assert job.attempts == 1
    if engine == "QuickEngine":
        assert job.state == State.SUCCEEDED
        assert job.artifacts.count() > 3
    else:
        assert job.state in (State.FAILED, State.QUEUED)
        assert job.error_code != "worker_lost"


def test_a_worker_sees_nobody_and_changes_nothing_else(user: User, make_job: Any) -> None:
    make_job()
    with signed_in_as("worker"):
        for table in (
            User._meta.db_table,
            Token._meta.db_table,
            "django_session",
            "social_auth_usersocialauth",
            "webhooks_endpoint",
        ):
            assert refused(f"SELECT 1 FROM {table}"), table  # noqa: S608
        for statement in (
            "DELETE FROM jobs_photo",
            "DELETE FROM jobs_job",
            "UPDATE jobs_photo SET owner_id = owner_id",
            "UPDATE jobs_job SET photo_id = photo_id",
            "UPDATE jobs_artifact SET key = 'other'",
            "INSERT INTO jobs_share (token) VALUES ('x')",
            "CREATE TABLE public.mine (id int)",
        ):
            assert refused(statement), statement


def test_the_web_works_with_rows_and_with_rows_alone(user: User, sent: list[str]) -> None:
    with signed_in_as("web"):
        call_command("migrate", "--check", stdout=io.StringIO())
        photo = submission.submit(user, accept(uploaded()), {"motion": "swing"}, uuid.uuid4())
        Photo.objects.filter(pk=photo.pk).update(deleted_at=photo.created_at)
        Job.objects.update(state=State.CANCELLED)
        assert deletion.purge_deleted() == 1
        for statement in (
            "CREATE TABLE public.mine (id int)",
            "DELETE FROM django_migrations",
            "ALTER ROLE amena_worker_1 PASSWORD 'known'",
        ):
            assert refused(statement), statement
        assert not refused("DELETE FROM jobs_photo")


def test_passwords_are_set_and_a_second_run_changes_nothing() -> None:
    def stored() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolname, rolcanlogin, rolpassword LIKE 'SCRAM-SHA-256$%%', rolsuper "
                "FROM pg_authid WHERE rolname ~ '^amena_(web|worker)' ORDER BY 1"
            )
            return cursor.fetchall()

    before = stored()
    assert before == [
        ("amena_web", False, None, False),
        ("amena_web_1", True, True, False),
        ("amena_worker", False, None, False),
        ("amena_worker_1", True, True, False),
    ]
    assert roles()["dropped"] == []
    assert stored() == before


def test_a_new_password_leaves_the_old_one_valid_until_the_next(settings: Any) -> None:
    def renewed(number: int) -> list[str]:
        settings.DATABASE_ROLES = {
            who: (f"amena_{who}_{number}", f"secret {number}") for who in LOGINS
        }
        dropped: list[str] = roles()["dropped"]
        return dropped

    assert renewed(2) == []
    with signed_in_as("web"):
        assert not User.objects.exists()
    assert renewed(10) == ["amena_web_1", "amena_worker_1"]


def test_half_of_the_names_is_refused(settings: Any) -> None:
    settings.DATABASE_ROLES = LOGINS | {"worker": ("amena_worker_1", "")}
    with pytest.raises(CommandError, match="both roles"):
        roles()
    settings.DATABASE_ROLES = LOGINS | {"worker": ("postgres", "mine now")}
    with pytest.raises(CommandError, match="amena_worker_1"):
        roles()


def test_without_names_one_role_is_everybodys(settings: Any) -> None:
    settings.DATABASE_ROLES = {"web": ("", ""), "worker": ("", "")}
    assert roles() == {"roles": [], "dropped": []}
