"""The service as the processes it consists of, each to be killed and started at will."""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from amena.local import aws
from amena.local.aws import AwsServer
from amena.local.postgres import database_url
from amena.local.process import Child, Program, answers, free_port

if TYPE_CHECKING:
    from amena.accounts.models import User

ROOT = Path(__file__).parent.parent.parent
#: Longer than any machine is busy, so that no lease is lost by accident.
LEASE_SECONDS = 30
DISPATCH_SECONDS = 2
GATED = "tests.faults.engines.GatedEngine"
QUICK = "tests.faults.engines.QuickEngine"


class Queue(AwsServer):
    """Queues of a test's own on a server that all tests share."""

    @cached_property
    def name(self) -> str:
        return uuid.uuid4().hex

    @property
    def queue_url(self) -> str:
        return f"{self.endpoint_url}/{aws.ACCOUNT}/{self.name}"

    @property
    def dead_letter_url(self) -> str:
        return f"{self.queue_url}-dead-letters"

    def make(self) -> None:
        """As the server makes its own."""
        sqs = boto3.client("sqs", endpoint_url=self.endpoint_url, region_name=aws.REGION)
        sqs.create_queue(QueueName=f"{self.name}-dead-letters")
        dead = f"arn:aws:sqs:{aws.REGION}:{aws.ACCOUNT}:{self.name}-dead-letters"
        redrive = {"deadLetterTargetArn": dead, "maxReceiveCount": aws.MAX_RECEIVES}
        attributes = {
            "VisibilityTimeout": str(aws.VISIBILITY_SECONDS),
            "RedrivePolicy": json.dumps(redrive),
        }
        sqs.create_queue(QueueName=self.name, Attributes=attributes)


class Service:
    """Queue, web, worker and sweeper on the test's database; all start with the same variables."""

    def __init__(self, folder: Path, environment: dict[str, str], queue: AwsServer) -> None:
        self.folder = folder
        self.port = free_port()
        self.environment = environment | queue.environment()
        self.queue = queue
        self.children: dict[str, Child] = {}

    @property
    def address(self) -> str:
        """Where the web process listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, *names: str, **variables: str) -> None:
        """Starts programs and waits until they answer."""
        started = [self._start(name, variables) for name in names]
        for child in filter(None, started):
            child.wait_ready(60)

    def _start(self, name: str, variables: dict[str, str]) -> Child | None:
        if name == "queue" and isinstance(self.queue, Queue):
            self.queue.make()
            return None
        child = self.children[name] = Child(self._program(name, variables))
        if name == "queue":  # which all others connect to
            child.wait_ready(60)
        return child

    def kill(self, *names: str) -> None:
        """Ends programs and their children at once, without a chance to tidy up."""
        for name in names:
            self.children.pop(name).kill()
            if port := {"web": self.port, "queue": self.queue.port}.get(name):
                # A killed server's children close its socket a moment after it; the next one must
                # not be taken for ready because they still answer.
                while answers(port):
                    time.sleep(0.05)

    def log(self, name: str) -> str:
        """What a program has written."""
        return (self.folder / f"{name}.log").read_text()

    def end(self) -> None:
        """Ends whatever runs."""
        self.kill(*list(self.children))

    def _program(self, name: str, variables: dict[str, str]) -> Program:
        log = self.folder / f"{name}.log"
        log.write_text("")
        environment = self.environment | variables
        python = sys.executable
        if name == "queue":
            return aws.program(self.queue, log, bucket=True)
        if name.startswith("worker"):
            command = (python, "-m", "celery", "-A", "amena", "worker", "-l", "INFO")
            return Program(
                name, command, log, environment, ready=lambda: " ready." in log.read_text()
            )
        if name == "web":
            bind = f"127.0.0.1:{self.port}"
            command = (python, "-m", "gunicorn", "amena.wsgi", "--bind", bind, "--threads", "4",
                       "--no-control-socket")  # fmt: skip
            return Program(name, command, log, environment, ready=lambda: answers(self.port))
        command = (python, str(ROOT / "manage.py"), "sweep", "--interval", "0.5")
        return Program(name, command, log, environment)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """Where all processes, this one too, keep the files."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.MEDIA_ROOT, "allow_overwrite": True},
        },
    }
    return Path(settings.MEDIA_ROOT)


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The folder whose files hold a `GatedEngine` in the stages that they are named after."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


@pytest.fixture
def service(
    transactional_db: None,
    media: Path,
    gate: Path,
    settings: Any,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[Service]:
    """Nothing runs yet. This process sends its messages to the same queue.

    A test that kills the queue is marked `own_queue`: it gets one in a process of its own.

    `end_its_lease` ends a lease; a test of what time does starts its worker with short ones.
    """
    from django.db import connection

    from tests.jobs.queues import sending_to

    own = request.node.get_closest_marker("own_queue")
    queue = AwsServer(free_port()) if own else Queue(request.getfixturevalue("aws_server").port)
    where = connection.settings_dict
    made = Service(
        tmp_path,
        {
            **os.environ,
            "DATABASE_URL": database_url(Path(where["HOST"]), where["NAME"]),
            "MEDIA_ROOT": str(media),
            "DEV_LOGIN": "true",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_DISPATCH_SECONDS": str(DISPATCH_SECONDS),
            "SQS_WAIT_SECONDS": "1",
            "ENGINE": GATED,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            "FAULT_GATE": str(gate),
        },
        queue,
    )
    settings.JOB_DISPATCH_SECONDS = DISPATCH_SECONDS
    settings.JOB_LEASE_SECONDS = LEASE_SECONDS
    with sending_to(made.queue, settings):
        yield made
        made.end()
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert "ada@example.com" not in logs, "A log tells who somebody is."


@pytest.fixture
def user(transactional_db: None) -> User:
    """Somebody with room for many photos."""
    from amena.accounts.models import Quota, User

    user = User.objects.create_user("ada@example.com")
    Quota.objects.filter(user=user).update(active_jobs=100)
    return user


Upload = Callable[[], Any]


@pytest.fixture
def upload(user: User, media: Path) -> Upload:
    """Takes one more photo in, in this process, and gives its job."""
    from amena.jobs.services import submission
    from amena.jobs.uploads import accept
    from tests.jobs.samples import uploaded

    def one() -> Any:
        photo = submission.submit(user, accept(uploaded()), {}, uuid.uuid4())
        return photo.jobs.get()

    return one
