"""The web process: killed in the middle of uploads, and alone without its queue."""

from __future__ import annotations

import contextlib
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from amena.accounts.models import User
from amena.jobs.models import Job, Photo
from tests.faults.observing import assert_done_once, has_ended, wait_until
from tests.fixtures.service import Service
from tests.jobs.samples import jpeg

pytestmark = pytest.mark.service


class Person:
    """Somebody with a browser, as far as HTTP goes."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = requests.Session()
        # A browser sends again when a kept connection turns out to be dead; requests does not.
        self.session.headers["Connection"] = "close"

    def sign_in(self) -> None:
        token = self.token("/login/")
        data = {"csrfmiddlewaretoken": token, "email": "ada@example.com"}
        assert self.session.post(f"{self.address}/login/dev/", data=data).ok

    def token(self, path: str) -> str:
        page = self.session.get(f"{self.address}{path}").text
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
        assert found
        return found[1]

    def fields(self, submission: uuid.UUID) -> dict[str, str]:
        token = self.token("/photos/")
        return {"csrfmiddlewaretoken": token, "submission": str(submission), "motion": "circle"}

    def upload(self, submission: uuid.UUID) -> requests.Response:
        files = {"photo": ("holiday.jpg", jpeg(), "image/jpeg")}
        return self.session.post(
            f"{self.address}/photos/", data=self.fields(submission), files=files, timeout=30
        )

    def half_an_upload(self, submission: uuid.UUID) -> socket.socket:
        """Sends all of the request but its last bytes; the server waits for them."""
        files = {"photo": ("holiday.jpg", jpeg(), "image/jpeg")}
        request = requests.Request(
            "POST", f"{self.address}/photos/", data=self.fields(submission), files=files
        )
        prepared = self.session.prepare_request(request)
        host, port = self.address.removeprefix("http://").split(":")
        connection = socket.create_connection((host, int(port)))
        lines = [f"POST /photos/ HTTP/1.1\r\nHost: {host}:{port}"]
        lines += [f"{name}: {value}" for name, value in prepared.headers.items()]
        body: Any = prepared.body
        self.rest = body[-40:]
        connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body[:-40])
        return connection


def is_read(connection: socket.socket) -> bool:
    """Whether the server has accepted the connection and read all that was sent so far."""
    port = f":{connection.getsockname()[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, _, remote, _, queues, _, _, _, _, inode, *_ = line.split()
        if remote.endswith(port):
            # A connection that nobody has accepted has no file yet.
            return inode != "0" and queues.endswith(":00000000")
    return False


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the other end is gone without an answer."""
    connection.settimeout(60)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def person(service: Service, user: User) -> Person:
    """Signed in; queue and web run."""
    service.start("queue", "web", ENGINE="tests.faults.engines.QuickEngine")
    person = Person(service.address)
    person.sign_in()
    return person


@pytest.mark.fault("web killed in an upload", "no half photo; sent again it is one")
def test_an_upload_cut_off_by_the_web_s_death_is_one_photo_when_sent_again(
    service: Service, person: Person, media: Path
) -> None:
    submission = uuid.uuid4()
    with person.half_an_upload(submission) as connection:
        wait_until(lambda: is_read(connection))
        service.kill("web")
        assert is_cut_off(connection)
    assert not Photo.objects.exists()
    service.start("web")
    assert person.upload(submission).ok
    assert person.upload(submission).ok  # and once more, as an impatient browser does
    service.start("worker", ENGINE="tests.faults.engines.QuickEngine")
    job = Job.objects.get()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


@pytest.mark.attack(
    "forty bodies, heads and connections that do not end, readers that do not read, against "
    "four threads",
    "no thread waits for a client",
)
def test_uploads_that_crawl_keep_nobody_waiting_and_arrive(
    service: Service, person: Person
) -> None:
    """Ten times as many as the web has threads; one that comes in chunks overtakes them all."""
    submission = uuid.uuid4()
    with contextlib.ExitStack() as stack:
        crawling = [stack.enter_context(person.half_an_upload(uuid.uuid4())) for _ in range(40)]
        files = {"photo": ("holiday.jpg", jpeg(), "image/jpeg")}
        data = person.fields(submission)
        request = person.session.prepare_request(
            requests.Request("POST", "http://a", None, files, data)
        )
        body: Any = request.body
        chunks = (body[start : start + 1000] for start in range(0, len(body), 1000))
        headers = {"Content-Type": request.headers["Content-Type"]}
        assert person.session.post(
            f"{service.address}/photos/", data=chunks, headers=headers, timeout=60
        ).ok
        crawling[-1].sendall(person.rest)
        assert crawling[-1].recv(12) == b"HTTP/1.1 302"
    assert Photo.objects.count() == 2


@pytest.mark.fault("web killed while a job runs", "the work goes on")
def test_the_work_goes_on_while_the_web_is_away(
    service: Service, person: Person, media: Path
) -> None:
    response = person.upload(uuid.uuid4())
    service.kill("web")
    service.start("worker", ENGINE="tests.faults.engines.QuickEngine")
    job = Job.objects.get()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)
    service.start("web")
    assert "Download MP4" in person.session.get(response.url).text


@pytest.mark.fault("broker away at the upload", "taken at once, sent later by the sweeper")
@pytest.mark.own_queue
def test_without_a_queue_uploads_are_taken_promptly_and_done_later(
    service: Service, person: Person, media: Path
) -> None:
    service.kill("queue")
    assert person.upload(uuid.uuid4()).ok  # which waits for no more than half a minute
    ready = person.session.get(f"{service.address}/readyz")
    assert ready.status_code == 200  # or the load balancer would take the whole site out
    service.start("queue", "sweeper")
    service.start("worker", ENGINE="tests.faults.engines.QuickEngine")
    job = Job.objects.get()
    wait_until(lambda: has_ended(job))
    assert_done_once(job, media)


class Stream:
    """A body of a known length that is never whole in memory."""

    def __init__(self, head: bytes, zeros: int, tail: bytes) -> None:
        self.head, self.zeros, self.tail = head, zeros, tail

    def __len__(self) -> int:
        return len(self.head) + self.zeros + len(self.tail)

    def __iter__(self) -> Iterator[bytes]:
        yield self.head
        for _ in range(self.zeros >> 20):
            yield bytes(1 << 20)
        yield self.tail


@pytest.mark.fault("upload far too large: 61 MB; 650 MB", "refused, memory under 300 MB")
@pytest.mark.parametrize("size", [61 * 2**20, 650 * 2**20])
def test_a_file_that_is_far_too_large_is_refused_without_filling_the_memory(
    service: Service, person: Person, size: int
) -> None:
    """Sent as a stream of zeros; beyond ten times the limit the connection may be cut."""
    fields = person.fields(uuid.uuid4())
    boundary = "part"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    tail = f"\r\n--{boundary}--\r\n"

    body = Stream(head.encode(), size, tail.encode())
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    try:
        response = person.session.post(
            f"{service.address}/photos/", data=body, headers=headers, timeout=60
        )
    except requests.ConnectionError:
        assert size > 600 * 2**20
    else:
        assert response.status_code == 413
        assert "too large" in response.text
    assert not Photo.objects.exists()
    assert memory_mb(service.children["web"].pid) < 300


def test_the_first_photo_finds_its_reader_running(service):
    service.start("web")
    web = psutil.Process(service.children["web"].pid)

    def readers() -> list[psutil.Process]:
        below = web.children(recursive=True)
        return [each for each in below if "amena.engine.confined.server" in each.cmdline()[-1]]

    wait_until(readers)


def memory_mb(pid: int) -> float:
    """Largest resident memory so far of the process and its children."""
    pids = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    peaks = [
        int(line.split()[1])
        for each in pids
        for line in Path(f"/proc/{each}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    return max(peaks) / 1024
