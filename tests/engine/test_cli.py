from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from amena.engine.cli import main
from amena.engine.pipeline import Engine
from tests.engine import depth_samples, samples

pytestmark = pytest.mark.slow

FILES = {
    "video.mp4",
    "poster.jpg",
    "scene.glb",
    "disparity.png",
    "report.json",
    "scene.amena",
}
QUICK = ("--duration", "1", "--fps", "24", "--renderer", "warp")


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """The command line sets up logging for its process, which here is that of all tests."""
    loggers = [logging.getLogger(), logging.getLogger("amena")]
    levels = [logger.level for logger in loggers]
    yield
    logging.captureWarnings(False)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "amena.engine", *map(str, arguments)]


def saved(folder: Path, data: bytes, name: str = "photo") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def made(photo: Path, out: Path, *more: str, estimator: str = "ramp") -> dict[str, object]:
    """Run in this process; returns the report."""
    arguments = [photo, "--out", out, *QUICK, "--estimator", estimator, *more]
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads((out / "report.json").read_text())


def names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def assert_one_line(capsys: pytest.CaptureFixture[str]) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("amena: ")
    assert err.count("\n") == 1
    return err


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
        lambda: samples.rotated_jpeg(6, 320, 240),
    ],
)
def test_photos_of_every_kind_work(build: Callable[[], bytes], tmp_path: Path) -> None:
    assert made(saved(tmp_path, build()), tmp_path / "out")["size"] == [960, 720]


def test_a_photo_is_turned_and_the_report_says_what_it_passed_over(tmp_path: Path) -> None:
    photo = saved(tmp_path, samples.jpeg(exif=b"Exif\0\0" + b"\0" * 200))
    report = made(photo, tmp_path / "out", "--rotate", "90")
    assert (report["size"], report["photo_size"]) == ([720, 960], [240, 320])
    assert report["ignored"] == ["EXIF"]
    assert "exif_ignored" in report["notes"]
    with Image.open(tmp_path / "out" / "poster.jpg") as poster:
        upper_left = poster.getpixel((180, 240))
    np.testing.assert_allclose(upper_left, samples.QUARTERS[2], atol=12)  # was lower left


@pytest.mark.parametrize(
    ("build", "word"),
    [
        (lambda: b"not a photo", "format"),
        (lambda: b"", "empty"),
        (samples.svg, "SVG"),
        (samples.one_pixel_png, "1×1"),
        (samples.bomb_png, "megapixels"),
        (lambda: samples.truncated(samples.noisy_jpeg()), "cut off"),
    ],
)
def test_bad_photos_are_refused_with_one_line_and_no_folder(
    build: Callable[[], bytes], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = saved(tmp_path, build())
    assert main([str(photo), "--out", str(tmp_path / "out")]) == 2
    assert word in assert_one_line(capsys)
    assert names(tmp_path) == {"photo"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "required: PHOTO, --out"),
        (("photo",), "--out"),
        (("photo", "--out", "out", "--speed", "3"), "--speed"),
        (("none.jpg", "--out", "out"), "none.jpg"),
        (("photo", "--out", "out", "--motion", "spin"), "spin"),
        (("photo", "--out", "out", "--duration", "99"), "duration"),
        (("photo", "--out", "out", "--duration", "long"), "long"),
        (("photo", "--out", "out", "--fps", "5"), "frame rate"),
        (("photo", "--out", "out", "--size", "1000"), "size"),
        (("photo", "--out", "out", "--amplitude", "9"), "amplitude"),
        (("photo", "--out", "out", "--amplitude", "much"), "number or “auto”"),
        (("photo", "--out", "out", "--focus", "nan"), "focus"),
        (("photo", "--out", "out", "--estimator", "guess"), "guess"),
        (("photo", "--out", "out", "--renderer", "ray"), "renderer"),
        (("photo", "--out", "out", "--outputs", "gif,avi"), "avi"),
        (("photo", "--out", "out", "--keyframes", "none.json"), "none.json"),
        (("photo", "--out", "out", "--depth-near", "left"), "left"),
        (("photo", "--out", "out", "--depth", "none.png"), "none.png"),
        (("photo", "--out", "photo"), "not a folder"),
        (("photo", "--out", "photo/out"), "not a folder"),
        (("photo", "--out", "/proc/out"), "Cannot write to /proc/out"),
        (("none.amena", "--out", "out"), "scene"),
        (("none.amena", "--out", "out", "--depth", "map.png"), "scene"),
        (("photo", "--out", "out", "--brush", "map.png"), "--brush"),
        (("none.amena", "--out", "out", "--brush", "a.png", "--depth", "b.png"), "--brush"),
    ],
)
def test_bad_arguments_are_refused_with_one_line_and_no_folder(
    arguments: Sequence[str],
    word: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    saved(tmp_path, samples.jpeg())
    assert main(list(arguments)) == 2
    assert word in assert_one_line(capsys)
    assert names(tmp_path) == {"photo"}


def test_bad_input_is_refused_before_anything_heavy_is_loaded(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from amena.engine.cli import main\n"
        "code = main(sys.argv[1:])\n"
        "sys.exit(99 if {'torch', 'cv2', 'vispy'} & set(sys.modules) else code)\n"
    )
    photo = saved(tmp_path, samples.svg())
    run = [sys.executable, "-c", script, str(photo), "--out", str(tmp_path / "out")]
    done = subprocess.run(run, capture_output=True, text=True)
    assert done.returncode == 2, done.stderr


def test_help_loads_nothing_that_takes_time() -> None:
    script = (
        "import sys\n"
        "from amena.engine.cli import main\n"
        "code = main(['--help'])\n"
        "heavy = {'torch', 'cv2', 'vispy', 'numpy', 'PIL', 'tqdm', 'scipy'}\n"
        "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("PHOTO", "--out DIR", "--depth FILE", "--motion", "circle", "0.002–0.1", "Exit"):
        assert word in done.stdout


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
    made(saved(tmp_path, samples.jpeg()), out)
    assert names(out) == FILES | {"notes.txt"}
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "video.mp4").stat().st_size > 1000
    assert names(tmp_path) == {"photo", "out"}
    said = capsys.readouterr().out
    assert "960×720, 24 frames" in said


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
    made(saved(tmp_path, samples.jpeg()), Path())
    assert names(tmp_path) == FILES | {"photo"}


def test_depth_map_of_the_user_is_used(tmp_path: Path) -> None:
    depth = saved(
        tmp_path, samples.encoded(Image.fromarray(depth_samples.ramp()), "PNG"), "depth.png"
    )
    photo = saved(tmp_path, samples.jpeg())
    report = made(photo, tmp_path / "bright", "--depth", str(depth))
    assert report["estimator"] == "uploaded"
    made(photo, tmp_path / "dark", "--depth", str(depth), "--depth-near", "dark")
    for folder, slope in (("bright", 1), ("dark", -1)):
        with Image.open(tmp_path / folder / "disparity.png") as image:
            columns = np.asarray(image).astype(float).mean(axis=0)
        assert np.corrcoef(columns, slope * np.arange(960))[0, 1] > 0.99


def test_depth_of_a_phone_is_used_unless_another_is_asked_for(tmp_path: Path) -> None:
    photo = saved(tmp_path, depth_samples.gdepth_jpeg())
    assert made(photo, tmp_path / "a", estimator="auto")["estimator"] == "embedded"
    assert made(photo, tmp_path / "b", estimator="ramp")["estimator"] == "ramp"


def test_a_saved_scene_is_rendered_again(tmp_path: Path) -> None:
    first = made(saved(tmp_path, depth_samples.gdepth_jpeg()), tmp_path / "first", estimator="auto")
    scene = tmp_path / "first" / "scene.amena"
    again = made(scene, tmp_path / "again", "--motion", "swing", "--outputs", "gif")
    assert names(tmp_path / "again") == FILES | {"loop.gif"}
    assert (again["motion"], again["estimator"]) == ("swing", first["estimator"])
    assert "depth" not in {stage["name"] for stage in again["stages"]}


def test_a_saved_scene_gets_new_depth(tmp_path: Path) -> None:
    made(saved(tmp_path, samples.jpeg()), tmp_path / "first")
    scene = tmp_path / "first" / "scene.amena"
    strokes = tmp_path / "strokes.png"
    strokes.write_bytes(samples.encoded(Image.linear_gradient("L").resize((320, 240)), "PNG"))
    brushed = made(scene, tmp_path / "brushed", "--brush", str(strokes))
    assert names(tmp_path / "brushed") == FILES
    assert brushed["estimator"] == "ramp"
    replaced = made(scene, tmp_path / "replaced", "--depth", str(strokes), "--depth-near", "dark")
    assert replaced["estimator"] == "uploaded"


def test_what_nobody_thought_of_is_one_line_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("on\ntwo lines")

    monkeypatch.setattr(Engine, "create", broken)
    photo = saved(tmp_path, samples.jpeg())
    assert main([str(photo), "--out", str(tmp_path / "out")]) == 1
    assert "Internal error (ZeroDivisionError): on two lines" in assert_one_line(capsys)
    assert names(tmp_path) == {"photo"}


def test_debug_shows_where_an_error_comes_from(tmp_path: Path) -> None:
    done = subprocess.run(
        command(saved(tmp_path, samples.svg()), "--out", tmp_path / "out", "--debug"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("amena: ")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"]
)
def test_interrupted_work_leaves_nothing(number: signal.Signals, code: int, tmp_path: Path) -> None:
    photo = saved(tmp_path, samples.jpeg(2000, 1500))
    running = subprocess.Popen(
        command(photo, "--out", tmp_path / "out", "--estimator", "ramp", "--duration", "10"),
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests may ignore Ctrl-C, as background jobs do, and would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob(".out-*/.video*")):  # the encoder is at work
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    running.send_signal(number)
    _, said = running.communicate(timeout=120)
    assert running.returncode == code
    assert said.count("\n") == 1
    assert "Nothing was written" in said
    assert names(tmp_path) == {"photo"}


def test_a_terminal_sees_a_bar(tmp_path: Path) -> None:
    photo = saved(tmp_path, samples.jpeg())
    ours, theirs = os.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    done = subprocess.run(
        command(photo, "--out", tmp_path / "out", *QUICK, "--estimator", "ramp"), stderr=theirs
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # Linux ends a pseudo-terminal so
        pass
    os.close(ours)
    assert done.returncode == 0
    assert "render" in seen.decode()
    assert " % " in seen.decode()
