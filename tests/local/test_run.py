"""`make run`'s program as a whole: real servers, real processes, real signals."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import psutil
import psycopg
import pytest

from amena.local.postgres import database_url
from amena.local.process import free_port
from tests.local.test_supervisor import wait_for

pytestmark = pytest.mark.service

ROOT = Path(__file__).parent.parent.parent


class Run:
    """`python -m amena.local`, and what it prints."""

    def __init__(self, var, port=None, **settings):
        # As from a terminal: nothing of what the tests' own Django is told.
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment["ENGINE"] = "tests.faults.engines.QuickEngine"
        environment |= settings
        self.var, self.port = var, port or free_port()
        self.output = var.with_name(f"{var.name}-{self.port}-output")
        with self.output.open("w") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "amena.local", "--port", str(self.port), "--var", str(var)],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self):
        return self.output.read_text()

    @property
    def database(self):
        return database_url(self.var / "postgres")

    def wait_until_up(self):
        wait_for(lambda: "Amena runs at" in self.printed or self.popen.poll() is not None, 120)
        assert f"Amena runs at http://localhost:{self.port}" in self.printed, self.printed
        return self

    def get(self, path):
        with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=60) as answer:
            return answer.status

    def listens_to(self):
        """The addresses on which any of its processes takes connections."""
        me, found = psutil.Process(self.popen.pid), set()
        for each in (me, *me.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):  # some live for a moment alone
                found |= {s.laddr.ip for s in each.net_connections("tcp") if s.status == "LISTEN"}
        return found

    def status_as(self, host):
        """What the first page answers under another name."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", "/", headers={"Host": host})
            return connection.getresponse().status

    def child(self, *words):
        """The direct child whose command line holds these words."""
        (found,) = [
            child
            for child in psutil.Process(self.popen.pid).children()
            if set(words) <= set(child.cmdline())
        ]
        return found


@pytest.fixture
def start():
    """Starts runs on one data folder and ends them with the test.

    The folder has a short name: the path of a socket in it may have a hundred characters.
    """
    runs = []
    folder = tempfile.mkdtemp(prefix="run-")

    def make(**kwargs):
        runs.append(Run(Path(folder, "var"), **kwargs))
        return runs[-1]

    yield make
    for run in runs:
        run.popen.kill()
        run.popen.wait()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.attack(
    "neighbours in the network, and a site whose name leads to this machine (DNS rebinding), while "
    "`make run` lets everybody sign in by an address",
    "nothing listens but to this machine; 400",
)
def test_it_runs_restarts_what_dies_and_leaves_nothing_behind(start):
    run = start().wait_until_up()
    assert run.get("/healthz") == 200
    assert run.get("/readyz") == 200
    assert run.listens_to() == {"127.0.0.1"}
    assert run.status_as("evil.example") == run.status_as(f"evil.example:{run.port}") == 400

    second = start()
    assert second.popen.wait(120) == 0
    assert f"already running at http://localhost:{run.port}" in second.printed

    killed = [run.child("gunicorn"), run.child("celery"), run.child("amena.local.aws")]
    for process in killed:
        process.kill()
    wait_for(lambda: run.printed.count("is started again") >= 3, 120)
    wait_for(lambda: answers_ready(run), 120)

    everything = psutil.Process(run.popen.pid).children(recursive=True)
    assert len(everything) >= 8
    run.popen.send_signal(signal.SIGTERM)
    assert run.popen.wait(120) == 0
    assert run.printed.endswith("Stopped.\n")
    assert not [process for process in everything if process.is_running()]


def test_it_says_that_it_runs_once_a_photo_need_not_wait_for_the_engine(start):
    run = start(ENGINE="tests.faults.engines.LargeEngine").wait_until_up()
    assert "The engine is ready." in (run.var / "log" / "worker.log").read_text()


def test_it_runs_with_an_engine_that_cannot_start(start):
    """The pages of all that was made before are there, and the log says what is wrong."""
    run = start(ENGINE="tests.faults.engines.MissingEngine").wait_until_up()
    assert "The engine cannot start:" in (run.var / "log" / "worker.log").read_text()


def answers_ready(run):
    try:
        return run.get("/readyz") == 200
    except OSError:
        return False


#: Somebody who has asked for emails has waited for a photo.
EMAIL_IS_DUE = """
WITH person AS (
  INSERT INTO accounts_user
    (password, is_superuser, public_id, email, name, is_staff, is_active, date_joined)
  VALUES ('', false, gen_random_uuid(), 'ada@example.com', '', false, true, now())
  RETURNING id
), subscription AS (
  INSERT INTO notifications_emailsubscription (user_id, attempts, created_at)
  SELECT id, 0, now() - interval '2 hours' FROM person
), photo AS (
  INSERT INTO jobs_photo
    (public_id, owner_id, submission, name, format, width, height, size, created_at)
  SELECT gen_random_uuid(), id, gen_random_uuid(), 'holiday.jpg', 'JPEG', 96, 72, 1, now()
  FROM person RETURNING id
)
INSERT INTO jobs_job
  (public_id, photo_id, kind, options, state, stage, progress, attempts, attempts_left, error_code,
   error_message, cancel_requested, dispatch_at, created_at, ordered_at, finished_at, email_due)
SELECT gen_random_uuid(), id, 'create', '{}', 'succeeded', '', 100, 1, 2, '',
  '', false, now(), now(), now() - interval '1 hour', now() - interval '1 minute', true
FROM photo
"""


def test_emails_are_printed_and_data_survive_even_a_kill_of_the_supervisor(start):
    run = start().wait_until_up()
    with psycopg.connect(run.database) as connection:
        connection.execute("CREATE TABLE note AS SELECT 'kept' AS text")
        connection.execute(EMAIL_IS_DUE)
    wait_for(lambda: "To: ada@example.com" in run.printed, 120)
    assert "From: Amena <amena@localhost.localdomain>" in run.printed
    key = (run.var / "secret_key").read_text()
    everything = psutil.Process(run.popen.pid).children(recursive=True)

    run.popen.kill()
    again = start().wait_until_up()

    with psycopg.connect(again.database) as connection:
        assert connection.execute("SELECT text FROM note").fetchone() == ("kept",)
    assert (run.var / "secret_key").read_text() == key
    wait_for(lambda: not [process for process in everything if process.is_running()], 120)


def test_a_port_in_use_is_named_with_a_way_out(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = start(port=port)
        assert run.popen.wait(120) == 1

    assert run.printed == (
        f"Port {port} is in use by another program. Take another one: PORT={port + 1} make run\n"
    )


def test_what_is_no_port_is_refused_in_one_line(start):
    run = start(port="eighty")

    assert run.popen.wait(120) == 2
    assert run.printed.splitlines()[-1].endswith(
        "“eighty” is no port: give a number from 1 to 65535"
    )


def test_a_depth_model_is_looked_for_before_anything_starts(start, tmp_path):
    """As `make run DEPTH=…` has it: fetched from a hub, or said in one line why it is not."""
    from tests.engine import depth_models, hub_server

    depth_models.depth_anything(tmp_path / "tiny")
    (tmp_path / "tiny" / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    home = {"HF_HOME": str(tmp_path / "cache"), "DEPTH_MODELS": str(tmp_path / "models")}
    nowhere = f"http://127.0.0.1:{free_port()}"
    name = "huggingface:someone/tiny"
    run = start(DEPTH_ESTIMATOR=name, HF_ENDPOINT=nowhere, **home)
    assert run.popen.wait(120) == 1
    assert "The depth model “someone/tiny” cannot be fetched from the hub" in run.printed
    assert "Traceback" not in run.printed and "Starting Amena" not in run.printed

    with hub_server.running() as hub:
        hub.models["someone/tiny"] = tmp_path / "tiny"
        run = start(DEPTH_ESTIMATOR=name, HF_ENDPOINT=hub.address, **home).wait_until_up()
    assert f"Looking for the depth model {name}" in run.printed
    assert any("model.safetensors" in path for path in hub.asked)
    assert run.get("/readyz") == 200
