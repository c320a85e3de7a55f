"""What the command line says where something is wrong: one line, and nothing is left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from amena.engine.cli import main
from amena.engine.pipeline import Engine
from tests.engine import samples
from tests.engine.command_line import (
    assert_one_line,
    command,
    names,
    saved,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("own_logging")]


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
        (("photo", "--out", "out", "--encoder", "steam"), "encoder"),
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
