"""Real parts for the tests, each started by the first test that asks for it and not before."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from amena.local.aws import AwsServer, aws
from amena.local.postgres import THROWAWAY, database_url, postgres
from amena.local.process import Child, Program, running

if TYPE_CHECKING:
    import pytest_django
    from playwright.sync_api import Browser, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

ROOT = Path(__file__).parent.parent
# As scripts/bootstrap.sh looks for them.
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARTIFACTS = Path(__file__).parent / "artifacts"

# Settings are read when Django is set up, before any server runs: what a server's address decides
# is filled in by the fixtures below.
os.environ.update(
    DJANGO_SETTINGS_MODULE="amena.settings",
    SECRET_KEY="tests-only",
    DEBUG="true",  # static files without collectstatic; pytest-django turns settings.DEBUG off
    DEV_LOGIN="",  # a test that signs in by it says `settings.DEV_LOGIN = True`
    STORAGE="local",
    SITE_ROOT="http://localhost",
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    # Playwright's event loop stays in this thread once a browser runs; Django takes any loop for
    # asynchronous code and would refuse the database from then on.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)


def pytest_configure() -> None:
    """Sets Django up with the variables above; pytest-django by itself would read none of them."""
    import django

    django.setup()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the test run's own; the URL of its database `amena`."""
    with postgres(tmp_path_factory.mktemp("postgres") / "data", options=THROWAWAY) as url:
        yield url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(postgres_url: str) -> None:
    """Points Django at that server before pytest-django makes its test database there."""
    import dj_database_url
    from django.db import connections

    where = dj_database_url.parse(postgres_url)
    connections["default"].settings_dict.update(
        {key: where[key] for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")}
    )


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker
) -> Iterator[None]:
    """Ends what is still connected before the test database is dropped: a live server's threads
    and killed processes hang up later than the tests end.
    """
    yield
    with django_db_blocker.unblock():
        from django.db import connection

        connection.close()  # a test of lost connections may have cut this one
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def aws_server(tmp_path: Path) -> Iterator[AwsServer]:
    """SQS with two empty queues and S3 with an empty bucket, in a process of this test's own."""
    with aws(tmp_path / "aws.log") as server:
        yield server


WorkerFactory = Callable[..., Child]


@pytest.fixture
def worker_process(
    transactional_db: None, aws_server: AwsServer, tmp_path: Path
) -> Iterator[WorkerFactory]:
    """Starts real workers: `worker_process(JOB_LEASE_SECONDS="2")`, stopped when the test ends.

    The worker sees the test database, the SQS server, the test's storage settings, and the
    variables given. `child.kill()` kills it with all its processes; `child.program.log` is its log.
    """
    from django.conf import settings
    from django.db import connection

    number = count()
    where = connection.settings_dict
    environment = {
        **os.environ,
        **aws_server.environment(),
        "DATABASE_URL": database_url(Path(where["HOST"]), where["NAME"]),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "STORAGE": settings.STORAGE,
        "SQS_WAIT_SECONDS": "1",
        "PYTHONUNBUFFERED": "1",
    }
    with ExitStack() as stack:

        def start(**extra: str) -> Child:
            log = tmp_path / f"worker-{next(number)}.log"
            program = Program(
                name="worker",
                command=(sys.executable, "-m", "celery", "-A", "amena", "worker", "-l", "INFO"),
                log=log,
                env={**environment, **extra},
                ready=lambda: b" ready." in log.read_bytes(),
            )
            return stack.enter_context(running(program))

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's own, driven by Playwright."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, BROWSERS))),
            args=[
                "--no-sandbox",  # the sandbox refuses root, and the pages are our own
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                # Tests talk to nothing but this machine.
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(
    browser: Browser, live_server: LiveServer, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A fresh page on the live server; a screenshot is kept in tests/artifacts/ when it closes.

    The test fails if a script threw or the page logged an error, a breach of the Content Security
    Policy for instance. A refused request (404, 429) is not one: tests ask for those.
    """

    def is_script_error(line: ConsoleMessage) -> bool:
        return line.type == "error" and not line.text.startswith("Failed to load resource")

    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    context.set_default_timeout(15_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if is_script_error(line) else None)
    yield page
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"{request.node.name}.png", full_page=True)
    context.close()
    assert not errors
