"""Strangers' files are read by a child that can do nothing else, and takes nobody with it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from amena.engine.colour_space import display_p3_profile
from amena.engine.confined import Confinement, Limits
from amena.engine.confined.limits import system_calls_are_filtered
from amena.engine.errors import Cancelled, DepthMapError, PhotoError, TooLittleMemoryError
from amena.engine.photo.kinds import broken
from amena.engine.pipeline import Engine
from amena.engine.reading import ConfinedReader, Reader, _photo
from tests.engine import depth_samples, samples
from tests.fuzz.seeds import seeds

pytestmark = pytest.mark.service

OUT = pytest.mark.attack(
    "a decoder that was taken over: files, connections, programs, forks, signals, limits",
    "refused by the system; no secret in its environment",
)
LIES = pytest.mark.attack(
    "a decoder that was taken over and lies about what it has read",
    "answers that no sound child gives make the file a broken one",
)
GREEDY = pytest.mark.attack(
    "a photo whose decoder crashes, spins, hangs, fills the memory or floods the answer, in "
    "the worker",
    "refused with the way out at the first attempt; the worker takes the next",
)

HOW: dict[str, Any] = {"enlarge_to": 0, "rotate": 90, "stereo": "auto"}


@pytest.fixture(scope="module")
def reader() -> ConfinedReader:
    return ConfinedReader()


@pytest.fixture(scope="module")
def child() -> Iterator[Confinement]:
    limits = Limits(cpu_seconds=1, wall_seconds=60, memory=2**28, answer=2**16)
    os.environ["A_SECRET"] = "of this process"
    yield Confinement("tests.engine.strange_work:behave", limits)
    del os.environ["A_SECRET"]


@cache
def photos() -> dict[str, bytes]:
    """Of every format, and with everything that a file may bring beside its picture."""
    mask = np.zeros((120, 160), np.uint8)
    mask[30:90, 40:90] = 255
    red = Image.new("RGB", (160, 120), (250, 30, 40))
    return seeds() | {
        "wide.jpg": samples.encoded(red, "JPEG", icc_profile=display_p3_profile()),
        "matte.heic": depth_samples.heic_with_matte(mask),
        "matte.jpg": depth_samples.apple_matte_jpeg(mask, depth_samples.ramp()),
    }


def asked(child: Confinement, how: str, **rest: Any) -> Any:
    """What a child finds that behaves so."""
    *_, (words, _) = child.ask(b"a file", {"how": how, **rest})
    return words["found"]


#: Their names, so that who only looks for tests need not make them.
PHOTOS = [
    "baseline.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "deep.jpg", "progressive12.jpg",
    "arithmetic.jpg", "lossless8.jpg", "lossless16.jpg", "rich.png", "alpha.png", "palette.png",
    "grey16.png", "lossy.webp", "lossless.webp", "phone.heic", "still.avif", "scan.tif", "big.tif",
    "plain.tif", "still.gif", "still.bmp", "still.jxl", "samsung.jpg", "huawei.jpg", "pair.mpo",
    "pair.jps", "spatial.heic", "camera.dng", "wide.jpg", "matte.heic", "matte.jpg",
]  # fmt: skip


@pytest.mark.parametrize("name", PHOTOS)
def test_every_format_is_read_as_without_a_child(
    name: str, reader: ConfinedReader, tmp_path: Path
) -> None:
    path = tmp_path / "photo"
    path.write_bytes(photos()[name])
    here, there = Reader().photo(path, 640, **HOW), reader.photo(path, 640, **HOW)
    np.testing.assert_equal(asdict(there), asdict(here))
    assert there.rgb.flags.writeable


def test_what_reading_needs_is_loaded_before_files_can_no_longer_be_opened(tmp_path: Path) -> None:
    assert set(photos()) == set(PHOTOS)
    for name, data in photos().items():
        (tmp_path / name).write_bytes(data)
        (tmp_path / f"half of {name}").write_bytes(data[: len(data) // 2])
    late = subprocess.run(
        [sys.executable, "-m", "tests.engine.late_imports", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert late.stdout.split() == []


def test_depth_pictures_are_read_as_without_a_child(reader: ConfinedReader, tmp_path: Path) -> None:
    path = tmp_path / "depth.png"
    path.write_bytes(seeds()["grey16.png"])
    assert np.array_equal(reader.depth_map(path, (128, 96)), Reader().depth_map(path, (128, 96)))
    for content, size in ((b"no picture" * 50, (128, 96)), (seeds()["grey16.png"], (128, 32))):
        path.write_bytes(content)
        said = []
        for each in (reader, Reader()):
            with pytest.raises(DepthMapError) as refused:
                each.depth_map(path, size)
            said.append((refused.value.code, refused.value.message))
        assert said[0] == said[1]


def test_a_refusal_keeps_its_words(reader: ConfinedReader, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    said = []
    for content in (None, b"", b"no photo at all" * 50, samples.jpeg(640, 480)[:4000]):
        if content is not None:
            path.write_bytes(content)
        for each in (reader, Reader()):
            with pytest.raises(PhotoError) as refused:
                each.photo(path, 640, **HOW)
            said.append((refused.value.code, refused.value.message))
    assert said[::2] == said[1::2]
    assert len(set(said)) == 4


@OUT
@pytest.mark.skipif(sys.platform != "linux", reason="Other systems cannot filter calls.")
def test_there_is_no_way_out(child: Confinement, tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.touch()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = asked(child, "escape", path=str(target), port=port, parent=os.getpid())
    # Python has a word of its own for limits that may not be changed.
    assert found.pop("change its limits") == "ValueError"
    assert set(found.values()) == {"PermissionError"}
    assert target.exists()


def test_without_libseccomp_time_and_memory_are_bounded_and_the_rest_is_said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    system_calls_are_filtered.cache_clear()
    request.addfinalizer(system_calls_are_filtered.cache_clear)
    monkeypatch.setattr("amena.engine.confined.limits._libseccomp", lambda: None)
    limits = Limits(cpu_seconds=1, wall_seconds=60, memory=2**28, answer=2**16)
    alone = Confinement("tests.engine.without_libseccomp:behave", limits)
    target = tmp_path / "file"
    assert asked(alone, "write", path=str(target)) == "OSError"
    assert target.stat().st_size == 0
    for how in ("spin", "fill"):
        with pytest.raises(PhotoError) as refused:
            asked(alone, how)
        assert refused.value.code == "too_complex"
    assert "A_SECRET" not in asked(alone, "environment")
    assert "not kept from opening files and connections" in caplog.text


def test_it_may_compute_with_threads(child: Confinement) -> None:
    assert asked(child, "thread") == "heard"


def test_threads_take_little_of_the_memory(child: Confinement) -> None:
    """Of 256 MiB. Addresses that libc keeps for each thread count, though nothing is there."""
    for _ in range(3):
        assert asked(child, "crowd") == 200 * 2**20


def test_decoders_see_few_of_many_cores() -> None:
    """They start a thread for each."""
    script = (
        "import os; from amena.engine.confined import limits; limits._CORES = 1; "
        "limits.confine(9, 2**28); print(len(os.sched_getaffinity(0)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"


@OUT
def test_it_knows_no_secret_of_this_process(child: Confinement) -> None:
    assert "A_SECRET" in os.environ
    assert "A_SECRET" not in asked(child, "environment")


@GREEDY
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("spin", "too_complex"),
        ("fill", "too_complex"),
        ("crash", "broken"),
        ("abort", "broken"),
        ("shout", "broken"),
    ],
)
def test_whoever_takes_too_much_or_crashes_is_refused_and_the_next_is_read(
    child: Confinement, how: str, code: str
) -> None:
    if how == "shout":
        child = Confinement(child.function, Limits(1, 60, 2**28, answer=50_000))
    with pytest.raises(PhotoError) as refused:
        asked(child, how)
    assert refused.value.code == code
    assert asked(child, "nothing") is None


@GREEDY
def test_a_child_that_waits_for_nothing_is_ended(child: Confinement) -> None:
    brief = Confinement(child.function, Limits(1, wall_seconds=0.5, memory=2**28, answer=2**16))
    brief.start()
    with pytest.raises(PhotoError) as refused:
        asked(brief, "sleep")
    assert refused.value.code == "too_complex"


@LIES
@pytest.mark.parametrize(
    "words",
    [
        b"no JSON",
        b"[" * 60_000,
        b"7",
        b"{}",
        b'{"sizes": [-1]}',
        b'{"sizes": [1e9]}',
        b'{"refused": 7}',
        b'{"refused": ["a\\u0000b", "broken"]}',
        b'{"refused": ["no", "<script>"]}',
        b'{"refused": ["' + b"long " * 1000 + b'", "broken"]}',
    ],
)
def test_what_no_sound_child_says_is_a_broken_file(child: Confinement, words: bytes) -> None:
    with pytest.raises(PhotoError) as refused:
        asked(child, "say", words=words.decode())
    assert (refused.value.code, refused.value.message) == ("broken", broken().message)


def test_a_refused_file_costs_no_new_server(child: Confinement) -> None:
    asked(child, "nothing")
    before = [each.pid for each in servers()]
    with pytest.raises(PhotoError) as refused:
        asked(child, "refuse")
    assert refused.value.code == "too_small"
    assert asked(child, "nothing") is None
    assert [each.pid for each in servers()] == before


def test_a_bug_is_no_fault_of_the_file(child: Confinement) -> None:
    with pytest.raises(RuntimeError):
        asked(child, "bug")
    assert asked(child, "nothing") is None


def servers() -> list[psutil.Process]:
    """Of this process, which has other children too."""
    return [
        each
        for each in psutil.Process().children()
        if any("confined.server" in word for word in each.cmdline())
    ]


def grandchildren() -> list[psutil.Process]:
    return [
        child
        for server in servers()
        for child in server.children()
        if child.status() != psutil.STATUS_ZOMBIE
    ]


def test_one_that_the_system_ends_for_want_of_memory_may_go_well_later(child: Confinement) -> None:
    def kill() -> None:
        for each in grandchildren():
            each.kill()

    with pytest.raises(TooLittleMemoryError):
        list(child.ask(b"a file", {"how": "sleep"}, kill))
    assert asked(child, "nothing") is None


def test_work_that_is_not_wanted_any_more_is_stopped(child: Confinement) -> None:
    def stop() -> None:
        raise Cancelled("Stop.")

    with pytest.raises(Cancelled):
        list(child.ask(b"a file", {"how": "sleep"}, stop))
    psutil.wait_procs(grandchildren(), timeout=30)
    assert grandchildren() == []


def test_a_server_that_was_killed_is_replaced(child: Confinement) -> None:
    asked(child, "nothing")
    for server in servers():
        server.send_signal(signal.SIGKILL)
        server.wait(30)
    assert asked(child, "nothing") is None


@LIES
@pytest.mark.parametrize(
    "lie",
    [
        {"size": [4, 4000]},
        {"size": "xx"},
        {"format": "EXE"},
        {"turn": 7},
        {"ignored": ["<script>"]},
        {"original_size": [1]},
        {"original_size": [-8, 4]},
        {"original_size": [10**9, 10**9]},
        {"format": []},
        {"turn": 1.0},
        {"black": 0.5},
        {"black": "1"},
        {"black": []},
        {"colour_space": "cmyk"},
        {"pictures": ["rgb", "depth"]},
        {"pictures": []},
    ],
)
def test_what_a_child_says_is_believed_as_little_as_the_file(lie: dict[str, Any]) -> None:
    words = {
        "size": [4, 2],
        "original_size": [8, 4],
        "format": "JPEG",
        "ignored": ["EXIF"],
        "pictures": ["rgb"],
        "turn": 0,
        "black": 0.0,
        "colour_space": "srgb",
    }
    assert _photo(words, [bytearray(24)], 4).size == (4, 2)
    with pytest.raises(PhotoError):
        _photo(words | lie, [bytearray(24)], 4)


@LIES
def test_depth_that_is_no_number_and_a_picture_that_is_too_long_are_refused() -> None:
    words = {
        "size": [4, 2],
        "original_size": [8, 4],
        "format": "JPEG",
        "ignored": [],
        "pictures": ["rgb", "depth"],
        "turn": 0,
        "black": 0.0,
        "colour_space": "srgb",
    }
    depth = np.zeros((2, 4), np.float32)
    assert _photo(words, [bytearray(24), bytearray(depth.tobytes())], 4).embedded
    with pytest.raises(PhotoError):
        _photo(words, [bytearray(24), bytearray(depth.tobytes())], 3)
    depth[1, 1] = np.nan
    with pytest.raises(PhotoError):
        _photo(words, [bytearray(24), bytearray(depth.tobytes())], 4)


def test_the_engine_of_a_worker_has_strangers_files_read_by_a_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from amena.jobs.engine import engine

    engine.cache_clear()
    monkeypatch.setattr("django.conf.settings.ENGINE", "amena.engine.pipeline.Engine")
    built = engine()
    engine.cache_clear()
    assert isinstance(built, Engine)
    path = tmp_path / "photo"
    path.write_bytes(b"no photo at all" * 50)
    monkeypatch.setattr("amena.engine.photo.decode.load", None)  # not in this process
    from amena.engine.options import Options

    with pytest.raises(PhotoError):
        built.create(path, tmp_path, Options())
