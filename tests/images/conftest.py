"""Fixtures: database, bucket and queue, and both images at work on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from amena.local.aws import aws
from amena.local.postgres import THROWAWAY, postgres
from amena.local.process import free_port
from tests.images.container import container
from tests.images.site import WEB, WORKER, Site, memory, run, wait_until

#: The database has the usual port on an address of this machine's that nobody else uses.
ADDRESS = "127.0.0.77"
KEY = "a-key-that-nobody-guesses-0123456789-abcdefghijklmnop"


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables as a deployment has them, and the servers that they name."""
    folder = tmp_path_factory.mktemp("servers")
    options = THROWAWAY | {"listen_addresses": ADDRESS}
    with postgres(folder / "postgres", options=options), aws(folder / "aws.log") as server:
        yield {
            **server.environment(),
            "DATABASE_URL": f"postgresql://postgres@{ADDRESS}/amena",
            "SECRET_KEY": KEY,
            "SITE_ROOT": "https://amena.example",
            "ALLOWED_HOSTS": "amena.example,127.0.0.1",
            "GOOGLE_CLIENT_ID": "from-google",
            "GOOGLE_CLIENT_SECRET": "from-google",
            "METRICS_TOKEN": "let-me-see",
            "TRUSTED_PROXIES": "1",
            "STORAGE": "s3",
            "SQS_WAIT_SECONDS": "1",
        }


@pytest.fixture(scope="session")
def site(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    run(folder / "migrate.log", environment, "python", "manage.py", "migrate", "--no-input")
    printed = run(
        folder / "token.log", environment, "python", "manage.py", "shell", "-c",
        "from amena.accounts import models, tokens\n"
        "user = models.User.objects.create_user('me@amena.example')\n"
        "print(tokens.issue(user, 'check', models.Token.Scope.WRITE, None))",
    )  # fmt: skip
    token = re.search(r"amena_[\w-]{43}", printed)
    assert token, printed

    port = free_port()
    command = [word.replace(":8000", f":{port}") for word in WEB.command]
    assert command != WEB.command
    own = {"WEB_CONCURRENCY": "2"}
    with (
        container(WEB, folder / "web.log", environment | own, memory("web"), command) as web,
        container(WORKER, folder / "worker.log", environment, memory("worker")) as worker,
    ):
        found = Site(f"http://127.0.0.1:{port}", web, worker, token[0])
        wait_until(lambda: "Listening at" in web.log.read_text(), web)
        wait_until(lambda: "The engine is ready." in worker.log.read_text(), worker)
        yield found
