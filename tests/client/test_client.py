"""The client against a live server: the real protocol, real refusals, a real worker's results."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar
from zipfile import ZipFile

import pytest
import requests

from amena.client import AmenaError, Client, JobFailedError, NoAnswerError, RefusedError
from amena.client.types import Job as ClientJob
from amena.client.types import Photo
from amena.client.webhooks import verify
from tests.fixtures.programs import LongPoll
from tests.jobs.samples import jpeg
from tests.jobs.services.test_depth_edits import picture as depth_picture
from tests.receiver import receiving

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.service


def test_from_a_photo_to_files(
    client: Client,
    photo_file: Path,
    tmp_path: Path,
    work: Callable[[], None],
    long_poll: LongPoll,
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


def test_lists_go_over_all_pages(client: Client, make_job: Callable[..., Any]) -> None:
    ids = [make_job().photo.public_id for _ in range(30)]
    assert [photo.id for photo in client.photos()] == ids[::-1]


def test_a_refusal_has_code_and_reason(client: Client, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("no photo")
    with pytest.raises(RefusedError, match="photo: This is not a picture") as caught:
        client.upload(tmp_path / "note.txt")
    assert (caught.value.code, caught.value.status) == ("invalid", 400)


def test_a_failed_job_is_an_error_with_its_reason(
    client: Client,
    make_job: Callable[..., Any],
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
