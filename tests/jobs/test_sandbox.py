"""A stranger's file is looked at by a child that may use only so much."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import psutil
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from PIL import Image

from amena.engine.errors import PhotoError
from amena.engine.photo.decode import inspect
from amena.jobs import sandbox, thumbnails, uploads
from amena.outages import BusyError
from tests.engine import samples
from tests.engine.tiled_heic import tiled_heic

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


@pytest.fixture(scope="module")
def telephone() -> bytes:
    """Twelve megapixels, as a telephone stores them."""
    chance = np.random.default_rng(1)
    blobs = Image.fromarray(chance.integers(0, 256, (8, 8, 3)).astype(np.uint8))
    return tiled_heic(blobs.resize((512, 512), Image.Resampling.BICUBIC), 6, 8)


def test_a_photo_of_a_telephone_is_read_every_time(telephone: bytes) -> None:
    """Its decoder has threads, and what these take differs from time to time."""
    for _ in range(6):
        seen = sandbox.look(SimpleUploadedFile("IMG_0001.HEIC", telephone), 480)
        assert (seen.info.width, seen.info.height) == (4096, 3072)
        assert seen.thumbnail is not None


@pytest.mark.parametrize("megabytes", [20, 60, 80])
def test_a_photo_whose_decoder_has_too_little_memory_is_not_damaged(
    telephone: bytes, megabytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow(monkeypatch, memory=megabytes * 2**20)
    seen = sandbox.look(SimpleUploadedFile("IMG_0001.HEIC", telephone), 480)
    assert seen.info.width == 4096
    assert seen.thumbnail is None


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
