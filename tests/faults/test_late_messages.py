"""A queue that delivers late and twice, for as long as the test runs."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import pytest
import requests

from amena.accounts.models import User
from amena.jobs.models import Job, State
from amena.local import aws
from tests.faults.observing import assert_done_once, has_ended, wait_until
from tests.faults.test_web import Person
from tests.fixtures.service import DISPATCH_SECONDS, QUICK, Service

pytestmark = pytest.mark.service

#: A message comes when the sweeper's patience is over four times, in production an hour, and again
#: when it is over six times.
LATE = 4 * DISPATCH_SECONDS
AGAIN = 6 * DISPATCH_SECONDS


class LateQueue:
    """A server before SQS that sends each message twice, so that it comes late both times."""

    def __init__(self, target: int) -> None:
        self.sent = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("X-Amz-Target") == "AmazonSQS.SendMessage":
                    outer.sent += 1
                    message = json.loads(body)
                    self._ask(json.dumps(message | {"DelaySeconds": AGAIN}).encode())
                    body = json.dumps(message | {"DelaySeconds": LATE}).encode()
                answer = self._ask(body)
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def _ask(self, body: bytes) -> requests.Response:
                headers = {
                    name: value
                    for name, value in self.headers.items()
                    if name.lower() not in ("host", "content-length")
                }
                url = f"http://127.0.0.1:{target}{self.path}"
                return requests.post(url, data=body, headers=headers, timeout=60)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def late(service: Service) -> Iterator[LateQueue]:
    """What all programs of the service take for the queue."""
    made = LateQueue(service.queue.port)
    for name, value in service.queue.environment().items():
        service.environment[name] = value.replace(f":{service.queue.port}", f":{made.port}")
    yield made
    service.end()
    made.close()


def under_way(service: Service) -> int:
    """Messages that wait, are held back or are with a worker."""
    sqs = boto3.client("sqs", endpoint_url=service.queue.endpoint_url, region_name=aws.REGION)
    kinds = ("", "Delayed", "NotVisible")
    names = [f"ApproximateNumberOfMessages{kind}" for kind in kinds]
    found = sqs.get_queue_attributes(QueueUrl=service.queue.queue_url, AttributeNames=names)
    return sum(int(number) for number in found["Attributes"].values())


@pytest.mark.fault(
    "messages come late (four times the sweeper's patience, in production an hour) and twice: "
    "six photos, one stopped, one deleted, two workers",
    "each made once, by one attempt; what comes after is for nobody",
)
def test_messages_that_come_an_hour_late_and_twice_make_each_photo_once(
    service: Service, user: User, late: LateQueue, media: Path
) -> None:
    service.start("queue", "web", "sweeper")
    service.start("worker", "worker-2", ENGINE=QUICK)
    person = Person(service.address)
    person.sign_in()
    for _ in range(6):
        assert person.upload(uuid.uuid4()).ok
    *wanted, stopped, deleted = Job.objects.order_by("pk")
    for job, action in ((stopped, "cancel"), (deleted, "delete")):
        path = f"/photos/{job.photo.public_id}/"
        data = {"csrfmiddlewaretoken": person.token("/photos/")}
        what = f"/jobs/{job.public_id}/cancel/" if action == "cancel" else f"{path}delete/"
        assert person.session.post(f"{service.address}{what}", data=data).ok
    wait_until(lambda: all(has_ended(job) for job in wanted))
    # The last of the messages come when nothing is left to do for them.
    wait_until(lambda: under_way(service) == 0)
    for job in wanted:
        assert_done_once(job, media)
        assert job.attempts == 1
    stopped.refresh_from_db()
    assert (stopped.state, stopped.attempts) == (State.CANCELLED, 0)
    # Each was sent several times by a sweeper that took the first message for lost.
    assert late.sent >= 3 * len(wanted)
    assert "Traceback" not in service.log("worker") + service.log("worker-2")
