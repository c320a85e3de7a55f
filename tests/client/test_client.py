"""The client against a live server: the real protocol, real refusals, a real worker's results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.db import connection

from amena.client import AmenaError, Client, JobFailedError, NoAnswerError, RefusedError
from amena.client.__main__ import main
from amena.client.types import Job as ClientJob
from tests.api.conftest import token
from tests.jobs.conftest import (  # noqa: F401  fixtures
    make_job,
    make_photo,
    media,
    sent,
    use_engine,
    user,
)
from tests.jobs.samples import jpeg

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from amena.accounts.models import User


@pytest.fixture(autouse=True)
def ended_connections() -> Iterator[None]:
    """The live server's threads end, and give their database back, once the clients have gone."""
    yield
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)


@pytest.fixture
def secret(transactional_db: None, user: User, sent: list[str]) -> str:  # noqa: F811
    from amena.accounts.models import Quota

    Quota.objects.filter(user=user).update(active_jobs=100)
    return token(user)


@pytest.fixture
def client(secret: str, live_server: LiveServer) -> Iterator[Client]:
    with Client(live_server.url, secret) as client:
        yield client


@pytest.fixture
def photo_file(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(jpeg())
    return path


@pytest.fixture
def work(use_engine: Any) -> Callable[[], None]:  # noqa: F811
    """Does what is queued, as a worker would; waits for the first."""
    from amena.jobs.models import Job
    from amena.jobs.services import running
    from tests.faults.engines import QuickEngine

    use_engine(QuickEngine)

    def run() -> None:
        queued = Job.objects.filter(state="queued")
        deadline = time.monotonic() + 60
        while not queued.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        for job in queued:
            running.run(job.public_id)

    return run


def in_a_while(action: Callable[[], Any]) -> threading.Thread:
    def run() -> None:
        time.sleep(1)
        action()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_from_a_photo_to_files(
    client: Client, photo_file: Path, tmp_path: Path, work: Callable[[], None]
) -> None:
    photo = client.upload(photo_file, motion="swing", duration=4)
    assert (photo.name, photo.job.state, photo.result) == ("holiday.jpg", "queued", None)
    thread = in_a_while(work)
    seen: list[ClientJob] = []
    job = client.wait(photo.job, seen.append, timeout=60)
    thread.join()
    assert job.state == "succeeded"
    assert seen[-1] == job
    names = {client.download(each, tmp_path / "out").name for each in job.artifacts}
    assert names == {
        "holiday-video.mp4", "holiday-poster.jpg", "holiday-scene.glb",
        "holiday-disparity.png", "holiday-report.json",
    }  # fmt: skip
    assert (tmp_path / "out/holiday-video.mp4").read_text() == "video.mp4 of swing"
    assert not list(tmp_path.glob("out/*.part"))
    again = client.restyle(photo.id, motion="zoom-in")
    assert again.options == {"motion": "zoom-in"}
    assert [each.id for each in client.jobs(kind="restyle")] == [again.id]
    found = client.photo(photo.id)
    assert (found.job.id, found.result and found.result.id) == (again.id, job.id)
    client.delete(photo.id)
    assert list(client.photos()) == []


def test_lists_go_over_all_pages(client: Client, make_job: Callable[..., Any]) -> None:  # noqa: F811
    ids = [make_job().photo.public_id for _ in range(30)]
    assert [photo.id for photo in client.photos()] == ids[::-1]


def test_a_refusal_has_code_and_reason(client: Client, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no photo")
    with pytest.raises(RefusedError, match="photo: This is not a picture") as caught:
        client.upload(tmp_path / "note.txt")
    assert (caught.value.code, caught.value.status) == ("invalid", 400)


def test_a_failed_job_is_an_error_with_its_reason(
    client: Client,
    make_job: Callable[..., Any],  # noqa: F811
) -> None:
    from amena.jobs.models import State

    failed, queued = make_job(State.FAILED), make_job()
    with pytest.raises(JobFailedError, match="It is broken") as caught:
        client.wait(client.job(failed.public_id))
    assert caught.value.code == "broken"
    with pytest.raises(TimeoutError, match="still queued"):
        client.wait(client.job(queued.public_id), timeout=1)
    assert client.cancel(queued.public_id).state == "cancelled"
    with pytest.raises(JobFailedError, match="cancelled"):
        client.wait(client.job(queued.public_id))
    assert client.retry(queued.public_id).state == "queued"


def test_what_came_too_fast_is_asked_again_when_the_minute_turns(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_READS_PER_MINUTE = 1
    waits: list[float] = []

    class Clock:
        @staticmethod
        def sleep(seconds: float) -> None:
            waits.append(seconds)
            settings.API_READS_PER_MINUTE = 100

    client.me()
    monkeypatch.setattr("amena.client.client.time", Clock)
    client.me()
    assert all(1 <= seconds <= 60 for seconds in waits)
    assert len(waits) <= 1  # none where the minute turned just now


def test_a_quota_is_not_waited_for(client: Client, photo_file: Path) -> None:
    from amena.accounts.models import Quota

    Quota.objects.update(active_jobs=0)
    began = time.monotonic()
    with pytest.raises(RefusedError) as caught:
        client.upload(photo_file)
    assert (caught.value.code, caught.value.retry_after) == ("quota_active_jobs", 30)
    assert time.monotonic() - began < 20


def test_without_a_token_one_is_told_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMENA_TOKEN", raising=False)
    with pytest.raises(AmenaError, match=r"http://here/tokens/.*AMENA_TOKEN"):
        Client("http://here")


def test_a_service_that_is_not_there_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amena.client.client._RETRIES", 0)
    with (
        Client("http://127.0.0.1:9", "amena_x") as client,
        pytest.raises(NoAnswerError, match=r"http://127\.0\.0\.1:9 does not answer"),
    ):
        client.me()


class Restarting(BaseHTTPRequestHandler):
    """Answers 503 first, as a proxy does while the service restarts."""

    keys: ClassVar[list[str | None]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.keys.append(self.headers["Idempotency-Key"])
        self.send_response(503 if len(self.keys) == 1 else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: Any) -> None:
        pass


def test_a_request_is_sent_again_under_its_key_and_another_server_is_not_taken_for_amena(
    photo_file: Path,
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Restarting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with (
            Client(f"http://127.0.0.1:{server.server_port}", "amena_x") as client,
            pytest.raises(NoAnswerError, match="not as Amena does"),
        ):
            client.upload(photo_file)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert len(Restarting.keys) == 2
    assert len(set(Restarting.keys)) == 1


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, live_server: LiveServer, secret: str) -> None:
    monkeypatch.setenv("AMENA_URL", live_server.url)
    monkeypatch.setenv("AMENA_TOKEN", secret)


def test_the_command_uploads_waits_and_downloads(
    environment: None,
    photo_file: Path,
    tmp_path: Path,
    work: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    thread = in_a_while(work)
    out = tmp_path / "out"
    assert main(["upload", str(photo_file), "--motion", "swing", "--wait", "-o", str(out)]) == 0
    thread.join()
    assert (out / "holiday-video.mp4").read_text() == "video.mp4 of swing"
    printed = capsys.readouterr().out
    photo_id = printed.split()[0]
    assert str(out / "holiday-video.mp4") in printed
    assert main(["list"]) == 0
    assert "succeeded  holiday.jpg" in capsys.readouterr().out
    assert main(["download", photo_id, "-o", str(tmp_path / "again")]) == 0
    assert len(list((tmp_path / "again").iterdir())) == 5
    assert main(["restyle", photo_id, "--motion", "zoom-in"]) == 0
    assert main(["me"]) == 0
    assert "today    2 of 50" in capsys.readouterr().out
    assert main(["motions"]) == 0
    assert "dolly-zoom" in capsys.readouterr().out.splitlines()
    assert main(["delete", photo_id]) == 0
    assert main(["download", photo_id]) == 1
    assert capsys.readouterr().err.startswith("amena: It may have been deleted")


def test_the_command_says_what_is_wrong_in_one_line(
    environment: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["upload", str(tmp_path / "missing.jpg")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as caught:
        main(["upload"])
    assert caught.value.code == 2


def test_an_expired_token_is_said(
    environment: None, user: User, monkeypatch: pytest.MonkeyPatch,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("AMENA_TOKEN", token(user, lifetime=timedelta(seconds=-1)))
    assert main(["me"]) == 1
    assert "expired or revoked" in capsys.readouterr().err
