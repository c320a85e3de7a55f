"""The command against a live server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from amena.client.__main__ import main
from amena.client.types import Photo
from amena.engine.catalogue import FILES, WIDE_GAMUT
from tests.fixtures.programs import LongPoll, token
from tests.jobs.services.test_depth_edits import picture as depth_picture

if TYPE_CHECKING:
    from pytest_django.live_server_helper import LiveServer

    from amena.accounts.models import User

pytestmark = pytest.mark.service


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, live_server: LiveServer, secret: str) -> None:
    monkeypatch.setenv("AMENA_URL", live_server.url)
    monkeypatch.setenv("AMENA_TOKEN", secret)


def test_the_command_uploads_waits_and_downloads(
    environment: None,
    photo_file: Path,
    tmp_path: Path,
    work: Callable[[], None],
    long_poll: LongPoll,
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
    long_poll: LongPoll,
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
    environment: None, user: User, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("AMENA_TOKEN", token(user, lifetime=timedelta(seconds=-1)))
    assert main(["me"]) == 1
    assert "expired or revoked" in capsys.readouterr().err
