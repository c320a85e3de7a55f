"""What the command line makes, and what is left of it when it is interrupted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.cli import main
from tests.engine import depth_samples, samples
from tests.engine.command_line import (
    FILES,
    QUICK,
    assert_one_line,
    command,
    low,
    low_from_a_phone,
    made,
    names,
    saved,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_logging")]


def test_a_photo_becomes_all_files_and_nothing_tells_where_it_was_taken(tmp_path: Path) -> None:
    photo = saved(tmp_path, samples.gps_jpeg(), f"{samples.SECRET}.jpg")
    out = tmp_path / "new" / "folder"
    done = subprocess.run(
        command(
            *(photo, "--out", out, *QUICK, "--estimator", "ramp", "--quiet"),
            *("--outputs", "facebook,rgbd"),
        ),
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert names(out) == FILES | {"photo.jpg", "photo_depth.jpg", "rgbd.png"}
    assert names(out.parent) == {"folder"}
    for path in out.iterdir():
        content = path.read_bytes()
        for trace in (samples.SECRET.encode(), b"Exif", b"GPS", b"xap/1.0", str(tmp_path).encode()):
            assert trace not in content, path
    report = json.loads((out / "report.json").read_text())
    assert (report["photo_size"], report["size"]) == ([320, 240], [960, 720])
    assert (report["frames"], report["fps"], report["motion"]) == (24, 24, "circle")
    assert (report["estimator"], report["renderer"]) == ("ramp", "warp")
    assert {"decode", "depth", "layers", "render", "encode"} <= {
        stage["name"] for stage in report["stages"]
    }
    assert all(stage["peak_memory_mb"] > 20 for stage in report["stages"])
    with Image.open(out / "disparity.png") as disparity:
        assert disparity.mode.startswith("I;16")
        assert disparity.size == (960, 720)


@pytest.mark.parametrize(
    "build",
    [
        samples.heic,
        samples.cmyk_jpeg,
        samples.grey16_png,
        samples.transparent_png,
        lambda width, height: samples.rotated_jpeg(6, width, height),
    ],
)
def test_photos_of_every_kind_work(build: Callable[[int, int], bytes], tmp_path: Path) -> None:
    assert made(saved(tmp_path, build(320, 80)), tmp_path / "out")["size"] == [960, 240]


def test_a_photo_is_turned_and_the_report_says_what_it_passed_over(tmp_path: Path) -> None:
    photo = saved(tmp_path, samples.jpeg(exif=b"Exif\0\0" + b"\0" * 200))
    report = made(photo, tmp_path / "out", "--rotate", "90")
    assert (report["size"], report["photo_size"]) == ([720, 960], [240, 320])
    assert report["ignored"] == ["EXIF"]
    assert "exif_ignored" in report["notes"]
    with Image.open(tmp_path / "out" / "poster.jpg") as poster:
        upper_left = poster.getpixel((180, 240))
    np.testing.assert_allclose(upper_left, samples.QUARTERS[2], atol=12)  # was lower left


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "amena 0.1.0\n"


def test_existing_folder_keeps_its_own_files_and_gets_new_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "video.mp4").write_text("old")
    made(saved(tmp_path, low()), out)
    assert names(out) == FILES | {"notes.txt"}
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "video.mp4").stat().st_size > 1000
    assert names(tmp_path) == {"photo", "out"}
    said = capsys.readouterr().out
    assert "960×240, 24 frames" in said


def test_failure_leaves_an_existing_folder_as_it_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "video.mp4").write_text("old")
    photo = saved(tmp_path, samples.jpeg())
    missing = f"huggingface:{tmp_path / 'model'}"
    assert main([str(photo), "--out", str(out), "--estimator", missing]) == 1
    assert "is no folder" in assert_one_line(capsys)
    assert names(out) == {"video.mp4"}
    assert (out / "video.mp4").read_text() == "old"
    assert names(tmp_path) == {"photo", "out"}


def test_the_photo_itself_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = samples.jpeg()
    photo = saved(tmp_path, data, "poster.jpg")
    arguments = [str(photo), "--out", str(tmp_path), *QUICK, "--estimator", "ramp"]
    assert main(arguments) == 2
    assert "photo itself" in assert_one_line(capsys)
    assert names(tmp_path) == {"poster.jpg"}
    assert photo.read_bytes() == data


def test_results_may_go_beside_the_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made(saved(tmp_path, low()), Path())
    assert names(tmp_path) == FILES | {"photo"}


def test_depth_map_of_the_user_is_used(tmp_path: Path) -> None:
    depth = saved(
        tmp_path, samples.encoded(Image.fromarray(depth_samples.ramp(160, 40)), "PNG"), "depth.png"
    )
    photo = saved(tmp_path, low())
    report = made(photo, tmp_path / "bright", "--depth", str(depth))
    assert report["estimator"] == "uploaded"
    made(photo, tmp_path / "dark", "--depth", str(depth), "--depth-near", "dark")
    for folder, slope in (("bright", 1), ("dark", -1)):
        with Image.open(tmp_path / folder / "disparity.png") as image:
            columns = np.asarray(image).astype(float).mean(axis=0)
        assert np.corrcoef(columns, slope * np.arange(960))[0, 1] > 0.99


def test_depth_of_a_phone_is_used_unless_another_is_asked_for(tmp_path: Path) -> None:
    photo = saved(tmp_path, low_from_a_phone())
    assert made(photo, tmp_path / "a", estimator="auto")["estimator"] == "embedded"
    assert made(photo, tmp_path / "b", estimator="ramp")["estimator"] == "ramp"


def test_a_saved_scene_is_rendered_again(tmp_path: Path) -> None:
    first = made(saved(tmp_path, low_from_a_phone()), tmp_path / "first", estimator="auto")
    scene = tmp_path / "first" / "scene.amena"
    again = made(scene, tmp_path / "again", "--motion", "swing", "--outputs", "gif")
    assert names(tmp_path / "again") == FILES | {"loop.gif"}
    assert (again["motion"], again["estimator"]) == ("swing", first["estimator"])
    assert "depth" not in {stage["name"] for stage in again["stages"]}


def test_a_saved_scene_gets_new_depth(tmp_path: Path) -> None:
    made(saved(tmp_path, low()), tmp_path / "first")
    scene = tmp_path / "first" / "scene.amena"
    strokes = tmp_path / "strokes.png"
    strokes.write_bytes(samples.encoded(Image.linear_gradient("L").resize((320, 80)), "PNG"))
    brushed = made(scene, tmp_path / "brushed", "--brush", str(strokes))
    assert names(tmp_path / "brushed") == FILES
    assert brushed["estimator"] == "ramp"
    replaced = made(scene, tmp_path / "replaced", "--depth", str(strokes), "--depth-near", "dark")
    assert replaced["estimator"] == "uploaded"


#: A film that takes a while.
LONG = ("--duration", "10", "--fps", "60", "--estimator", "ramp")


def at_work(folder: Path) -> bool:
    """Whether the encoder is."""
    return bool(list(folder.glob(".out-*/.video*")))


def test_interrupted_work_leaves_nothing(tmp_path: Path) -> None:
    photo = saved(tmp_path, low())
    running = subprocess.Popen(
        command(photo, "--out", tmp_path / "out", *LONG),
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests may ignore Ctrl-C, as background jobs do, and would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while not at_work(tmp_path):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert said.count("\n") == 1
    assert "Nothing was written" in said
    assert names(tmp_path) == {"photo"}


def test_work_that_is_to_end_leaves_nothing_either(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, over = saved(tmp_path, low()), threading.Event()

    def end() -> None:
        while not over.wait(0.02):
            if at_work(tmp_path):
                os.kill(os.getpid(), signal.SIGTERM)
                return

    before, ending = signal.getsignal(signal.SIGTERM), threading.Thread(target=end)
    ending.start()
    try:
        code = main([str(photo), "--out", str(tmp_path / "out"), *LONG])
    finally:
        over.set()
        ending.join()
    assert code == 143
    assert "Nothing was written" in assert_one_line(capsys)
    assert names(tmp_path) == {"photo"}
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_terminal_sees_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    seen = bytearray()

    def look() -> None:
        with suppress(OSError):  # Linux ends a pseudo-terminal so
            while chunk := os.read(ours, 65536):
                seen.extend(chunk)

    looking = threading.Thread(target=look)
    looking.start()
    with os.fdopen(theirs, "w", encoding="utf-8") as terminal, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", terminal)
        made(saved(tmp_path, low()), tmp_path / "out")
    looking.join()
    os.close(ours)
    assert "render" in seen.decode()
    assert " % " in seen.decode()
