"""Clients that send or read as slowly as they like, against gunicorn with our worker.

gunicorn's own threads are all taken by so many of them: `GUNICORN_CMD_ARGS="-k gthread"`.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from django.conf import settings

from amena import buffered_worker
from amena.local.process import Child, Program, answers, free_port

SLOW = pytest.mark.attack(
    "forty bodies, heads and connections that do not end, readers that do not read, against "
    "four threads",
    "no thread waits for a client",
)
ROOM = pytest.mark.attack(
    "a made-up cookie and photos that never end, from one address",
    "that address is told to wait; photos of others are taken",
)
LARGE = pytest.mark.attack(
    "a body of megabytes from nobody; one of gigabytes; chunks of a byte each",
    "dropped as it comes; not received; 400",
)

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent
MANY = 40


class Server:
    """gunicorn with four threads."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        command = (
            *(sys.executable, "-m", "gunicorn", "tests.plain_application"),
            *("--bind", f"127.0.0.1:{self.port}", "--threads", "4", "--no-control-socket"),
            *("--chdir", str(ROOT), "--config", str(ROOT / "gunicorn.conf.py")),
        )
        environment = os.environ | {"SQS_QUEUE_URL": "none", "TMPDIR": str(folder)}
        log = folder / "web.log"
        self.child = Child(
            Program("web", command, log, environment, ready=lambda: answers(self.port))
        )

    def connect(self, *lines: str, body: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        """A connection on which a request's head and the beginning of its body are sent."""
        made = socket.create_connection(("127.0.0.1", self.port), 60, source_address=(source, 0))
        if lines:
            made.sendall("\r\n".join([*lines, "Host: a", "", ""]).encode() + body)
        return made

    def assert_answers(self) -> None:
        """Somebody else is served."""
        address = f"http://127.0.0.1:{self.port}/"
        assert requests.post(address, data=b"hello", timeout=60).text == "5 "

    def temporary_bytes(self) -> int:
        """Of the files that its processes have open, deleted ones too."""
        total = 0
        pid = self.child.pid
        for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            for file in Path(f"/proc/{each}/fd").iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if file.readlink().suffix == "" and "(deleted)" in str(file.readlink()):
                        total += file.stat().st_size
        return total


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("web"))
    made.child.wait_ready(60)
    made.assert_answers()
    yield made
    made.child.kill()


@pytest.fixture
def opened() -> Iterator[contextlib.ExitStack]:
    """What is entered in it is closed at the end."""
    with contextlib.ExitStack() as stack:
        yield stack


COOKIE = f"Cookie: {settings.SESSION_COOKIE_NAME}=anything"


@SLOW
@pytest.mark.parametrize("who", ["X-Nobody: 1", COOKIE, "Authorization: Bearer anything"])
def test_bodies_that_do_not_end_hold_no_thread(
    server: Server, opened: contextlib.ExitStack, who: str
) -> None:
    for _ in range(MANY):
        opened.enter_context(
            server.connect("POST / HTTP/1.1", "Content-Length: 99", who, body=b"a")
        )
    server.assert_answers()


@SLOW
def test_heads_that_do_not_end_hold_no_thread(server: Server, opened: contextlib.ExitStack) -> None:
    for _ in range(MANY):
        opened.enter_context(server.connect()).sendall(b"GET / HTTP/1.1\r\nHost")
    server.assert_answers()


@SLOW
def test_connections_that_say_nothing_hold_no_thread(
    server: Server, opened: contextlib.ExitStack
) -> None:
    for _ in range(5 * MANY):
        opened.enter_context(server.connect())
    server.assert_answers()


@SLOW
def test_who_does_not_read_holds_no_thread(server: Server, opened: contextlib.ExitStack) -> None:
    """Of an answer that no socket's buffers hold."""
    for _ in range(8):
        one = opened.enter_context(socket.socket())
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        one.connect(("127.0.0.1", server.port))
        one.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    server.assert_answers()


@LARGE
@pytest.mark.parametrize(
    ("who", "size", "answer"),
    [
        ("X-Nobody: 1", buffered_worker.ANYBODY, f"{buffered_worker.ANYBODY} "),
        ("X-Nobody: 1", buffered_worker.ANYBODY + 1, "0 too large"),
        (COOKIE, 5 << 20, f"{5 << 20} "),
        (COOKIE, settings.UPLOAD_MAX_BYTES + (2 << 20), "0 too large"),
    ],
)
def test_large_bodies_are_kept_for_those_alone_who_show_who_they_are(
    server: Server, opened: contextlib.ExitStack, who: str, size: int, answer: str
) -> None:
    """What is not kept is received all the same, for a browser then shows our answer."""
    body = bytes(size - 1)
    one = opened.enter_context(
        server.connect("POST / HTTP/1.1", f"Content-Length: {size}", who, body=body)
    )
    server.assert_answers()
    read = b""
    if answer.startswith("0"):
        assert server.temporary_bytes() == 0
    one.sendall(b"\0")
    while not read.endswith(answer.encode()):
        read += one.recv(1000)


@LARGE
def test_a_body_far_beyond_the_limit_is_not_even_read(
    server: Server, opened: contextlib.ExitStack
) -> None:
    size = 11 * settings.UPLOAD_MAX_BYTES
    one = opened.enter_context(server.connect("POST / HTTP/1.1", f"Content-Length: {size}", COOKIE))
    read = b""
    while piece := one.recv(1000):  # until the server hangs up
        read += piece
    assert read.endswith(b"0 too large")


def test_a_body_in_chunks_arrives_as_a_whole(server: Server) -> None:
    pieces = (bytes(1000) for _ in range(50))
    address = f"http://127.0.0.1:{server.port}/"
    assert requests.post(address, data=pieces, timeout=60).text == "50000 "


@LARGE
def test_chunks_of_a_byte_each_are_refused(server: Server, opened: contextlib.ExitStack) -> None:
    one = opened.enter_context(server.connect("POST / HTTP/1.1", "Transfer-Encoding: chunked"))
    with contextlib.suppress(OSError):
        for _ in range(100):
            one.sendall(b"1\r\na\r\n" * 10_000)
            if select.select([one], [], [], 0)[0]:
                break
    with contextlib.suppress(OSError):  # it may be reset before it is read
        assert one.recv(12) in (b"HTTP/1.1 400", b"")
    assert select.select([one], [], [], 60)[0], "It was taken."


POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
#: What must never be answered as a request of its own: a proxy may have sent it as a body.
HIDDEN = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(HIDDEN)
AMBIGUOUS = {
    "chunks and a length": POST + LENGTH + CHUNKED + b"\r\n0\r\n\r\n",
    "a length and chunks": POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 0\r\n" + LENGTH + b"\r\n",
    "two lengths, the other way round": POST + LENGTH + b"Content-Length: 0\r\n\r\n",
    "a list of lengths": POST + b"Content-Length: 0, 36\r\n\r\n",
    "a length with a sign": POST + b"Content-Length: +36\r\n\r\n",
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length in sixteens": POST + b"Content-Length: 0x24\r\n\r\n",
    "a length as Python writes it": POST + b"Content-Length: 3_6\r\n\r\n",
    "a length of nothing": POST + b"Content-Length: \r\n\r\n",
    "room before the colon": POST + b"Content-Length : 36\r\n\r\n",
    "room before the other colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "an encoding behind a control character": POST
    + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "an encoding that is none": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "an encoding that was abolished": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "encodings in each other": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an encoding twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "an encoding in the next line": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a header that goes on": POST + b"X: a\r\n\tContent-Length: 36\r\n\r\n",
    "chunks of an older HTTP": b"POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n"
    + CHUNKED
    + b"\r\n0\r\n\r\n",
    "lines without returns": b"POST / HTTP/1.1\nHost: a\nContent-Length: 0\n\n",
    "a line feed in a header": POST + b"X: a\nContent-Length: 36\r\n\r\n",
    "a return in a header": POST + b"X: a\rContent-Length: 36\r\n\r\n",
    "a zero in a header": POST + b"X: a\0b\r\n\r\n",
    "a chunk with a sign": POST + CHUNKED + b"\r\n+0\r\n\r\n",
    "a chunk in sixteens twice": POST + CHUNKED + b"\r\n0x0\r\n\r\n",
    "a chunk with room behind": POST + CHUNKED + b"\r\n0 \r\n\r\n",
    "a chunk that is longer": POST + CHUNKED + b"\r\n5\r\nhelloXX0\r\n\r\n",
    "a chunk with words and a line feed": POST + CHUNKED + b"\r\n0;a\n\r\n\r\n",
    "a chunk with a line feed": POST + CHUNKED + b"\r\n0\n\r\n\r\n",
    "two hosts": b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a head that begins with room": b"POST / HTTP/1.1\r\n X: a\r\nHost: a\r\n\r\n",
}


@pytest.mark.attack(
    "requests that a proxy and the server may cut in two ways (request smuggling), or take for two "
    "hosts (a length beside chunks, folded headers, a line feed before a chunk and two hosts were "
    "taken before)",
    "400 or 501, and the connection is closed, so that nothing behind is a request",
)
@pytest.mark.parametrize("kind", AMBIGUOUS)
def test_what_can_be_cut_in_two_ways_is_refused_with_all_that_follows(
    server: Server, opened: contextlib.ExitStack, kind: str
) -> None:
    connection = opened.enter_context(server.connect())
    connection.settimeout(20)
    connection.sendall(AMBIGUOUS[kind] + HIDDEN)
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while more := connection.recv(1 << 16):
            answer += more
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 501 ", b"HTTP/1.0 400 "))
    assert answer.count(b"HTTP/1.") == 1
    assert len(answer) < 2000


def test_plain_requests_follow_each_other_on_one_connection(
    server: Server, opened: contextlib.ExitStack
) -> None:
    """The test of the test above."""
    plain = (
        POST + CHUNKED + b"\r\n5;name=value\r\nhello\r\n0\r\n\r\n"
        + POST + b"Content-Length: 5\r\n\r\nhello"
        + POST.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) + b"\r\n"
    )  # fmt: skip
    connection = opened.enter_context(server.connect())
    connection.settimeout(20)
    connection.sendall(plain)
    answer = b""
    while more := connection.recv(1 << 16):
        answer += more
    assert answer.count(b"HTTP/1.1 200 OK") == 3


@ROOM
def test_what_all_bodies_hold_is_bounded_and_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two thirds are full already, by one network each; each of these comes from another one."""
    most = buffered_worker.MOST_OF_ONE
    full = Counter({"a": most, "b": most, "c": most - (3 << 19)})
    monkeypatch.setattr(buffered_worker.Body, "kept", full.copy())
    bodies = [buffered_worker.Body(1 << 40, network) for network in "def"]
    for body in bodies:
        body.append(bytes(1 << 19))
        body.append(bytes(1 << 19))
    assert [body.refused for body in bodies] == ["", "busy", "busy"]
    for body in bodies:
        body.close()
        body.close()
    assert buffered_worker.Body.kept == full


@ROOM
def test_one_network_cannot_fill_the_room_of_all(
    server: Server, opened: contextlib.ExitStack
) -> None:
    """Whoever makes up a cookie may send photos without end, and others’ are taken all the same."""
    size = settings.UPLOAD_MAX_BYTES
    head = ("POST / HTTP/1.1", f"Content-Length: {size}", COOKIE)
    for _ in range(buffered_worker.MOST_OF_ONE // size):
        opened.enter_context(server.connect(*head, body=bytes(size - 1)))

    def answer(address: str) -> bytes:
        with server.connect(*head, body=bytes(size), source=address) as one:
            read = b""
            while b"\r\n\r\n" not in read or read.endswith(b"\r\n\r\n"):
                read += (part := one.recv(1000))
                assert part, read
            return read.rpartition(b"\r\n")[2]

    assert answer("127.0.0.1") == b"0 busy"
    assert answer("127.0.0.2") == f"{size} ".encode()


@SLOW
def test_a_request_slower_than_any_telephone_is_cut_off() -> None:
    """By the rule; nobody waits for it here."""
    from waitress.adjustments import Adjustments

    request = buffered_worker.Parser(Adjustments())
    request.received(b"POST / HTTP/1.1\r\nHost: a\r\n")
    assert not request.is_too_slow(request.began + 19)
    assert request.is_too_slow(request.began + 21)
    request.received(b"Content-Length: 60000\r\n\r\n")
    request.received(bytes(40960))
    assert not request.is_too_slow(request.began + 89)
    assert request.is_too_slow(request.began + 91)


def test_a_server_told_to_stop_takes_what_has_begun_to_its_end(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.child.wait_ready(60)
    server.assert_answers()
    with (
        server.connect() as idle,
        server.connect("POST / HTTP/1.1", "Content-Length: 2", body=b"a") as one,
    ):
        server.assert_answers()  # so both are known to the server
        os.kill(server.child.pid, signal.SIGTERM)
        assert idle.recv(1) == b""  # closed by the server
        while answers(server.port):
            time.sleep(0.05)
        one.sendall(b"b")
        answer = b""
        while not answer.endswith(b"2 "):  # head and body may come apart
            answer += (part := one.recv(1000))
            assert part, answer
    assert server.child.wait(60) == 0


@pytest.mark.attack(
    "a web process killed with a photo in hand", "gunicorn, or the next one, removes its folder"
)
def test_a_photo_in_the_hand_of_a_killed_process_is_removed(tmp_path: Path) -> None:
    server = Server(tmp_path)
    server.child.wait_ready(60)
    server.assert_answers()  # there is a process
    pid = server.child.pid
    (folder,) = tmp_path.glob(f"amena-web-{pid}-*/uploads-*")
    (folder / "photo.upload").write_bytes(b"somebody's photo")
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(child), signal.SIGKILL)
    while folder.exists():  # until gunicorn has noticed
        time.sleep(0.05)
    server.assert_answers()
    server.child.kill()
    assert list(tmp_path.glob("amena-web-*"))
    successor = Server(tmp_path)  # finds what the whole server has left when it was killed
    successor.child.wait_ready(60)
    successor.assert_answers()
    assert not list(tmp_path.glob(f"amena-web-{pid}-*"))
    successor.child.kill()
