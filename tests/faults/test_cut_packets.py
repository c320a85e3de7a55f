"""The network drops every packet between a process and the database; nobody closes anything."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from django.db import connection

from tests.faults.link import Link
from tests.faults.observing import wait_until

CUT = pytest.mark.fault(
    "packets to the database are dropped, and nobody closes anything: before a question; while "
    "the answer is waited for",
    "an error after 20 s (`DATABASE_SILENT_SECONDS`), as if it had been closed (on networks of "
    "their own, as root)",
)

ROOT = Path(__file__).parent.parent.parent
CABLE = f"amena{os.getpid() % 100000}"
#: Of a network of four addresses, which suites beside this one do not have.
NETWORK = ip_address("10.203.0.0") + os.getpid() % 2**14 * 4
SERVER, CLIENT = str(NETWORK + 1), str(NETWORK + 2)
SILENT_SECONDS = 2

#: Connects once it is told to, and asks its question once it is told again.
PROCESS = """
import sys
sys.stdin.readline()
import django
django.setup()
from django.db import Error, connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 1")
    print("connected", flush=True)
    sys.stdin.readline()
    try:
        cursor.execute(sys.argv[1])
    except Error as error:
        print(type(error).__name__)
"""
SLEEP = "SELECT pg_sleep(120)"


def ip(*words: str, within: int | None = None) -> None:
    """Runs `ip`, in the network of the process `within` where that is given."""
    enter = ["nsenter", "--target", str(within), "--net"] if within else []
    subprocess.run([*enter, "ip", *words], capture_output=True, check=True)


def may_make_networks() -> bool:
    """Whether this test may do what it does."""
    if not all(shutil.which(name) for name in ("ip", "nsenter", "unshare")):
        return False
    probe = ["unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "two"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


pytestmark = [
    pytest.mark.service,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not may_make_networks(), reason="only root with iproute2 makes networks"),
]


@pytest.fixture
def asking() -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a process on a network of its own, whose one cable leads to the database."""
    where = connection.settings_dict
    ip("link", "add", CABLE, "type", "veth", "peer", "name", f"{CABLE}b")
    ip("address", "add", f"{SERVER}/30", "dev", CABLE)
    ip("link", "set", CABLE, "up")
    database = Link(Path(where["HOST"], ".s.PGSQL.5432"), SERVER)
    started: list[subprocess.Popen[str]] = []

    def start(question: str) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "SQS_QUEUE_URL": "none",
            "DATABASE_URL": f"postgresql://postgres@{SERVER}:{database.port}/{where['NAME']}",
            "DATABASE_SILENT_SECONDS": str(SILENT_SECONDS),
        }
        popen = subprocess.Popen(
            ["unshare", "--net", sys.executable, "-c", PROCESS, question],
            cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        started.append(popen)
        own = Path(f"/proc/{popen.pid}/ns/net")
        wait_until(lambda: own.readlink() != Path("/proc/self/ns/net").readlink())
        ip("link", "set", f"{CABLE}b", "netns", str(popen.pid))
        ip("address", "add", f"{CLIENT}/30", "dev", f"{CABLE}b", within=popen.pid)
        ip("link", "set", f"{CABLE}b", "up", within=popen.pid)
        tell(popen)
        assert popen.stdout
        assert popen.stdout.readline() == "connected\n"
        return popen

    yield start
    for popen in started:
        popen.kill()
        popen.communicate()
    database.cut()
    # It may have gone with the process's network.
    subprocess.run(["ip", "link", "delete", CABLE], capture_output=True, check=False)


def tell(popen: subprocess.Popen[str]) -> None:
    """Lets the process go on."""
    assert popen.stdin
    popen.stdin.write("\n")
    popen.stdin.flush()


def is_asked(question: str) -> bool:
    """The database works on that question."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query = %s", [question]
        )
        return cursor.fetchone() is not None


def assert_gives_up(popen: subprocess.Popen[str]) -> None:
    """Long before the kernel does by itself."""
    printed, _ = popen.communicate(timeout=60)
    assert printed == "OperationalError\n"


@CUT
def test_a_question_that_does_not_arrive_is_given_up(
    asking: Callable[[str], subprocess.Popen[str]],
) -> None:
    """The kernel sends it again and again for a quarter of an hour, unless it is told otherwise."""
    popen = asking("SELECT 2")
    ip("link", "set", CABLE, "down")
    tell(popen)
    assert_gives_up(popen)


@CUT
def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_the_server_lives(
    asking: Callable[[str], subprocess.Popen[str]],
) -> None:
    """Here nothing is sent: only keepalive packets show that nobody is there any more."""
    popen = asking(SLEEP)
    tell(popen)
    wait_until(lambda: is_asked(SLEEP))
    ip("link", "set", CABLE, "down")
    assert_gives_up(popen)


def test_a_slow_answer_of_a_living_server_is_waited_for(
    asking: Callable[[str], subprocess.Popen[str]],
) -> None:
    popen = asking(f"SELECT pg_sleep({SILENT_SECONDS + 1})")
    tell(popen)
    assert popen.communicate(timeout=60)[0] == ""
