"""A stranger's file is looked at by a child that may use only so much."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile

from amena.engine.errors import PhotoError
from amena.engine.photo.decode import inspect
from amena.jobs import sandbox, thumbnails, uploads
from amena.outages import BusyError
from tests.engine import samples

pytestmark = pytest.mark.service

COSTLY = pytest.mark.attack(
    "a file that takes minutes or gigabytes to look at; many at once",
    "a child of 2 s and 300 MB, one at a time a process, five in line, then 503",
)


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("photo.jpg", samples.jpeg(640, 480))


def narrow(monkeypatch: pytest.MonkeyPatch, **limits: float) -> None:
    """Leaves a child less than it has."""
    monkeypatch.setattr(sandbox._children, "limits", replace(sandbox.LIMITS, **limits))


def test_a_photo_is_seen_as_the_engine_sees_it() -> None:
    seen = sandbox.look(photo(), 48)
    assert seen.info == inspect(photo().file)
    assert seen.thumbnail is not None
    assert seen.thumbnail[:2] == b"\xff\xd8"


def test_a_file_on_disk_is_read_where_it_lies() -> None:
    with TemporaryUploadedFile("photo.jpg", "image/jpeg", 0, None) as file:
        file.write(photo().read())
        file.flush()
        assert sandbox.look(file).info.width == 640


def test_a_refusal_keeps_its_words() -> None:
    with pytest.raises(PhotoError) as refused:
        sandbox.look(SimpleUploadedFile("a.txt", b"no photo at all" * 50))
    with pytest.raises(PhotoError) as direct:
        inspect(SimpleUploadedFile("a.txt", b"no photo at all" * 50).file)
    assert (refused.value.code, refused.value.message) == (direct.value.code, direct.value.message)


@COSTLY
def test_a_file_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, wall_seconds=0)
    with pytest.raises(PhotoError) as refused:
        sandbox.look(photo(), 48)
    assert refused.value.code == "too_complex"


@COSTLY
def test_a_thumbnail_that_takes_too_much_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The header fits in what there is, the pixels do not: the worker has more."""
    big = SimpleUploadedFile("b.png", samples.png(3000, 3000))
    narrow(monkeypatch, memory=12 * 1024 * 1024)
    seen = sandbox.look(big, 480)
    assert (seen.info.width, seen.thumbnail) == (3000, None)
    assert uploads.accept(big).thumbnail == thumbnails.placeholder(3000, 3000)


@COSTLY
def test_this_process_stays_small_while_strangers_are_many() -> None:
    files = [photo() for _ in range(3)]
    before = psutil.Process().memory_info().rss
    with ThreadPoolExecutor(3) as pool:
        assert all(seen.thumbnail for seen in pool.map(lambda file: sandbox.look(file, 480), files))
    assert psutil.Process().memory_info().rss - before < 30_000_000


@COSTLY
def test_who_comes_when_the_line_is_full_is_asked_to_come_back() -> None:
    held = threading.Event()
    with ThreadPoolExecutor(sandbox.LONGEST_LINE + 1) as pool, sandbox._turn:
        for _ in range(sandbox.LONGEST_LINE + 1):
            pool.submit(lambda: sandbox.look(photo()) and held.set())
        deadline = time.monotonic() + 60
        while sandbox._line._value and time.monotonic() < deadline:
            time.sleep(0.01)
        with pytest.raises(BusyError):
            sandbox.look(photo())
        sandbox._turn.release()
        assert held.wait(60)
        sandbox._turn.acquire()
