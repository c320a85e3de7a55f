"""The client against a live server: the real protocol, real refusals, a real worker's results."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar
from zipfile import ZipFile

import pytest
import requests

from amena.client import AmenaError, Client, JobFailedError, NoAnswerError, RefusedError
from amena.client.__main__ import main
from amena.client.types import Job as ClientJob
from amena.client.types import Photo
from amena.client.webhooks import verify
from amena.engine.catalogue import FILES, WIDE_GAMUT
from tests.api.conftest import LongPoll, long_poll, token  # noqa: F401  fixtures
from tests.jobs.conftest import (  # noqa: F401  fixtures
    make_job,
    make_photo,
    media,
    sent,
    use_engine,
    user,
)
from tests.jobs.samples import jpeg
from tests.jobs.services.test_depth_edits import picture as depth_picture
from tests.receiver import receiving

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from amena.accounts.models import User

pytestmark = pytest.mark.service


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
    from tests.faults.observing import wait_until

    use_engine(QuickEngine)

    def run() -> None:
        queued = Job.objects.filter(state="queued")
        wait_until(queued.exists)
        for job in queued:
            running.run(job.public_id)

    return run


def test_from_a_photo_to_files(
    client: Client,
    photo_file: Path,
    tmp_path: Path,
    work: Callable[[], None],
    long_poll: LongPoll,  # noqa: F811
) -> None:
    photo = client.upload(photo_file, motion="swing", duration=4)
    assert (photo.name, photo.job.state, photo.result) == ("holiday.jpg", "queued", None)
    thread = long_poll.meanwhile(work)
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
    with ZipFile(client.archive(tmp_path / "all.zip", photo.id)) as archive:
        assert archive.read("holiday-video.mp4") == b"video.mp4 of swing"
    with pytest.raises(RefusedError):
        client.delete(photo.id, uuid.uuid4())
    client.delete(photo.id)
    assert list(client.photos()) == []


@pytest.fixture
def finished(client: Client, photo_file: Path, work: Callable[[], None]) -> Photo:
    """A photo with its 3D photo."""
    photo = client.upload(photo_file)
    work()
    return client.photo(photo.id)


def test_every_option_goes_with_an_upload(client: Client, photo_file: Path) -> None:
    frames = [{"t": 0, "x": -0.5}, {"t": 0.5, "x": 0.5}]
    photo = client.upload(
        photo_file, motion="keyframes", keyframes=frames, outputs=["gif", "webm"], vignette=0.5
    )
    told = photo.job.options
    assert [each["x"] for each in told["keyframes"]] == [-0.5, 0.5]
    assert (told["outputs"], told["vignette"]) == (["gif", "webm"], 0.5)


def test_further_files_are_exported_and_downloaded(
    client: Client, finished: Photo, tmp_path: Path, work: Callable[[], None]
) -> None:
    assert finished.result is not None
    job = client.export(finished.result.id, "gif", "facebook")
    assert (job.kind, job.source) == ("export", finished.result.id)
    work()
    job = client.wait(job, timeout=60)
    assert client.export(finished.result.id, "gif").id == job.id
    names = {client.download(each, tmp_path).name for each in job.artifacts}
    assert names == {"holiday-loop.gif", "holiday-photo.jpg", "holiday-photo_depth.jpg"}
    photo = client.photo(finished.id)
    assert [each.id for each in photo.exports] == [job.id]
    assert {"video", "gif", "facebook-depth"} <= set(photo.artifacts)


def test_depth_is_edited(
    client: Client, finished: Photo, tmp_path: Path, work: Callable[[], None]
) -> None:
    (tmp_path / "depth.png").write_bytes(depth_picture())
    job = client.edit_depth(finished.id, tmp_path / "depth.png", "brush", motion="swing")
    work()
    job = client.wait(job, timeout=60)
    (disparity,) = (each for each in job.artifacts if each.kind == "disparity")
    assert client.download(disparity, tmp_path / "out").read_text() == "brush, bright is near"
    with pytest.raises(RefusedError, match="mode"):
        client.edit_depth(finished.id, tmp_path / "depth.png", "erase")


def test_a_link_is_made_and_ended(client: Client, finished: Photo) -> None:
    share = client.share(finished.id)
    assert share.url == client.photo(finished.id).share_url == client.share(finished.id).url
    assert requests.get(share.url, timeout=60).status_code == 200
    client.unshare(finished.id)
    assert requests.get(share.url, timeout=60).status_code == 404
    assert client.photo(finished.id).share_url is None


def test_what_may_be_asked_for_is_listed(client: Client) -> None:
    options = {each.name: each for each in client.options()}
    assert (options["fps"].minimum, options["fps"].maximum) == (24, 60)
    assert "gif" in options["outputs"].choices
    assert {each.output for each in client.formats()} >= {None, "gif", "sbs-half"}


def test_webhooks_are_kept_and_followed(client: Client, settings: Any, finished: Photo) -> None:
    from amena.webhooks import delivering, events

    settings.OUTBOUND_LOOPBACK = True
    with receiving() as receiver:
        webhook = client.add_webhook(receiver.url)
        events.announce()
        ping = client.ping_webhook(webhook.id)
        while delivering.deliver_due():
            pass
        assert [each.event for each in client.deliveries(webhook.id)] == ["ping", "job.succeeded"]
        told = [verify(body, headers, webhook.secret) for *_, headers, body in receiver.requests]
        assert told[0].data["photo"] == str(finished.id)
        assert client.redeliver(ping).state == "pending"
        assert client.rotate_webhook(webhook.id).secret != webhook.secret
        assert client.enable_webhook(webhook.id).disabled_reason == ""
        (listed,) = client.webhooks()
        assert (listed.id, listed.secret) == (webhook.id, "")
        client.delete_webhook(webhook.id)
        assert list(client.webhooks()) == []
    with pytest.raises(RefusedError, match=r"url: The host 10\.0\.0\.1 is not on the public"):
        client.add_webhook("https://10.0.0.1/")


def test_a_photo_is_uploaded_by_its_address(client: Client, settings: Any) -> None:
    settings.OUTBOUND_LOOPBACK = True
    settings.UPLOAD_URL_HOSTS = ["127.0.0.1"]
    with receiving(content=jpeg()) as host:
        photo = client.upload_url(f"http://127.0.0.1:{host.port}/cat.jpg", motion="swing")
    assert (photo.name, photo.job.options) == ("cat.jpg", {"motion": "swing"})
    with pytest.raises(RefusedError) as caught:
        client.upload_url("https://elsewhere.example/cat.jpg")
    assert caught.value.code == "url_not_allowed"


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


def test_what_came_too_fast_is_asked_again_after_the_wait(
    client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amena.accounts.models import RateLimitBucket

    settings.API_READS_PER_MINUTE = 1
    waits: list[float] = []

    class Clock:
        @staticmethod
        def sleep(seconds: float) -> None:
            waits.append(seconds)
            RateLimitBucket.objects.all().delete()  # as if so much time had passed

    client.me()
    monkeypatch.setattr("amena.client.connection.time", Clock)
    client.me()
    (wait,) = waits
    assert 1 <= wait <= 60


def test_a_quota_is_not_waited_for(
    client: Client, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from amena.accounts.models import Quota

    Quota.objects.update(active_jobs=0)
    waits: list[float] = []
    monkeypatch.setattr("amena.client.connection.time", SimpleNamespace(sleep=waits.append))
    with pytest.raises(RefusedError) as caught:
        client.upload(photo_file)
    assert (caught.value.code, caught.value.retry_after) == ("quota_active_jobs", 30)
    assert waits == []


def test_without_a_token_one_is_told_where_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AMENA_TOKEN", raising=False)
    with pytest.raises(AmenaError, match=r"http://here/tokens/.*AMENA_TOKEN"):
        Client("http://here")


def test_a_service_that_is_not_there_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("amena.client.connection._RETRIES", 0)
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
    long_poll: LongPoll,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    thread = long_poll.meanwhile(work)
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
    assert "today    1 of 50\nchanges  1 of 300" in capsys.readouterr().out
    assert main(["motions"]) == 0
    assert "dolly-zoom" in capsys.readouterr().out.splitlines()
    assert main(["delete", photo_id]) == 0
    assert main(["download", photo_id]) == 1
    assert capsys.readouterr().err.startswith("amena: It may have been deleted")


def test_the_command_exports_shares_and_edits(
    environment: None,
    finished: Photo,
    tmp_path: Path,
    work: Callable[[], None],
    long_poll: LongPoll,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo_id, out = str(finished.id), str(tmp_path / "out")
    thread = long_poll.meanwhile(work)
    assert main(["export", photo_id, "gif", "sbs", "-o", out]) == 0
    thread.join()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "holiday-loop.gif", "holiday-sbs.mp4",
    ]  # fmt: skip
    assert main(["download", photo_id, "--kind", "gif", "-o", str(tmp_path / "one")]) == 0
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["holiday-loop.gif"]
    assert main(["download", photo_id, "-o", str(tmp_path / "all")]) == 0
    assert len(list((tmp_path / "all").iterdir())) == 7
    assert main(["download", photo_id, "--kind", "webm"]) == 1
    assert "has no webm" in capsys.readouterr().err
    assert main(["share", photo_id]) == 0
    assert "/s/" in capsys.readouterr().out
    assert main(["share", photo_id, "--revoke"]) == 0
    (tmp_path / "depth.png").write_bytes(depth_picture())
    assert main(["depth", photo_id, str(tmp_path / "depth.png"), "--mode", "brush"]) == 0
    (tmp_path / "keys.json").write_text('[{"t": 0, "x": -0.5}, {"t": 0.5, "x": 0.5}]')
    keys = ["--keyframes", str(tmp_path / "keys.json"), "--outputs", "gif,webp"]
    assert main(["restyle", photo_id, *keys]) == 0
    (tmp_path / "keys.json").write_text("[{")
    assert main(["restyle", photo_id, *keys]) == 1
    assert "cannot be read as JSON" in capsys.readouterr().err
    assert main(["options"]) == 0
    assert "0.002 to 0.1" in capsys.readouterr().out
    assert main(["outputs"]) == 0
    outputs = capsys.readouterr().out
    assert "image/gif" in outputs
    assert outputs.count("Display P3") == sum(len(FILES[name]) for name in WIDE_GAMUT)


def test_the_command_looks_after_webhooks(
    environment: None, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.OUTBOUND_LOOPBACK = True
    assert main(["webhook", "add", "http://127.0.0.1:9/", "--event", "job.failed"]) == 0
    webhook_id, secret = capsys.readouterr().out.split()
    assert main(["webhook", "rotate", webhook_id]) == 0
    assert capsys.readouterr().out.strip() not in ("", secret)
    for action in ("ping", "enable", "log", "list"):
        assert main(["webhook", action, *([webhook_id] if action != "list" else [])]) == 0
    printed = capsys.readouterr().out
    assert "not sent yet" in printed
    assert "in use    http://127.0.0.1:9/" in printed
    assert main(["webhook", "delete", webhook_id]) == 0
    assert main(["webhook", "ping", webhook_id]) == 1


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
