"""Real parts for the tests, each started by the first test that asks for it and not before."""

from __future__ import annotations

import gc
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from amena.local.aws import BUCKET, REGION, AwsServer, aws
from amena.local.postgres import THROWAWAY, postgres

if TYPE_CHECKING:
    import pytest_django
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

pytest_plugins = (
    "tests.fixtures.log",
    "tests.fixtures.openid",
    "tests.fixtures.photos",
    "tests.fixtures.programs",
    "tests.fixtures.service",
    "tests.fixtures.viewer",
    "tests.fixtures.windows",
)

ROOT = Path(__file__).parent.parent
# As scripts/bootstrap.sh looks for them. The first is Chromium without windows, whose toolbars are
# pages themselves: what a test opens takes a quarter of the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
ARTIFACTS = Path(__file__).parent / "artifacts"

# Settings are read when Django is set up, before any server runs: what a server's address decides
# is filled in by the fixtures below.
os.environ.update(
    DJANGO_SETTINGS_MODULE="amena.settings",
    SECRET_KEY="tests-only",
    DEBUG="true",  # static files without collectstatic; pytest-django turns settings.DEBUG off
    DEV_LOGIN="",  # a test that signs in by it says `settings.DEV_LOGIN = True`
    STORAGE="local",
    DEFAULT_LANGUAGE="en",  # Django's test client asks for none
    SITE_ROOT="http://localhost",
    AWS_ACCESS_KEY_ID="local",
    AWS_SECRET_ACCESS_KEY="local",
    AWS_REGION="eu-central-1",
    AWS_EC2_METADATA_DISABLED="true",
    MOTO_SQS_ENFORCE_STRICT_QUEUE_PURGE_BEHAVIOUR="false",  # every test begins with empty queues
    # Playwright's event loop stays in this thread once a browser runs; Django takes any loop for
    # asynchronous code and would refuse the database from then on.
    DJANGO_ALLOW_ASYNC_UNSAFE="true",
)


#: Of a test that has failed.
FAILED = pytest.StashKey[bool]()
#: A page that does not come within this time never comes, on a busy machine either: milliseconds.
PATIENCE = 60_000
#: Fixtures that start a database, a queue or a browser.
SERVICES = {"postgres_url", "django_db_setup", "aws_process", "browser"}


#: Folders whose modules take longest. They come first where modules are shared out among workers:
#: one of them that comes last would be waited for by all others. The last is that of this file.
LONG = ("site", "faults", "training", "local", "fuzz", "client", "")


#: What `make check` asks for, and the line by which a module says that it has none of it.
QUICK = "not service and not slow"
NOT_QUICK = re.compile(r"^pytestmark = .*pytest\.mark\.(slow|service|django_db)", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves modules unread of which the quick loop runs nothing: each worker would import them
    all, trainings and browsers too, which takes as long as many tests.
    """
    if config.option.markexpr != QUICK or not collection_path.match("test_*.py"):
        return None
    return True if NOT_QUICK.search(collection_path.read_text()) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what shows by itself that it needs a service; other modules carry the mark."""
    if hasattr(config, "workerinput"):
        names = {ROOT / "tests" / name: rank for rank, name in enumerate(LONG)}
        items.sort(key=lambda item: names.get(item.path.parent, len(LONG)))
    for item in items:
        asks = SERVICES & set(getattr(item, "fixturenames", ()))
        if asks or item.get_closest_marker("django_db"):
            item.add_marker("service")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Modules and tests stay to the end: looking again and again whether they are garbage takes a
    third of the collection, and would take long in the tests too.
    """
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_configure(config: pytest.Config) -> None:
    """Sets Django up with the variables above; pytest-django by itself would read none of them.

    Each run has a folder for temporary files of its own: another run that starts beside it would
    close the common one to PostgreSQL, which runs as a user of its own.
    """
    gc.disable()  # until all is collected
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ:
        folder = tempfile.mkdtemp(prefix="amena-tests-")
        os.environ["PYTEST_DEBUG_TEMPROOT"] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    import django

    django.setup()
    from django.conf import settings
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = _empty_tables
    # Django's own makes each password that a test sets or tries take half a second, as it should.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def _empty_tables(_case: object) -> None:
    """Forgets what a test has committed, in place of Django's `flush`.

    That truncates every table and makes all permissions anew, which takes thirty times as long and
    longer than most tests. Migrations, content types and permissions stay: no test changes them.
    """
    from django.db import connection

    kept = {"django_migrations", "django_content_type", "auth_permission"}
    known = connection.introspection.django_table_names(include_views=False)
    tables = [f'"{table}"' for table in sorted(set(known) - kept)]
    statements = (
        "BEGIN",
        # Waits for what a server's thread still writes.
        f"LOCK TABLE {', '.join(tables)} IN EXCLUSIVE MODE",
        # A replica checks no foreign keys, so that the order is nobody's matter.
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {table}" for table in tables),  # noqa: S608  Django's own names
        "COMMIT",
    )
    if connection.connection and connection.connection.closed:
        # A test that has lost its connection fails alone, and not all that follow with it.
        connection.close()
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Lets fixtures know whether their test has failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(autouse=True)
def _no_language_stays() -> Iterator[None]:
    """A request in Japanese leaves its language to the thread; the next test begins without."""
    yield
    from django.utils import translation

    translation.deactivate()


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How many rounds the marks `attack` and `fault` say that the test goes through by itself."""
    marks = request.node.iter_markers()
    return next(each.kwargs["rounds"] for each in marks if "rounds" in each.kwargs)


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


@pytest.fixture(scope="session")
def aws_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsServer]:
    """SQS and S3 in a process of the test run's own."""
    with aws(tmp_path_factory.mktemp("aws") / "aws.log") as server:
        yield server


@pytest.fixture
def aws_server(aws_process: AwsServer) -> AwsServer:
    """SQS with two empty queues and S3 with an empty bucket."""
    where = {"endpoint_url": aws_process.endpoint_url, "region_name": REGION}
    with (
        closing(boto3.client("sqs", **where)) as sqs,
        closing(boto3.client("s3", **where)) as s3,
    ):
        for queue in (aws_process.queue_url, aws_process.dead_letter_url):
            sqs.purge_queue(QueueUrl=queue)
        for file in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
            s3.delete_object(Bucket=BUCKET, Key=file["Key"])
    return aws_process


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's own, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
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
                "--process-per-site",  # see tests/fixtures/windows.py
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(
    open_window: Callable[..., BrowserContext], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A fresh page on the live server; a test that fails leaves its picture in tests/artifacts/.

    The test fails if a script threw or the page logged an error, a breach of the Content Security
    Policy for instance. A refused request (404, 429) is not one: tests ask for those. Nor is a look
    for news that is given up since the page goes: htmx logs two events of it as errors, of which
    the first comes with real ones, too, beside their own.
    """
    no_errors = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")

    def is_script_error(line: ConsoleMessage) -> bool:
        return line.type == "error" and not line.text.startswith(no_errors)

    page = open_window(locale="en-GB").new_page()
    page.set_default_timeout(PATIENCE)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if is_script_error(line) else None)
    yield page
    if request.node.stash.get(FAILED, False):
        ARTIFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTIFACTS / f"{request.node.name}.png", full_page=True)
    page.close()
    assert not errors
