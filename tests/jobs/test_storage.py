"""The same rules on a disk and in a bucket over the real S3 protocol."""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from celery.exceptions import SoftTimeLimitExceeded
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from amena.accounts.models import User
from amena.jobs import storage
from amena.jobs.models import Artifact, Job, State
from amena.local.aws import BUCKET, AwsServer


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.service)])
def backend(request: pytest.FixtureRequest, settings: Any) -> str:
    """Each test runs on both storages."""
    if request.param == "s3":
        use_bucket(settings, request.getfixturevalue("aws_server"))
    return request.param


def use_bucket(settings: Any, server: AwsServer) -> None:
    """Points Django's storage at the server's bucket, with the options of the real settings."""
    from amena.settings import _FILE_STORAGES

    options = _FILE_STORAGES["s3"]["OPTIONS"] | {
        "endpoint_url": server.endpoint_url,
        "bucket_name": BUCKET,
    }
    settings.STORAGE = "s3"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": _FILE_STORAGES["s3"]["BACKEND"], "OPTIONS": options},
    }


def keys(prefix: str) -> list[str]:
    folders, files = default_storage.listdir(prefix)
    inside = [key for folder in folders if folder for key in keys(f"{prefix}/{folder}")]
    return sorted([f"{prefix}/{name}" for name in files] + inside)


def test_a_file_comes_back_as_it_went(backend: str, tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(range(256)) * 9000)
    storage.save_path("photos/p/original", source)
    storage.fetch("photos/p/original", target)
    assert target.read_bytes() == source.read_bytes()


def some_files(folder: Path, count: int) -> dict[str, Path]:
    """Files with their names inside, by keys."""
    files = {f"photos/p/{n:02}": folder / f"{n:02}" for n in range(count)}
    for path in files.values():
        path.write_text(path.name)
    return files


def test_several_files_go_at_once(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, both = storage.save_path, threading.Barrier(2, timeout=60)

    def save_beside_another(key: str, path: Path) -> None:
        both.wait()
        save(key, path)

    monkeypatch.setattr(storage, "save_path", save_beside_another)
    files = some_files(tmp_path, 12)
    storage.save_paths(files)
    assert {key: storage.read(key).decode() for key in keys("photos")} == {
        key: path.name for key, path in files.items()
    }


def test_several_files_come_at_once_and_whole(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = some_files(tmp_path, 6)
    storage.save_paths(files)
    fetch, both = storage.fetch, threading.Barrier(2, timeout=60)

    def fetch_beside_another(key: str, path: Path, size: int | None) -> None:
        both.wait()
        fetch(key, path, size)

    got = tmp_path / "got"
    got.mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(storage, "fetch", fetch_beside_another)
        storage.fetch_several((key, got / path.name, 2) for key, path in files.items())
    assert sorted(path.read_text() for path in got.iterdir()) == [f"{n:02}" for n in range(6)]
    with pytest.raises(OSError, match="gave 2 of 3 bytes of photos/p/04"):
        storage.fetch_several(
            (key, got / path.name, 3 if path.name == "04" else 2) for key, path in files.items()
        )


@pytest.mark.service
def test_all_threads_have_one_client_of_the_bucket(
    settings: Any, aws_server: AwsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a client of its own costs a thread: 12 MB, and a tenth of a second."""
    use_bucket(settings, aws_server)
    opened, together = [], threading.Barrier(6, timeout=60)
    session = boto3.Session

    def opening(*given: Any, **named: Any) -> boto3.Session:
        opened.append(threading.current_thread().name)
        time.sleep(0.1)  # so that others come meanwhile
        return session(*given, **named)

    def use(n: int) -> int:
        together.wait()
        storage.save(f"photos/p/{n}", b"content")
        assert keys("photos")
        return urllib3.request("GET", default_storage.url(f"photos/p/{n}")).status

    monkeypatch.setattr(boto3, "Session", opening)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(use, range(6))) == [200] * 6
    assert len(opened) == 1


@pytest.mark.parametrize("error", [OSError, SoftTimeLimitExceeded])
def test_where_one_of_several_fails_or_time_is_over_nothing_comes_late(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """The time limit strikes the thread that waits; a failure, one of those that store."""
    save, on_its_way = storage.save_path, threading.Event()
    begun: list[str] = []

    def strike(*_given: object) -> None:
        raise error("No more.")

    def save_slowly(key: str, path: Path) -> None:
        begun.append(key)
        if path.name == "00":
            assert on_its_way.wait(60)
            if error is OSError:
                strike()
            time.sleep(0.1)  # until all are handed to the threads
            os.kill(os.getpid(), signal.SIGUSR1)
        on_its_way.set()
        time.sleep(0.2)
        save(key, path)

    monkeypatch.setattr(storage, "save_path", save_slowly)
    files = some_files(tmp_path, 20)
    before = signal.signal(signal.SIGUSR1, strike)
    try:
        with pytest.raises(error, match="No more"):
            storage.save_paths(files)
    finally:
        signal.signal(signal.SIGUSR1, before)
    there = keys("photos")
    assert set(there) == set(begun) - ({"photos/p/00"} if error is OSError else set())
    assert len(begun) < len(files) / 2
    time.sleep(0.5)
    assert keys("photos") == there


def test_saving_again_replaces(backend: str, tmp_path: Path) -> None:
    storage.save("photos/p/x", b"a long first version")
    storage.save("photos/p/x", b"second")
    storage.fetch("photos/p/x", tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == b"second"


def test_a_tree_goes_whole_and_its_neighbours_stay(backend: str) -> None:
    for key in ("photos/p/original", "photos/p/j/1/a", "photos/p/j/2/b", "photos/pp/original"):
        storage.save(key, b"x")
    storage.delete_tree("photos/p")
    storage.delete_tree("photos/p")  # nothing there any more
    assert keys("photos") == ["photos/pp/original"]


def test_a_missing_file_is_an_error_of_the_storage(backend: str, tmp_path: Path) -> None:
    with pytest.raises(OSError):
        storage.fetch("photos/p/none", tmp_path / "x")


def test_only_the_kept_attempt_stays(backend: str) -> None:
    photo, job = uuid.uuid4(), uuid.uuid4()
    for attempt in (1, 2, 3):
        storage.save(f"{storage.attempt_prefix(photo, job, attempt)}/video.mp4", b"x")
    storage.delete_other_attempts(photo, job, kept=2)
    assert keys(storage.photo_prefix(photo)) == [
        f"{storage.attempt_prefix(photo, job, 2)}/video.mp4"
    ]


def test_stored_photos_and_their_youngest_file_are_found(backend: str) -> None:
    assert storage.photos() == []
    photo = uuid.uuid4()
    storage.save(storage.original_key(photo), b"x")
    storage.save("photos/foreign/x", b"x")
    assert storage.photos() == [photo]
    first = storage.last_change(photo)
    assert first is not None
    assert abs(timezone.now() - first) < timedelta(minutes=1)
    storage.save(storage.depth_key(photo, uuid.uuid4()), b"x")
    assert storage.last_change(photo) >= first
    storage.delete_tree(storage.photo_prefix(photo))
    assert storage.last_change(photo) is None


@pytest.fixture
def video(make_job: Any, user: User) -> Iterator[tuple[Client, Artifact]]:
    """A finished job's video, and its owner's browser."""
    job: Job = make_job(State.SUCCEEDED)
    key = "photos/p/j/1/video.mp4"
    storage.save(key, bytes(range(200)))
    artifact = Artifact.objects.create(
        job=job, kind="video", key=key, size=200, content_type="video/mp4"
    )
    client = Client()
    client.force_login(user)
    yield client, artifact


def test_the_bucket_hands_files_out_by_a_link_that_expires(
    settings: Any, aws_server: AwsServer, request: pytest.FixtureRequest
) -> None:
    use_bucket(settings, aws_server)
    client, artifact = request.getfixturevalue("video")
    response = client.get(reverse("artifact", args=[artifact.public_id]), {"download": ""})
    assert response.status_code == 302
    assert response["Cache-Control"] == "private, no-store"
    assert "X-Amz-Expires=900" in response.url
    answer = urllib3.request("GET", response.url)
    assert answer.data == bytes(range(200))
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="holiday-video.mp4"'
    assert urllib3.request("GET", response.url.partition("?")[0]).status == 403


def test_the_bucket_is_made_by_the_local_server_alone(aws_server: AwsServer) -> None:
    s3 = boto3.client("s3", endpoint_url=aws_server.endpoint_url, region_name="eu-central-1")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == [BUCKET]


@pytest.mark.parametrize(
    ("header", "status", "expected", "content_range"),
    [
        ("", 200, bytes(range(200)), None),
        ("bytes=0-9", 206, bytes(range(10)), "bytes 0-9/200"),
        ("bytes=190-", 206, bytes(range(190, 200)), "bytes 190-199/200"),
        ("bytes=-5", 206, bytes(range(195, 200)), "bytes 195-199/200"),
        ("bytes=150-900", 206, bytes(range(150, 200)), "bytes 150-199/200"),
        ("bytes=-900", 206, bytes(range(200)), "bytes 0-199/200"),
        ("bytes=200-", 416, b"", "bytes */200"),
        ("bytes=-0", 416, b"", "bytes */200"),
        ("bytes=9-3", 200, bytes(range(200)), None),
        ("bytes=1-2,5-6", 200, bytes(range(200)), None),
        ("lines=1-2", 200, bytes(range(200)), None),
    ],
)
def test_the_disk_hands_files_out_in_ranges(
    video: tuple[Client, Artifact],
    header: str,
    status: int,
    expected: bytes,
    content_range: str | None,
) -> None:
    client, artifact = video
    headers = {"Range": header} if header else {}
    response = client.get(reverse("artifact", args=[artifact.public_id]), headers=headers)
    assert response.status_code == status
    assert response.getvalue() == expected
    assert response.get("Content-Range") == content_range
    if status != 416:
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Type"] == "video/mp4"
        assert response["Content-Disposition"] == 'inline; filename="holiday-video.mp4"'


def test_a_file_that_is_gone_from_the_disk_is_a_404(video: tuple[Client, Artifact]) -> None:
    client, artifact = video
    storage.delete_tree("photos/p")
    assert client.get(reverse("artifact", args=[artifact.public_id])).status_code == 404


def test_a_download_that_has_begun_is_whole_though_its_photo_is_deleted(
    video: tuple[Client, Artifact],
) -> None:
    client, artifact = video
    response = client.get(reverse("artifact", args=[artifact.public_id]))
    storage.delete_tree("photos/p")
    assert response.getvalue() == bytes(range(200))
